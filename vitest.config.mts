import { transform } from 'esbuild';
import { defineConfig, type Plugin } from 'vitest/config';

/** ESLint's no-restricted-exports says the same, but tests that hang come first. */
const exportsThen =
  /^export\s+(async\s+)?(function|const|let|class)\s+then\b|^export\s*\{[^}]*(\bas\s+|[{,]\s*)then\s*[,}]/m;

/**
 * Vite's own transformer leaves standard decorators (`@field accessor x`) as they are and V8 does
 * not know them yet, so TypeScript goes through esbuild, the same compiler as the bundles.
 */
function typescriptThroughEsbuild(): Plugin {
  return {
    name: 'typescript-through-esbuild',
    enforce: 'pre',
    async transform(code, id) {
      const file = id.split('?')[0] ?? id;
      if (!/\.[mc]?ts$/.test(file) || file.includes('/node_modules/')) return null;
      if (exportsThen.test(code)) {
        throw new Error(`${file} exports "then": importing it never ends, as its namespace looks like a promise`);
      }
      const out = await transform(code, {
        loader: 'ts',
        target: 'node22',
        sourcefile: file,
        sourcemap: true,
      });
      return { code: out.code, map: out.map };
    },
  };
}

export default defineConfig({
  oxc: false,
  plugins: [typescriptThroughEsbuild()],
  test: {
    include: ['test/**/*.test.ts'],
    // These need an editor: scripts/test.mjs runs them in VS Code.
    exclude: ['test/editor/**', 'test/extension-host/**'],
    testTimeout: 20_000,
    // A forgotten `.only` would hide all other tests.
    allowOnly: false,
  },
});
