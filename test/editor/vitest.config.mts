import { defineConfig } from 'vitest/config';

/** One window after the other: two of them would only slow each other down. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    allowOnly: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
