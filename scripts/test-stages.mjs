// The stages of npm test. Each gives its counts; one without tests of its own counts as one.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { runEditorTests, runExtensionHostTests } from './editor-tests.mjs';
import { outdatedFiles } from './generate.mjs';
import { packVsix } from './package.mjs';
import { run, runTool } from './processes.mjs';
import { seconds } from './progress.mjs';
import { pinnedNode, root } from './project.mjs';
import { runVitest } from './vitest-counts.mjs';

/** @typedef {{ passed: number, failed: number }} Counts */

/** Milliseconds for one program of a stage. */
const limit = 300_000;

const passed = { passed: 1, failed: 0 };
const failed = { passed: 0, failed: 1 };

/** A stage that is one tool's verdict. */
const tool = (packageName, args, command) => async () => {
  const { code } = await runTool(packageName, args, { command, limit });
  return code === 0 ? passed : failed;
};

async function generatedIsCurrent() {
  const files = await outdatedFiles();
  if (files.length === 0) return passed;
  console.error(`out of date until just now (commit them): ${files.join(', ')}`);
  return failed;
}

/** Each example is a test by itself: the command line runs it and compares its expectations. */
async function examples() {
  if (!existsSync(join(root, 'examples'))) throw new Error('examples/ is missing');
  await buildAll();
  const { code, output } = await run(pinnedNode, ['dist/cli.js', 'test', 'examples/'], { limit });
  const counts = /(\d+) passed, (\d+) failed/.exec(output);
  if (counts === null) return failed;
  const result = { passed: Number(counts[1]), failed: Number(counts[2]) };
  // It must not end badly without saying which test failed.
  return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

/** Builds, packs and installs nothing yet: what the editor stages then open. */
async function packed() {
  await packVsix();
  return passed;
}

/** @type {{ name: string, what: string, run: () => Promise<Counts> }[]} */
const stages = [
  { name: 'types', what: 'TypeScript', run: tool('typescript', ['--noEmit'], 'tsc') },
  { name: 'lint', what: 'ESLint, with the rule for the rooms', run: tool('eslint', ['.']) },
  { name: 'format', what: 'prettier', run: tool('prettier', ['--check', '--log-level=warn', '.']) },
  { name: 'unused', what: 'knip: no unused file, export or dependency', run: tool('knip', []) },
  { name: 'generated', what: 'generated files are current', run: generatedIsCurrent },
  { name: 'unit', what: 'unit, property, recording and DAP tests', run: () => runVitest('unit') },
  { name: 'examples', what: 'vfio-lab test examples/', run: examples },
  { name: 'package', what: 'the .vsix', run: packed },
  { name: 'host', what: 'tests inside the extension host', run: runExtensionHostTests },
  { name: 'editor', what: 'the extension in VS Code in Chromium', run: runEditorTests },
];

/**
 * Runs the named stages, or all; resolves with the exit status.
 * @param {string[]} names
 */
export async function runStages(names) {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = stages.map(({ name }) => name).join(', ');
    console.error(`no such stage: ${unknown.join(', ')} (there are: ${known})`);
    return 2;
  }
  const artifacts = join(root, 'test/artifacts');
  rmSync(artifacts, { recursive: true, force: true });
  mkdirSync(artifacts, { recursive: true });

  const chosen = names.length === 0 ? stages : stages.filter(({ name }) => names.includes(name));
  const results = [];
  for (const stage of chosen) results.push(await runStage(stage));

  console.log('\n== all together');
  for (const { name, counts, time } of results) {
    const mark = counts.failed === 0 ? 'ok  ' : 'FAIL';
    const numbers = `${counts.passed} passed, ${counts.failed} failed`;
    console.log(`${mark} ${name.padEnd(10)} ${seconds(time).padStart(7)}  ${numbers}`);
  }
  const sum = (key) => results.reduce((total, { counts }) => total + counts[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

async function runStage({ name, what, run: work }) {
  console.log(`\n== ${name}: ${what}`);
  const start = performance.now();
  let counts;
  try {
    counts = await work();
  } catch (error) {
    console.error(error.message);
    counts = failed;
  }
  const time = performance.now() - start;
  console.log(`-- ${name}: ${counts.passed} passed, ${counts.failed} failed (${seconds(time)})`);
  return { name, counts, time };
}
