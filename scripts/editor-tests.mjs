// npm run test:editor: the packed extension in a real VS Code, driven like a person would, and the
// mocha tests inside the extension host. Both also are stages of npm test.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { packVsix } from './package.mjs';
import { root, vsixFile } from './project.mjs';
import { runVitest } from './vitest-counts.mjs';
import { installChromium } from './vscode/chromium.mjs';
import { compileTests, runInBrowser, testJob } from './vscode/extension-host.mjs';
import { installEditor } from './vscode/install.mjs';
import { current, oldest } from './vscode/versions.mjs';

/** The tests of test/editor; they open vfio-lab.vsix, which must have been packed. */
export async function runEditorTests() {
  if (!existsSync(vsixFile)) throw new Error('vfio-lab.vsix is missing: the packing failed');
  await installChromium();
  await installEditor(current);
  await installEditor(oldest);
  return runVitest('editor');
}

/** The tests of test/extension-host. */
export async function runExtensionHostTests() {
  await installChromium();
  const editor = await installEditor(current);
  await buildAll();
  await compileTests();
  const job = testJob();
  await runInBrowser(editor, job);
  return job.counts();
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(join(root, 'test/artifacts'), { recursive: true });
  try {
    await packVsix();
    const editor = await runEditorTests();
    const host = await runExtensionHostTests();
    const failed = editor.failed + host.failed;
    console.log(`${editor.passed + host.passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
