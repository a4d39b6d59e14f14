import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageRead, pageWrite, type PageTable, type PciFunction } from '../../src/hardware';
import { sleep, testbed, type Testbed } from './testbed';

const bdfs = ['00:04.0', '00:06.1', '00:0a.0', '01:00.0', '02:00.0', '06:00.0', '07:00.0', '08:02.0'];

interface Act {
  readonly kind: 'config' | 'bar' | 'reset' | 'vfs' | 'message' | 'map' | 'dma' | 'sleep';
  readonly bdf: string;
  readonly offset: number;
  readonly value: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('config', 'bar', 'reset', 'vfs', 'message', 'map', 'dma', 'sleep'),
  bdf: fc.constantFrom(...bdfs),
  offset: fc.oneof(fc.constantFrom(4, 0x3e, 0xa2, 0x128), fc.nat(0x3ff)).map((offset) => offset & ~1),
  value: fc.oneof(fc.constantFrom(0, 1, 6, 7, 0x407, 0x40, 0x8000, 0xffff), fc.nat(0xffff)),
});

function perform(bed: Testbed, table: PageTable, { kind, bdf, offset, value }: Act): void {
  const fn = bed.fn(bdf);
  const actions: Record<Act['kind'], () => void> = {
    config: () => fn.configWrite(offset, 2, value),
    bar: () => fn.barWrite(fn.bars[0]?.index ?? 0, offset & ~3, 4, value),
    reset: () => fn.functionReset(),
    vfs: () => (value % 2 === 0 ? fn.sriov?.disable() : fn.sriov?.enable(value % 5)),
    message: () => fn.sendMessage(value % 4),
    map: () =>
      value % 3 === 0
        ? table.unmap(offset, value % 7)
        : table.map(offset, value % 1000, value % 600, pageRead | pageWrite),
    dma: () => {
      fn.dmaWrite(BigInt(offset) * 4096n + 4090n, Uint8Array.of(value & 0xff, 2, 3, 4, 5, 6, 7, 8));
    },
    sleep: () => sleep(bed.machine, value % 200),
  };
  actions[kind]();
}

/** Everything of the machine that can be looked at, in words. Looking changes nothing, though registers may. */
function picture(bed: Testbed, table: PageTable): string[] {
  return bed.journal.rehearse(() => look(bed, table));
}

function look(bed: Testbed, table: PageTable): string[] {
  const { machine } = bed;
  return [
    `now ${machine.now} next ${machine.nextEvent()} faults ${machine.iommu!.faults.length} cached ${[...table.cached].join()}`,
    ...[...machine.functions].map(
      (fn) => `${fn.bdf} ${fn.present} ${fn.intxAsserted} ${bytesOf(fn)} ${JSON.stringify(fn.model.state(), asText)}`,
    ),
    ...[...table.mappings()].map(({ iovaPfn, pfn }) => `${iovaPfn} ${pfn}`),
    Buffer.from(machine.memory.read(0, 1000 * 4096))
      .toString('base64')
      .replaceAll(/A+/g, '-'),
  ];
}

const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function bytesOf(fn: PciFunction): string {
  const config = Array.from({ length: fn.configSize / 4 }, (_, index) => fn.config.read(index * 4, 4));
  const registers = Array.from({ length: 64 }, (_, index) => fn.model.read(0, index * 4, 4));
  return [...config, ...registers].map((value) => value.toString(16)).join(' ');
}

describe('the machine', () => {
  it('is exactly what it was after any walk through time', () => {
    fc.assert(
      fc.property(
        fc.array(act, { minLength: 1, maxLength: 25 }),
        fc.array(fc.nat(100), { maxLength: 8 }),
        (acts, walk) => {
          const bed = testbed();
          const table = bed.machine.iommu!.createTable();
          for (const fn of bed.machine.functions) bed.machine.iommu!.attach(fn, table);
          const states = [{ position: bed.journal.position, seen: picture(bed, table) }];
          for (const each of acts) {
            perform(bed, table, each);
            states.push({ position: bed.journal.position, seen: picture(bed, table) });
          }
          for (const step of [0, ...walk, states.length - 1]) {
            const { position, seen } = states[step % states.length]!;
            bed.journal.goto(position);
            expect(picture(bed, table)).toEqual(seen);
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
