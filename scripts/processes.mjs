// Running other programs. Plain Node 20 built-ins only (see project.mjs).

import { spawn } from 'node:child_process';
import { pathWithPinnedNode, pinnedNode, root, toolPath } from './project.mjs';

/**
 * Runs a program to its end, without standard input.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ quiet?: boolean, env?: Record<string, string>, cwd?: string, limit?: number }} [how]
 *   quiet: keep the output instead of showing it; limit: milliseconds after which the program and
 *   all that it started are killed, none by default.
 * @returns {Promise<{ code: number, stdout: string, output: string }>} output: both streams, mixed.
 */
export function run(program, args, { quiet = false, env = {}, cwd = root, limit } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm and code are .cmd files on Windows, which only a shell starts.
      shell: program.endsWith('.cmd'),
      // A process group of its own can be killed as a whole.
      detached: limit !== undefined,
    });
    const endWatch = limit === undefined ? () => {} : watch(child, limit);
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
      if (!quiet) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (!quiet) process.stderr.write(text);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (endWatch()) reject(new Error(`killed after ${limit / 1000} s without an end: ${program} ${args.join(' ')}`));
      else resolve({ code: code ?? 1, stdout, output });
    });
  });
}

/**
 * Kills the group of a child when its time is up, or when this process ends before it.
 * @returns ends the watch and tells whether the time was up
 */
function watch(child, limit) {
  let late = false;
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  // A signal would end this process without its `exit` event.
  const interrupted = () => process.exit(130);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, limit);
  process.once('exit', kill);
  for (const signal of signals) process.once(signal, interrupted);
  return () => {
    clearTimeout(timer);
    process.off('exit', kill);
    for (const signal of signals) process.off(signal, interrupted);
    return late;
  };
}

/** Like `run`, but quiet, and a failure throws with the program's own words. */
export async function runOrThrow(program, args, how = {}) {
  const result = await run(program, args, { quiet: true, ...how });
  if (result.code !== 0) {
    throw new Error(`"${[program, ...args].join(' ')}" failed:\n${result.output.trim()}`);
  }
  return result;
}

/** Runs the command of an installed package on the pinned Node. */
export function runTool(packageName, args, { command, env, ...how } = {}) {
  return run(pinnedNode, [toolPath(packageName, command), ...args], {
    ...how,
    env: { PATH: pathWithPinnedNode(), ...env },
  });
}
