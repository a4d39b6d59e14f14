// The first thing that npm start and npm test do: have the dependencies, then go on under the Node
// that they bring. Plain Node 20 built-ins only (see project.mjs).

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath, pathWithPinnedNode, pinnedNode, root } from './project.mjs';
import { runOrThrow } from './processes.mjs';
import { step } from './progress.mjs';

/**
 * Installs what package-lock.json names, unless it is there already, and makes sure that the rest
 * of the script runs on the pinned Node.
 *
 * @returns {Promise<boolean>} true: go on. false: a second process has done the work and this one
 *   only ends with that one's exit code.
 */
export async function setUp() {
  if (!isInstalled()) {
    await step('installing the dependencies (npm ci)', () =>
      runOrThrow(onPath('npm') ?? 'npm', ['ci', '--include=dev', '--loglevel=error']),
    );
  }
  if (process.version === pinnedVersion()) return true;
  process.exitCode = await repeatOnPinnedNode();
  return false;
}

/** Whether node_modules holds every package of the lock file in the locked version. */
function isInstalled() {
  // npm's own record of what it laid down.
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record) || !existsSync(pinnedNode)) return false;
  const present = readPackages(record);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, devOptional }]) =>
      // Optional packages are those of other platforms.
      path === '' || optional || devOptional || present[path]?.version === version,
  );
}

const readPackages = (lockFile) => JSON.parse(readFileSync(lockFile, 'utf8')).packages;

function pinnedVersion() {
  const file = join(root, 'node_modules/node/package.json');
  return `v${JSON.parse(readFileSync(file, 'utf8')).version}`;
}

/** Starts the very same command line again; resolves with its exit code. */
function repeatOnPinnedNode() {
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode, process.argv.slice(1), {
      stdio: 'inherit',
      env: { ...process.env, PATH: pathWithPinnedNode() },
    });
    // Ctrl+C reaches both; the child decides how to end. A plain kill is handed on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}
