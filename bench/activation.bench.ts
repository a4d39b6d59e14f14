import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/project.mjs';
import { runInBrowser } from '../scripts/vscode/extension-host.mjs';
import { installEditor } from '../scripts/vscode/install.mjs';
import { scratchFolder } from '../scripts/vscode/scratch.mjs';
import { current } from '../scripts/vscode/versions.mjs';
import { median, type Measure } from './measurement';

/** Each is a VS Code of its own, started and ended. */
const runs = 3;

/** What the extension adds to the start of a window that needs it. */
export const measure: Measure = async () => {
  const editor = await installEditor(current);
  const own: number[] = [];
  const comparison: number[] = [];
  for (let run = 0; run < runs; run++) {
    const verdict = join(scratchFolder('activation'), 'milliseconds');
    await runInBrowser(editor, {
      runner: join(root, 'bench/activation-runner.cjs'),
      // Without a scenario in it, so that nothing activates the extension before its time.
      workspace: scratchFolder('empty'),
      env: { VFIO_LAB_VERDICT: verdict },
    });
    if (!existsSync(verdict)) throw new Error('the extension did not become active');
    const times = JSON.parse(readFileSync(verdict, 'utf8')) as { own: number; comparison: number };
    own.push(times.own);
    comparison.push(times.comparison);
  }
  return [
    { what: 'extension activation', value: median(own), unit: 'ms', aim: '< 50' },
    { what: "the same of VS Code's search-result, for comparison", value: median(comparison), unit: 'ms' },
  ];
};
