// Runs the mocha tests of test/extension-host inside a real extension host: on a desktop VS Code,
// or on VS Code's server with the window in headless Chromium. The compiled tests are the same.

import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import * as esbuild from 'esbuild';
import { root } from '../project.mjs';
import { launchChromium } from './chromium.mjs';
import { scratchFolder } from './scratch.mjs';
import { startServer } from './server.mjs';

const compiled = join(root, 'test/artifacts/extension-host');
const pictures = join(root, 'test/artifacts');

/** Milliseconds for all tests together; a hang ends as a failure that says so. */
const limit = 180_000;

/** Bundles each test file by itself, inside the repository, where `mocha` can be found. */
export async function compileTests() {
  rmSync(compiled, { recursive: true, force: true });
  mkdirSync(compiled, { recursive: true });
  const entryPoints = globSync('test/extension-host/*.test.ts', { cwd: root });
  if (entryPoints.length === 0) throw new Error('test/extension-host holds no tests');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: compiled,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}

/**
 * @typedef {object} Job what a window is to run
 * @property {string} runner the file whose `run` VS Code calls in the extension host
 * @property {string} workspace the folder to open
 * @property {Record<string, string>} env for the extension host
 */

/**
 * The job that runs the compiled tests in a copy of the examples; `counts` reads the result.
 * @returns {Job & { counts: () => { passed: number, failed: number } }}
 */
export function testJob() {
  const verdict = join(scratchFolder('verdict'), 'verdict.json');
  return {
    runner: join(root, 'scripts/vscode/mocha-runner.cjs'),
    workspace: scratchFolder('examples', join(root, 'examples')),
    env: { VFIO_LAB_TESTS: compiled, VFIO_LAB_VERDICT: verdict },
    counts() {
      if (existsSync(verdict)) return JSON.parse(readFileSync(verdict, 'utf8'));
      console.error('the extension host ended before its tests did');
      return { passed: 0, failed: 1 };
    },
  };
}

/** Lines of the workbench itself; all others were printed in the extension host. */
const workbenchNoise =
  /^(\[[\w: -]+\] |Resolv(ing|ed) connection token|Creating a socket|(Updating|Ignoring fetching) additional builtin)|registration$/;

/**
 * Runs a job on VS Code's server. What came of it is for the job's own files to say: a window
 * reports success when its extension host dies.
 * @param {import('./install.mjs').Installed} editor
 * @param {Job} job
 */
export async function runInBrowser(editor, job) {
  const server = await startServer({
    editor,
    env: job.env,
    // Without this a built workbench ignores the tests in its address.
    args: ['--enable-smoke-test-driver'],
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const ended = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(`no result within ${limit / 1000} s`), limit);
      const end = (problem) => {
        clearTimeout(timer);
        resolve(problem);
      };
      // VS Code's own hooks for automated runs in a browser.
      void page.exposeFunction('codeAutomationExit', () => end(undefined));
      page.on('crash', () => end('the window crashed'));
    });
    await page.exposeFunction('codeAutomationLog', async (type, values) => {
      const text = format(...values);
      if (workbenchNoise.test(text)) return;
      (type === 'error' ? console.error : console.log)(text);
      // mocha's mark of a failing test
      if (/^ +\d+\) /.test(text)) {
        const name = text.trim().replace(/\W+/g, '-').slice(0, 60);
        await page.screenshot({ path: join(pictures, `failed-${name}.png`) });
      }
    });
    page.on('pageerror', (error) => console.error(`[window] ${error.message}`));
    await page.goto(
      server.address(job.workspace, [
        ['extensionDevelopmentPath', server.uri(root)],
        ['extensionTestsPath', server.uri(job.runner)],
      ]),
    );
    const problem = await ended;
    if (problem === undefined) return;
    console.error(problem);
    await page.screenshot({ path: join(pictures, 'failed-extension-host.png') }).catch(() => {});
  } finally {
    await browser.close();
    await server.stop();
  }
}
