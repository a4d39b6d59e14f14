import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, snapshot } from '../../snapshot';
import { command, flag, Mediated } from '../../errno-sites/mediated';

const page = 4096n;
const edu = '0000:00:04.0';

const locked = (lab: Mediated): number => lab.a.mm.lockedPages;
const lastLines = (lab: Mediated, count: number): string[] =>
  lab.kernel.log.lines
    .toArray()
    .slice(-count)
    .map(({ text }) => text);

describe('pages that a vendor driver pins', () => {
  it('are copied from and to by a kernel thread, which borrows the memory of who mapped', () => {
    const lab = new Mediated();
    const { container, engine } = lab.opened();
    const memory = lab.memory(8192);
    lab.map(container, memory, 0n, page);
    lab.map(container, memory + page, page, page);
    lab.register(engine, 0x100, 0x1122334455667788n);
    lab.register(engine, 0x10, flag.thread);
    // Over the end of one mapping into the next.
    expect(lab.run(engine, command.write, 4092n, 8)).toBe(4);
    expect(lab.calls.peek(lab.a, memory + 4092n, 8).bytes).toEqual(
      Uint8Array.of(0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11),
    );
  });

  it('another process cannot reach', () => {
    const lab = new Mediated();
    const { container, engine } = lab.opened();
    lab.map(container, lab.memory(4096), 0n, page);
    const other = lab.another();
    other.install(lab.a.file(engine)!);
    expect(lab.run(3, command.read, 0n, 8, 3, other)).toBe(-14);
  });

  it('end in a BUG when the driver never unpins, and the container is locked for ever', () => {
    const lab = new Mediated();
    const { container, engine } = lab.opened();
    lab.map(container, lab.memory(4096), 0n, page);
    lab.register(engine, 0x10, flag.keep);
    lab.run(engine, command.pin, 0n, 1);
    const other = lab.another();
    other.install(lab.a.file(container)!);
    lab.unmap(container, 0n, page);
    expect(lastLines(lab, 2)).toEqual(['kernel BUG at drivers/vfio/vfio_iommu_type1.c:913!', 'Call Trace: ']);
    expect(lab.calls.pread(lab.another('late'), engine, 0n, 4).ret).toBe(-9);
    expect(lab.result(3, 'VFIO_IOMMU_GET_INFO', 8n, other).blocked).toBe(true);
  });

  it('leave warnings when the group leaves and the driver did not let go', () => {
    const lab = new Mediated();
    const { container, group, engine } = lab.opened();
    lab.map(container, lab.memory(4096), 0n, page);
    lab.register(engine, 0x10, flag.leak);
    lab.run(engine, command.pin, 0n, 1);
    lab.calls.close(lab.a, engine);
    lab.calls.close(lab.a, group);
    const where = lastLines(lab, 4).filter((text) => text.startsWith('WARNING'));
    expect(where).toEqual([
      'WARNING: at drivers/vfio/vfio_iommu_type1.c:1857 vfio_sanity_check_pfn_list',
      'WARNING: at drivers/vfio/vfio_iommu_type1.c:1861 vfio_sanity_check_pfn_list',
    ]);
  });
});

type Step =
  | { readonly kind: 'map' | 'unmap'; readonly slot: number }
  | { readonly kind: 'pin' | 'unpin'; readonly slot: number; readonly page: number }
  | { readonly kind: 'real' };

const slots = 4;
const slotPages = 4;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('map' as const, 'unmap' as const), slot: fc.nat(slots - 1) }),
  fc.record({
    kind: fc.constantFrom('pin' as const, 'unpin' as const),
    slot: fc.nat(slots - 1),
    page: fc.nat(slotPages - 1),
  }),
  fc.constant({ kind: 'real' as const }),
);

/** What a program knows of its mappings and pins. */
class Model {
  readonly mapped = new Set<number>();
  readonly pins = new Map<number, number>();
  /** The group of a real device, while it is in the container. */
  real: number | null = null;

  constructor(
    private readonly lab: Mediated,
    private readonly files: { readonly container: number; readonly engine: number },
    private readonly memory: bigint,
  ) {}

  /** Pages that should count as locked. */
  get locked(): number {
    return this.real === null ? this.pins.size : this.mapped.size * slotPages;
  }

  apply(step: Step): void {
    if (step.kind === 'real') this.toggleReal();
    else if ('page' in step) this.pinOrUnpin(step.kind === 'pin', step.slot * slotPages + step.page);
    else this.mapOrUnmap(step.kind === 'map', step.slot);
  }

  private toggleReal(): void {
    const { lab, files, real } = this;
    if (real !== null) lab.calls.close(lab.a, real);
    this.real = real === null ? lab.join(files.container, edu) : null;
  }

  private mapOrUnmap(map: boolean, slot: number): void {
    const { lab, files, memory, mapped, pins } = this;
    const iova = BigInt(slot * slotPages) * page;
    const size = BigInt(slotPages) * page;
    if (map) {
      if (lab.map(files.container, memory + iova, iova, size) === 0) mapped.add(slot);
      return;
    }
    lab.unmap(files.container, iova, size);
    mapped.delete(slot);
    for (let at = slot * slotPages; at < (slot + 1) * slotPages; at++) pins.delete(at);
  }

  private pinOrUnpin(pin: boolean, at: number): void {
    const { lab, files, pins } = this;
    const answer = lab.run(files.engine, pin ? command.pin : command.unpin, BigInt(at) * page, 1);
    if (answer < 0) return;
    const now = (pins.get(at) ?? 0) + (pin ? 1 : -1);
    if (now > 0) pins.set(at, now);
    else pins.delete(at);
  }
}

describe('the count of locked memory', () => {
  it('is that of all pages while a real device is there, else that of the pinned ones; and all can be undone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const lab = new Mediated();
        lab.bind(edu);
        const { container, group, engine } = lab.opened();
        const model = new Model(lab, { container, engine }, lab.memory(slots * slotPages * 4096));
        const { journal } = lab.kernel;
        const begin = journal.position;
        const before = snapshot(lab.kernel);
        for (const each of steps) {
          model.apply(each);
          expect(locked(lab)).toBe(model.locked);
        }
        const end = journal.position;
        const after = snapshot(lab.kernel);
        journal.goto(begin);
        expect(difference(snapshot(lab.kernel), before)).toBe(null);
        journal.goto(end);
        expect(difference(snapshot(lab.kernel), after)).toBe(null);
        const { real } = model;
        for (const fd of [engine, group, ...(real === null ? [] : [real]), container]) lab.calls.close(lab.a, fd);
        expect(locked(lab)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
