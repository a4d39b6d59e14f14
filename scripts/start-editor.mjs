// Opens the packed extension with the examples in the first VS Code that is there.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import testElectron from '@vscode/test-electron';
import { packVsix } from './package.mjs';
import { runOrThrow } from './processes.mjs';
import { cacheFolder, onPath, root, vsixFile } from './project.mjs';
import { step } from './progress.mjs';
import { installEditor } from './vscode/install.mjs';
import { quietSettings, startServer } from './vscode/server.mjs';
import { current } from './vscode/versions.mjs';

const { downloadAndUnzipVSCode, makeConsoleReporter, resolveCliPathFromVSCodeExecutablePath } = testElectron;

const examples = join(root, 'examples');
const firstExample = join(examples, 'vf-token.vfio');

/** Milliseconds without a byte, after which a download counts as not to be had. */
const downloadPatience = 15_000;

/** @param {{ browser: boolean }} how browser: do not look for a desktop VS Code. */
export async function start({ browser }) {
  if (!existsSync(firstExample)) throw new Error(`${firstExample} is missing`);
  await packVsix();
  const ways = browser ? [inBrowser] : [inInstalled, inFetched, inBrowser];
  for (const open of ways) {
    if (await open()) return;
  }
  throw new Error('No VS Code could be opened; vfio-lab.vsix is packed and can be installed by hand.');
}

/** The person's own VS Code. */
async function inInstalled() {
  const code = onPath('code');
  if (code === undefined) {
    console.log('no `code` on the PATH');
    return false;
  }
  return attempt(`opening the examples in ${code}`, () => openDesktop(code, []));
}

/** A desktop VS Code of our own, apart from anything that the person has set up. */
async function inFetched() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    console.log('no display for a desktop VS Code');
    return false;
  }
  return attempt('fetching a desktop VS Code and opening the examples in it', async () => {
    const executable = await downloadAndUnzipVSCode({
      cachePath: cacheFolder,
      timeout: downloadPatience,
      reporter: await makeConsoleReporter(),
    });
    const home = join(cacheFolder, 'desktop');
    await openDesktop(resolveCliPathFromVSCodeExecutablePath(executable), [
      `--user-data-dir=${join(home, 'data')}`,
      `--extensions-dir=${join(home, 'extensions')}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ]);
  });
}

async function openDesktop(code, common) {
  await runOrThrow(code, [...common, '--install-extension', vsixFile, '--force']);
  await runOrThrow(code, [...common, examples, firstExample]);
}

/** Says why a way is closed; the next one is tried then. */
async function attempt(what, work) {
  console.log(what);
  try {
    await work();
    return true;
  } catch (error) {
    console.log(`  not possible: ${error.message.trim().split('\n').join('\n  ')}`);
    return false;
  }
}

/** VS Code's server on this machine, until Ctrl+C. */
async function inBrowser() {
  if (process.platform === 'win32') {
    console.log("VS Code's server from the npm registry does not run on Windows");
    return false;
  }
  const editor = await installEditor(current);
  const server = await step('starting VS Code', () =>
    startServer({
      editor,
      vsix: [vsixFile],
      // Kept, so that what a person sets up is there the next time.
      data: join(cacheFolder, 'browser'),
      settings: quietSettings,
    }),
  );
  const address = server.address(examples, [['openFile', server.uri(firstExample)]]);
  console.log(`\nVS Code ${editor.version} with VFIO Lab, on this machine only:\n\n  ${address}\n`);
  console.log('Set a breakpoint, press F5, step. Ctrl+C here ends it.');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => server.stop());
  await server.exited;
  return true;
}
