// The path of a newcomer: open the example, set a breakpoint, F5, look at the trees, step back, go on.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../../scripts/vscode/chromium.mjs';
import { installEditor } from '../../scripts/vscode/install.mjs';
import { scratchFolder } from '../../scripts/vscode/scratch.mjs';
import { startServer } from '../../scripts/vscode/server.mjs';
import { current, oldest } from '../../scripts/vscode/versions.mjs';
import { Workbench } from '../../scripts/vscode/workbench.mjs';
import { root, vsixFile } from '../../scripts/project.mjs';

const example = 'vf-token.vfio';
const artifacts = join(root, 'test/artifacts');
mkdirSync(artifacts, { recursive: true });

/** The first line of the example that asks for a device; comments do not count. */
const lineOfInterest =
  1 +
  readFileSync(join(root, 'examples', example), 'utf8')
    .split('\n')
    .findIndex((line) => /^[^/]*\bVFIO_GROUP_GET_DEVICE_FD\b/.test(line));

interface Lane {
  name: string;
  /** Makes a VS Code ready that has the extension and the examples; resolves with its address. */
  start(): Promise<string>;
  stop(): Promise<unknown>;
}

/** As the README tells a person to do it: the command is run and its printed address opened. */
function npmStart(): Lane {
  let command: ChildProcess | undefined;
  return {
    name: `${current.vscode}, by npm start -- --browser`,
    async start() {
      command = spawn(process.execPath, [join(root, 'scripts/start.mjs'), '--browser'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      for await (const text of command.stdout!.setEncoding('utf8')) {
        printed += text as string;
        const address = /^ +(http:\/\/127\.0\.0\.1\S+)$/m.exec(printed);
        if (address?.[1] !== undefined) return address[1];
      }
      throw new Error(`npm start printed no address:\n${printed}`);
    },
    async stop() {
      if (command?.exitCode !== null) return;
      command.kill('SIGTERM');
      await once(command, 'exit');
    },
  };
}

/** The same without the command: the oldest editor that the extension promises to run in. */
function oldestEditor(): Lane {
  let stop = () => Promise.resolve();
  return {
    name: oldest.vscode,
    async start() {
      const server = await startServer({ editor: await installEditor(oldest), vsix: [vsixFile] });
      stop = server.stop;
      const folder = scratchFolder('examples', join(root, 'examples'));
      return server.address(folder, [['openFile', server.uri(join(folder, example))]]);
    },
    stop: () => stop(),
  };
}

describe.each([npmStart(), oldestEditor()])('VS Code $name', (lane) => {
  let browser: Browser;
  let workbench: Workbench;

  beforeAll(async () => {
    browser = await launchChromium();
    workbench = await Workbench.open(browser, await lane.start());
  });
  afterEach(async ({ task }) => {
    const name = `${lane.name}-${task.name}`.replace(/\W+/g, '-');
    await workbench.picture(join(artifacts, `${name}.png`));
  });
  afterAll(async () => {
    await browser.close();
    await lane.stop();
  });

  test('opens the example', async () => {
    await workbench.editorShows(example, 'VFIO');
  });

  test('stops at the breakpoint after F5', async () => {
    await workbench.setBreakpoint(lineOfInterest);
    await workbench.page.keyboard.press('F5');
    await workbench.openContainer('Run and Debug');
    await workbench.stoppedAt(lineOfInterest);
  });

  test('fills the three trees', async () => {
    await workbench.openContainer('VFIO Lab');
    for (const view of ['IOMMU Groups', 'DMA Mappings', 'VF Tokens']) {
      await workbench.rows(view).first().waitFor();
    }
  });

  test('steps back, and forward again to the breakpoint', async () => {
    await workbench.openContainer('Run and Debug');
    await workbench.debugButton('step-back').click();
    await expect.poll(() => workbench.topLine()).toBeLessThan(lineOfInterest);
    await workbench.debugButton('continue').click();
    await workbench.stoppedAt(lineOfInterest);
  });

  test('continues to the end', async () => {
    await workbench.debugButton('continue').click();
    await workbench.debugButton('stop').waitFor({ state: 'hidden' });
  });
});
