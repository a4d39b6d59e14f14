import { spawnSync } from 'node:child_process';
import { pinnedNode, root } from '../scripts/project.mjs';
import { median, type Measure } from './measurement';

const runs = 11;

/** Milliseconds from the start of the process to its exit. */
function timeOf(args: string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(pinnedNode, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stderr}`);
  return performance.now() - start;
}

const medianOf = (args: string[]) => median(Array.from({ length: runs }, () => timeOf(args)));

/** The command line as a person waits for it; an empty Node is the floor under it. */
export const measure: Measure = () => [
  { what: 'node -e 0, start to exit', value: medianOf(['-e', '0']), unit: 'ms' },
  {
    what: 'vfio-lab --help, start to exit',
    value: medianOf(['dist/cli.js', '--help']),
    unit: 'ms',
  },
  {
    what: 'vfio-lab run examples/first-mapping.vfio, start to exit',
    value: medianOf(['dist/cli.js', 'run', 'examples/first-mapping.vfio']),
    unit: 'ms',
    aim: '< 150',
  },
];
