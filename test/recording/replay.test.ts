import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRecording, replay, type Replay } from '../../src/recording';

interface RecordedStep {
  result: Record<string, unknown>;
  late?: unknown;
  dmesg?: string[];
  [key: string]: unknown;
}

/** Replays a recording of the repository after `change` made it wrong. */
function replayChanged(name: string, change: (steps: RecordedStep[]) => void): Replay {
  const text = readFileSync(join(import.meta.dirname, `../recordings/${name}.json`), 'utf8');
  const recording = JSON.parse(text) as { steps: RecordedStep[] };
  change(recording.steps);
  return replay(parseRecording(JSON.stringify(recording)));
}

const stepsOf = ({ differences }: Replay): number[] => differences.map(({ step }) => step);

describe('a replay', () => {
  it('says nothing when all is the same', () => {
    const result = replayChanged('container-basics', () => undefined);
    expect(result).toEqual({ name: 'container-basics', steps: result.steps, same: true, differences: [] });
  });

  it('finds a wrong error, a wrong number in a structure, and a line of the log too many or too few', () => {
    expect(stepsOf(replayChanged('memlock', (steps) => (steps[0]!.result = { ret: -1, errno: 'EPERM' })))).toEqual([0]);
    const wrongOut = replayChanged('unmap-v2', (steps) => {
      const step = steps.findLastIndex(({ result }) => typeof result.out === 'object');
      steps[step]!.result.out = { ...(steps[step]!.result.out as object), size: 1 };
    });
    expect(wrongOut.differences).toHaveLength(1);
    const printed = (steps: RecordedStep[]): number => steps.findIndex(({ dmesg }) => dmesg !== undefined);
    expect(replayChanged('memlock', (steps) => void steps[printed(steps)]!.dmesg!.push('more')).same).toBe(false);
    expect(replayChanged('memlock', (steps) => void delete steps[printed(steps)]!.dmesg).same).toBe(false);
    expect(replayChanged('memlock', (steps) => void (steps[0]!.late = { ret: 0 })).same).toBe(false);
  });

  it('takes a number as the same in both forms', () => {
    const result = replayChanged('unmap-v2', (steps) => {
      for (const {
        result: { out },
      } of steps) {
        if (typeof out === 'object' && out !== null) (out as Record<string, unknown>).argsz = '0x18';
      }
      steps.splice(0, steps.length, ...steps.filter(({ request }) => request !== 'VFIO_IOMMU_MAP_DMA').slice(0, 7));
    });
    expect(result.same).toBe(true);
  });

  it('makes each call with names as they are bound at that moment', () => {
    const open = { proc: 'a', call: 'open', as: 'c', path: '/dev/vfio/vfio', flags: 'rdwr', result: { ret: 0 } };
    const version = { proc: 'a', call: 'ioctl', fd: 'c', request: 'VFIO_GET_API_VERSION', result: { ret: 0 } };
    const refused = { ret: -1, errno: 'EBADF' };
    const result = replayChanged('container-basics', (steps) => {
      const failed = { ...open, path: '/dev/nothing', result: { ret: -1, errno: 'ENOENT' } };
      const close = { proc: 'a', call: 'close', fd: 'c', result: { ret: 0 } };
      const other = { ...version, proc: 'b', result: refused };
      const made = [{ ...version, result: refused }, open, open, failed, version, other, close];
      steps.splice(0, steps.length, ...made, { ...version, result: refused }, { ...close, result: refused });
    });
    expect(result.differences).toEqual([]);
  });

  it('lets a blocked call come back later, and makes no call of a process that waits', () => {
    const result = replayChanged('unbind-while-open', (steps) => {
      const blocked = steps.findIndex((step) => step.result.blocked === true);
      const busy = { proc: 'root', call: 'status', result: { busy: true } };
      steps.splice(blocked + 1, 0, busy);
    });
    expect(result.differences).toEqual([]);
  });

  it('refuses an unknown machine', () => {
    const recording = parseRecording('{"name":"x","machine":"toString","steps":[]}');
    expect(() => replay(recording)).toThrow('machine: machine "toString" is not known. Known: q35-');
  });
});
