// Packs the extension into vfio-lab.vsix, from a production build of its own.
//
//   node scripts/package.mjs

import { statSync } from 'node:fs';
import { runTool } from './processes.mjs';
import { root, vsixFile } from './project.mjs';
import { step } from './progress.mjs';
import { buildAll } from './build.mjs';

/** Builds and packs; resolves with the size of the package in bytes. */
export async function packVsix() {
  await step('building', () => buildAll({ production: true }));
  await step('packing vfio-lab.vsix', async () => {
    // Everything that runs is in the bundles, so vsce need not look at node_modules; the pictures
    // of the README are in the package, so its links stay as they are.
    const { code, output } = await runTool(
      '@vscode/vsce',
      ['package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--out', vsixFile],
      { command: 'vsce', quiet: true, cwd: root },
    );
    if (code !== 0) throw new Error(`vsce could not pack the extension:\n${output.trim()}`);
  });
  return statSync(vsixFile).size;
}

if (process.argv[1] === import.meta.filename) {
  try {
    const bytes = await packVsix();
    console.log(`vfio-lab.vsix: ${(bytes / 1024).toFixed(0)} KiB`);
  } catch (error) {
    console.error(error.errors ? 'build failed' : error.message);
    process.exitCode = 1;
  }
}
