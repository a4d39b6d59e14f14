// Starts and stops the VS Code server that install.mjs laid down.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../processes.mjs';
import { scratchFolder } from './scratch.mjs';

/** A quiet workbench: no welcome page, trust prompt, chat, telemetry or updates. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.editor.enablePreview': false,
  'security.workspace.trust.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
};

/** On top of the quiet ones: the same picture in every run. */
const testSettings = {
  ...quietSettings,
  'workbench.reduceMotion': 'on',
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
  'debug.toolBarLocation': 'docked',
  // Else a dirty untitled document opens a Save As box, for which startDebugging waits forever.
  'debug.saveBeforeStart': 'none',
  'files.hotExit': 'off',
};

/** How long a server that listens to nobody may take to come up. */
const startLimit = 60_000;

/**
 * @typedef {object} Server
 * @property {string} authority host and port
 * @property {(folder: string, payload?: string[][]) => string} address of the workbench with a
 *   folder opened; payload: VS Code's own pairs, such as ['openFile', uri]
 * @property {(path: string) => string} uri of a file as the workbench sees it
 * @property {Promise<void>} exited
 * @property {() => string} log what the server has printed so far
 * @property {() => Promise<void>} stop
 */

/**
 * @param {object} how
 * @param {import('./install.mjs').Installed} how.editor
 * @param {string[]} [how.vsix] extensions to install first
 * @param {string} [how.data] where settings and extensions live; a scratch folder by default
 * @param {Record<string, unknown>} [how.settings] of a person who has none yet
 * @param {Record<string, string>} [how.env] for the extension host and the debug adapters
 * @param {string[]} [how.args] more switches for the server
 * @returns {Promise<Server>}
 */
export async function startServer({ editor, vsix = [], data, settings = testSettings, env = {}, args = [] }) {
  const home = data ?? scratchFolder('server');
  const folders = ['--server-data-dir', home, '--extensions-dir', join(home, 'extensions')];
  const common = [...folders, '--accept-server-license-terms'];
  // User settings lie on the server's disk, so they can be written before it starts. What a person
  // has changed in an earlier run stays.
  const settingsFile = join(home, 'data/User/settings.json');
  if (!existsSync(settingsFile)) {
    mkdirSync(dirname(settingsFile), { recursive: true });
    writeFileSync(settingsFile, JSON.stringify(settings, null, 2));
  }
  // No look-ups at an extension gallery.
  const environment = { EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...env };
  for (const file of vsix) {
    await runOrThrow(editor.node, [editor.main, ...common, '--install-extension', file, '--force'], {
      env: environment,
      limit: startLimit,
    });
  }

  // Whoever reaches the port could run programs; only those who know the address may.
  const token = randomBytes(16).toString('hex');
  const child = spawn(
    editor.node,
    [
      editor.main,
      ...common,
      ...['--host', '127.0.0.1', '--port', '0', '--connection-token', token],
      ...['--telemetry-level', 'off', '--reconnection-grace-time', '30'],
      ...args,
    ],
    {
      // Its own process group, so that extension host and debug adapters end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let log = '';
  const port = await new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`VS Code's server ${what}:\n${log}`));
    const timer = setTimeout(() => fail('did not start in time'), startLimit);
    const read = (text) => {
      log += text;
      const listening = /Extension host agent listening on (\d+)/.exec(log);
      if (listening === null) return;
      clearTimeout(timer);
      resolve(Number(listening[1]));
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => fail(`ended with ${code}`));
  });

  const authority = `127.0.0.1:${port}`;
  return {
    authority,
    exited,
    log: () => log,
    uri: (path) => `vscode-remote://${authority}${path}`,
    address(folder, payload = []) {
      const url = new URL(`http://${authority}/`);
      url.searchParams.set('tkn', token);
      url.searchParams.set('folder', folder);
      if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
      return url.href;
    },
    async stop() {
      const signal = (name) => {
        try {
          process.kill(-child.pid, name);
        } catch {
          // Gone already.
        }
      };
      signal('SIGTERM');
      const late = setTimeout(() => signal('SIGKILL'), 3000);
      await exited;
      clearTimeout(late);
      // The server may go before the processes it has started.
      signal('SIGKILL');
    },
  };
}
