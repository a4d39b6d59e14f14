// Lays down a real VS Code from the npm registry, without its npm wrapper and without any compiler:
// the native modules that stay unbuilt are ones that VS Code can do without.
//
//   node scripts/vscode/install.mjs [current|oldest]

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, pinnedNode } from '../project.mjs';
import { runOrThrow } from '../processes.mjs';
import { seconds, step } from '../progress.mjs';
import * as editors from './versions.mjs';

/** Goes up when the recipe below changes, so that an older folder is not taken for a new one. */
const recipe = 1;

const npmQuietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * @typedef {object} Installed
 * @property {string} node the Node to start it with
 * @property {string} main the server's entry file
 * @property {string} version as in "1.139"
 */

/**
 * Installs an editor unless it is there already.
 * @param {editors.Editor} editor
 * @returns {Promise<Installed>}
 */
export async function installEditor(editor) {
  const folder = join(cacheFolder, `server-${editor.codeServer}-${recipe}`);
  if (!existsSync(folder)) {
    await step(`fetching VS Code ${editor.vscode} from the npm registry`, () => layDown(editor, folder));
  }
  return {
    version: editor.vscode,
    node: editor.node === undefined ? pinnedNode : join(folder, nodeFile()),
    main: join(folder, 'vscode/out/server-main.js'),
  };
}

/** Builds the folder beside its place and moves it there whole: it is complete or absent. */
async function layDown(editor, folder) {
  const partial = `${folder}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    await unpack(editor, partial);
    await runOrThrow('npm', ['install', '--omit=dev', '--engine-strict=false', ...npmQuietly], {
      cwd: join(partial, 'vscode'),
    });
    if (editor.node !== undefined) await addNode(editor.node, partial);
    await addSearch(join(partial, 'vscode'));
    replaceNatives(join(partial, 'vscode/node_modules'));
    dropAgents(join(partial, 'vscode'));
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Only the editor itself, which lies in one folder of the package. */
async function unpack({ codeServer }, folder) {
  const { stdout } = await runOrThrow('npm', ['pack', `code-server@${codeServer}`, '--loglevel=error'], {
    cwd: folder,
  });
  const archive = stdout.trim().split('\n').at(-1);
  await runOrThrow('tar', ['-xzf', archive, 'package/lib/vscode'], { cwd: folder });
  renameSync(join(folder, 'package/lib/vscode'), join(folder, 'vscode'));
  rmSync(join(folder, 'package'), { recursive: true });
  rmSync(join(folder, archive));
}

/** The registry holds one package with the Node binary for each platform. */
function nodePackage() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform}-${process.arch}`;
}

const nodeFile = () => `node/node_modules/${nodePackage()}/bin/node`;

const addNode = (version, folder) =>
  runOrThrow('npm', ['install', '--prefix', join(folder, 'node'), `${nodePackage()}@${version}`, ...npmQuietly]);

/**
 * Older versions fetch ripgrep, with which VS Code finds files, in an install script; there is a
 * package with the program itself for each platform.
 */
async function addSearch(vscode) {
  const needing = join(vscode, 'node_modules/@vscode/ripgrep');
  if (!existsSync(needing) || existsSync(join(needing, 'bin/rg'))) return;
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}`;
  const scratch = join(vscode, '../search');
  await runOrThrow('npm', ['install', '--prefix', scratch, `${name}@1.18.0`, ...npmQuietly]);
  renameSync(join(scratch, 'node_modules', name, 'bin'), join(needing, 'bin'));
  rmSync(scratch, { recursive: true });
}

/** A logger in plain JavaScript in place of the native spdlog; without one there are no logs. */
const plainLogger = `
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
class Logger {
  constructor(name, file) {
    this.file = file;
    this.level = 2;
    this.raw = false;
    mkdirSync(dirname(file), { recursive: true });
  }
  setLevel(level) { this.level = level; }
  getLevel() { return this.level; }
  setPattern() {}
  clearFormatters() { this.raw = true; }
  flush() {}
  drop() {}
  write(level, text) {
    if (level < this.level) return;
    const line = this.raw ? text : new Date().toISOString() + ' [' + names[level] + '] ' + text + '\\n';
    try { appendFileSync(this.file, line); } catch { /* the folder went away at the end of a test */ }
  }
  trace(text) { this.write(0, text); }
  debug(text) { this.write(1, text); }
  info(text) { this.write(2, text); }
  warn(text) { this.write(3, text); }
  error(text) { this.write(4, text); }
  critical(text) { this.write(5, text); }
}
exports.version = 0;
exports.Logger = Logger;
exports.setFlushOn = exports.setLevel = exports.shutdown = () => {};
exports.createRotatingLogger = exports.createAsyncRotatingLogger =
  async (name, file) => new Logger(name, file);
`;

function replaceNatives(modules) {
  writeFileSync(join(modules, '@vscode/spdlog/index.js'), plainLogger);
  for (const name of ['@vscode/native-watchdog', 'native-watchdog']) {
    const folder = join(modules, name);
    // The extension host also polls its parent by itself, so a watchdog that does nothing will do.
    if (existsSync(folder)) writeFileSync(join(folder, 'index.js'), 'exports.start = () => {};\n');
  }
}

/** 300 MB of AI agents that no test needs. */
function dropAgents(vscode) {
  for (const path of ['extensions/copilot', 'node_modules/@github', 'node_modules/@microsoft/mxc-sdk']) {
    rmSync(join(vscode, path), { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const start = performance.now();
  const { version, main } = await installEditor(editors[process.argv[2] ?? 'current']);
  console.log(`VS Code ${version}: ${main} (${seconds(performance.now() - start)})`);
}
