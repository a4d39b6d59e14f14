// Counts which of the kernel's errno sites and messages the tests reach, and writes docs/coverage.md.
//
//   node scripts/coverage-kernel.mjs

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './project.mjs';

const document = 'docs/coverage.md';

/** Runs recordings and cases, writes the document; resolves with the figures and with what is wrong. */
export async function writeCoverage() {
  const folder = join(root, 'test/kernel/coverage');
  // Beside its source: the module reads the facts and recordings relative to itself.
  const bundle = join(folder, `.document-${process.pid}.mjs`);
  await build({
    entryPoints: [join(folder, 'document.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'error',
  });
  try {
    const { coverageDocument } = await import(pathToFileURL(bundle).href);
    const { text, figures, wrong } = coverageDocument();
    writeFileSync(join(root, document), text);
    return { figures, wrong };
  } finally {
    rmSync(bundle, { force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const { figures, wrong } = await writeCoverage();
  for (const line of figures) console.log(line);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}
