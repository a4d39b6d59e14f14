import { describe, expect, it } from 'vitest';
import {
  bridgeWindow,
  Machine,
  resourcesOf,
  withChipset,
  type FunctionDescription,
  type MachineDescription,
} from '../../src/hardware';
import { Journal } from '../../src/history';

const iommu = { kind: 'intel', width: 48, interruptRemapping: true } as const;

function describeMachine(
  functions: readonly FunctionDescription[],
  more: Partial<MachineDescription> = {},
): MachineDescription {
  return { name: 'test', memory: 1 << 30, hugepages: 0, iommu, functions, ...more };
}

const build = (functions: readonly FunctionDescription[], more: Partial<MachineDescription> = {}): Machine =>
  Machine.build(new Journal(), describeMachine(functions, more));

describe('a machine from a written description', () => {
  const machine = build(
    withChipset(
      [
        { bdf: '00:04.0', model: 'edu' },
        { bdf: '00:08.0', model: 'root-port', children: [{ bdf: '01:00.0', model: 'nvme', vfs: 4 }] },
        { bdf: '00:09.0', model: 'root-port', acs: false },
      ],
      iommu,
    ),
  );
  const functions = [...machine.functions];

  it('has its functions in the order of their addresses', () => {
    expect(functions.map((fn) => fn.bdf)).toEqual(
      ['00:00.0', '00:04.0', '00:08.0', '00:09.0', '00:1f.0', '00:1f.2', '00:1f.3', '01:00.0'].map(
        (bdf) => `0000:${bdf}`,
      ),
    );
  });

  it('gives every BAR an aligned place of its own', () => {
    const ranges = functions
      .flatMap((fn) => fn.bars.map((bar) => ({ ...bar, start: bar.start, end: bar.end, io: bar.kind === 'io' })))
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    for (const [index, { start, size, end, io }] of ranges.entries()) {
      expect(start % size).toBe(0n);
      const next = ranges.slice(index + 1).find((other) => other.io === io);
      if (next !== undefined) expect(next.start > end).toBe(true);
    }
  });

  it('opens windows around what is behind a bridge', () => {
    const window = bridgeWindow(machine.function('0000:00:08.0')!, 'memory')!;
    const nvme = machine.function('0000:01:00.0')!;
    for (const { start, end, flags } of resourcesOf(nvme)) {
      if (flags === 0) continue;
      expect(Number(start)).toBeGreaterThanOrEqual(window.start);
      expect(Number(end)).toBeLessThanOrEqual(window.end);
    }
  });

  it('numbers the bus behind an empty port, and keeps a place for hot plug', () => {
    const empty = machine.function('0000:00:09.0')!;
    expect(empty.config.read(0x19, 1)).toBe(2);
    expect(bridgeWindow(empty, 'memory')).not.toBeNull();
  });

  it('leaves ACS out when told so, and switches it on elsewhere', () => {
    expect(machine.function('0000:00:09.0')!.acs).toBeNull();
    expect(machine.function('0000:00:08.0')!.acs).toMatchObject({ capabilities: 0x5f, control: 0x1d });
  });

  it('binds nothing into history', () => {
    expect(machine.journal.position).toBe(0);
  });
});

describe('a description that contradicts itself', () => {
  const edu = { bdf: '00:04.0', model: 'edu' };
  it.each<[string, FunctionDescription[], RegExp]>([
    ['an unknown model', [{ bdf: '00:04.0', model: 'edo' }], /no device model is called 'edo'/],
    ['two functions in one place', [edu, edu], /two functions stand at 00:04\.0/],
    ['children of a device', [{ ...edu, children: [{ bdf: '01:00.0', model: 'edu' }] }], /is no bridge/],
    [
      'a device in another domain than its bridge',
      [{ bdf: '00:03.0', model: 'root-port', children: [{ bdf: '0001:01:00.0', model: 'edu' }] }],
      /their domains must be equal/,
    ],
    ['a bus number that falls', [{ bdf: '00:08.0', model: 'root-port', children: [edu] }], /must be higher/],
    ['VFs of a device that has none', [{ ...edu, vfs: 2 }], /can have no VFs/],
    ['no address', [{ bdf: '4.0', model: 'edu' }], /is not a PCI address/],
  ])('%s is refused', (_, functions, message) => {
    expect(() => build(functions)).toThrow(message);
  });

  it('is refused for its memory and its IOMMU too', () => {
    expect(() => build([], { memory: 4096 })).toThrow(/memory must be/);
    expect(() => build([], { hugepages: 1000 })).toThrow(/more than half/);
    expect(() => build([], { iommu: { ...iommu, width: 40 } })).toThrow(/39, 48, 57/);
  });
});
