// Runs vitest and reads the counts from its own report.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './processes.mjs';
import { root } from './project.mjs';

const configs = { unit: 'vitest.config.mts', editor: 'test/editor/vitest.config.mts' };

/** Milliseconds for all tests of a set; one that loops forever blocks vitest's own time limit. */
const limit = 600_000;

/**
 * @param {keyof typeof configs} set
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runVitest(set) {
  const report = join(root, `test/artifacts/vitest-${set}.json`);
  rmSync(report, { force: true });
  const args = ['run', '--config', configs[set]];
  // One line for each test where there are few of them.
  args.push(`--reporter=${set === 'editor' ? 'verbose' : 'default'}`);
  args.push('--reporter=json', `--outputFile.json=${report}`);
  const { code } = await runTool('vitest', args, { limit });
  if (!existsSync(report)) throw new Error('vitest ended without a report');
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that cannot even be loaded holds no tests that could fail.
  const failed = code !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
  return { passed: numPassedTests, failed };
}
