import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  iovaMap,
  pictureStyle,
  timeline,
  topology,
  type IovaSnapshot,
  type MappingSnapshot,
  type TimelineSnapshot,
  type TopologySnapshot,
} from '../../src/pictures';
import { readMarkup, withClass, type Markup } from './markup';
import { empty, full, guest, machine, run } from './samples';

const anyText = fc.string({ unit: 'binary', maxLength: 12 });

const mapping: fc.Arbitrary<MappingSnapshot> = fc.record({
  page: fc.nat(5000),
  count: fc.integer({ min: 1, max: 3000 }),
  rights: fc.constantFrom('R', 'W', 'RW', ''),
  entries: fc.constantFrom('4K', '2M', '1G', 'mixed', 'none'),
  vaddr: anyText,
  process: anyText,
  changed: fc.boolean(),
});

/** Gaps and lengths become ascending ranges. */
function ascending(mappings: readonly MappingSnapshot[]): MappingSnapshot[] {
  let next = 0;
  return mappings.map((one) => {
    const page = next + one.page;
    next = page + one.count;
    return { ...one, page };
  });
}

const iova: fc.Arbitrary<IovaSnapshot> = fc.record({
  name: anyText,
  model: fc.option(anyText),
  width: fc.integer({ min: 20, max: 64 }),
  mappings: fc.array(mapping, { maxLength: 40 }).map(ascending),
  removed: fc.array(fc.record({ page: fc.nat(100_000), count: fc.integer({ min: 1, max: 100 }) }), { maxLength: 3 }),
  reserved: fc.array(fc.record({ page: fc.nat(100_000), count: fc.integer({ min: 1, max: 100 }), type: anyText }), {
    maxLength: 3,
  }),
  faults: fc.array(
    fc.record({ address: anyText, page: fc.nat(100_000), write: fc.boolean(), device: anyText, reason: anyText }),
    { maxLength: 5 },
  ),
});

const window = fc.option(fc.record({ page: fc.nat(50_000), count: fc.integer({ min: 1, max: 100_000 }) }), {
  nil: undefined,
});

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Left and right edges of the bodies of parts. */
function spans(parts: readonly Markup[]): Span[] {
  return parts.map((part) => {
    const body = withClass(part, 'body')[0]!;
    const from = Number(body.attributes.x);
    return { from, to: from + Number(body.attributes.width) };
  });
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function expectNoOverlap(all: readonly Span[]): void {
  all.forEach((span, index) => {
    if (index > 0) expect(span.from).toBeGreaterThanOrEqual(all[index - 1]!.to - 0.02);
  });
}

describe('IOVA map', () => {
  it('is well-formed, to scale from left to right, and its blocks never overlap', () => {
    fc.assert(
      fc.property(iova, window, fc.integer({ min: 480, max: 1600 }), (snapshot, shown, width) => {
        const picture = readMarkup(iovaMap(snapshot, { window: shown, width, theme: 'auto' }));
        const blocks = withClass(picture, 'mapping');
        expectNoOverlap(spans(blocks));
        for (const { from, to } of spans(blocks)) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(width);
        }
        const pages = blocks.map(({ attributes }) => Number(attributes['data-page']));
        expect(pages).toEqual([...pages].sort((a, b) => a - b));
      }),
    );
  });

  it('draws every mapping of the window once, alone or merged', () => {
    fc.assert(
      fc.property(iova, (snapshot) => {
        const blocks = withClass(readMarkup(iovaMap(snapshot)), 'mapping');
        const drawn = blocks.reduce((sum, { attributes }) => sum + Number(attributes['data-merged'] ?? 1), 0);
        expect(drawn).toBe(snapshot.mappings.length);
      }),
    );
  });

  it('names every part and says for each what a click leads to', () => {
    const picture = readMarkup(iovaMap(guest, { window: { page: 0, count: 0x200 } }));
    const rom = withClass(picture, 'mapping')[1]!;
    expect(rom.attributes['aria-label']).toBe(
      'Mapping 0xc0000 - 0xdffff, 128 KiB, read, to 0x7f10000c0000 of qemu, 4 KiB entries',
    );
    expect(rom.attributes).toMatchObject({
      role: 'img',
      'data-uri': 'file:///vm.vfio',
      'data-line': '31',
      'data-page': '192',
    });
    for (const part of withClass(picture, 'part'))
      expect(part.children[0]).toMatchObject({ name: 'title', text: part.attributes['aria-label'] });
    expect(picture.attributes['aria-labelledby']).toBe('vl-iova-title');
  });

  it('shows what the last step changed even among thousands', () => {
    const snapshot = full(20_000);
    const changed = snapshot.mappings.with(12_345, { ...snapshot.mappings[12_345]!, changed: true });
    expect(withClass(readMarkup(iovaMap({ ...snapshot, mappings: changed })), 'is-changed')).toHaveLength(1);
  });

  it('draws 65,535 mappings as lightly as a thousand', () => {
    const snapshot = full();
    const start = performance.now();
    const picture = iovaMap(snapshot, { width: 1200 });
    const time = performance.now() - start;
    console.log(`IOVA map of 65,535 mappings: ${Math.round(time)} ms, ${Math.round(picture.length / 1024)} KiB`);
    expect(withClass(readMarkup(picture), 'mapping').length).toBeLessThan(1200);
    expect(picture.length).toBeLessThan(1 << 20);
    expect(time).toBeLessThan(2000);
  });
});

const topologySnapshot: fc.Arbitrary<TopologySnapshot> = fc
  .array(
    fc.record({ up: fc.nat(5), group: fc.option(fc.nat(4)), text: anyText, virtual: fc.boolean(), slot: fc.nat(3) }),
    { maxLength: 24 },
  )
  .map((drafts) => ({
    name: 'any',
    iommu: null,
    groups: [{ id: 1, reason: '<&>', viable: false, why: '"' }],
    functions: drafts.map(({ up, group, text, virtual, slot }, index) => ({
      bdf: `0000:${index.toString(16).padStart(2, '0')}:0${slot}.0`,
      kind: virtual ? ('virtual-function' as const) : ('root-port' as const),
      description: text,
      parent:
        up === 0 || index < up
          ? null
          : `0000:${(index - up).toString(16).padStart(2, '0')}:0${drafts[index - up]!.slot}.0`,
      group,
      driver: text,
      acs: 'missing' as const,
      vfs: 1,
      openBy: [text],
    })),
  }));

describe('topology', () => {
  it('is well-formed, and its boxes never overlap', () => {
    fc.assert(
      fc.property(topologySnapshot, (snapshot) => {
        const boxes = withClass(readMarkup(topology(snapshot, { theme: 'dark' })), 'function');
        expect(boxes).toHaveLength(snapshot.functions.length);
        const places = boxes.map((box) => withClass(box, 'body')[0]!.attributes).map(({ x, y }) => `${x},${y}`);
        expect(new Set(places).size).toBe(places.length);
        const rows = grouped(
          boxes.map((box) => withClass(box, 'body')[0]!.attributes),
          ({ x }) => x!,
        );
        for (const column of rows.values()) {
          const ys = column.map(({ y }) => Number(y)).sort((a, b) => a - b);
          ys.forEach((y, index) => {
            if (index > 0) expect(y - ys[index - 1]!).toBeGreaterThanOrEqual(40);
          });
        }
      }),
    );
  });

  it('draws missing ACS where it matters and nowhere else', () => {
    const picture = readMarkup(topology(machine));
    const without = withClass(picture, 'function').filter((box) => withClass(box, 'f-error').length > 0);
    expect(without.map(({ attributes }) => attributes['data-bdf'])).toEqual(
      ['00:06.0', '00:06.1', '04:00.0', '00:1f.0', '00:1f.2', '00:1f.3'].map((bdf) => `0000:${bdf}`),
    );
  });

  it('outlines the groups that devices share, and says why', () => {
    const groups = withClass(readMarkup(topology(machine)), 'group');
    expect(groups.map(({ attributes }) => attributes['data-group'])).toEqual(['2', '9', '13', '14']);
    expect(groups[1]!.attributes['aria-label']).toBe(
      'IOMMU group 9: 0000:04:00.0, 0000:05:00.0 because the port 0000:04:00.0 above it has no ACS; viable',
    );
  });

  it('draws a thousand functions', () => {
    const functions = Array.from({ length: 1000 }, (_, index) => ({
      ...machine.functions[1]!,
      bdf: `0000:00:${(index >> 3).toString(16).padStart(2, '0')}.${index & 7}`,
      group: index,
    }));
    expect(withClass(readMarkup(topology({ ...machine, functions })), 'function')).toHaveLength(1000);
  });
});

const timelineSnapshot: fc.Arbitrary<TimelineSnapshot> = fc
  .record({
    name: anyText,
    events: fc.array(
      fc.record({
        kind: fc.constantFrom('call', 'failure', 'blocked', 'expectation', 'warning', 'fault', 'interrupt'),
        lane: fc.constantFrom('root', 'qemu', 'hardware', '<&"'),
        name: anyText,
        outcome: anyText,
        time: fc.nat(),
      }),
      { maxLength: 200 },
    ),
    position: fc.option(fc.nat(220)),
    dropped: fc.nat(3),
  })
  .map((snapshot) => ({ ...snapshot, events: snapshot.events.map((event, position) => ({ ...event, position })) }));

describe('timeline', () => {
  it('is well-formed, keeps the order of events, and draws each once', () => {
    fc.assert(
      fc.property(timelineSnapshot, fc.integer({ min: 480, max: 1000 }), (snapshot, width) => {
        const marks = withClass(readMarkup(timeline(snapshot, { width, theme: 'light' })), 'event');
        const drawn = marks.reduce((sum, { attributes }) => sum + Number(attributes['data-merged'] ?? 1), 0);
        expect(drawn).toBe(snapshot.events.length);
        const lanes = grouped(marks, (mark) => withClass(mark, 'body')[0]!.attributes.y!);
        for (const lane of lanes.values()) expectNoOverlap(spans(lane));
      }),
    );
  });

  it('marks the shown moment, and what lies ahead of it', () => {
    const picture = readMarkup(timeline(run));
    expect(withClass(picture, 'now')[0]!.attributes['aria-label']).toBe('You are here: before position 39');
    expect(withClass(picture, 'ahead').map(({ attributes }) => Number(attributes['data-position']))).toEqual([
      42, 51, 48, 39, 45,
    ]);
  });
});

describe('golden pictures', () => {
  const pictures = {
    'iova-guest': iovaMap(guest, { theme: 'auto' }),
    'iova-empty': iovaMap(empty, { theme: 'auto' }),
    'topology-q35': topology(machine, { theme: 'auto' }),
    'timeline-vf-token': timeline(run, { theme: 'auto' }),
  };
  it.each(Object.entries(pictures))('%s', async (name, picture) => {
    // One element a line, so that a difference can be read.
    await expect(picture.replaceAll('><', '>\n<')).toMatchFileSnapshot(`golden/${name}.svg`);
  });
});

describe('colours', () => {
  it('follow VS Code in the editor and stand alone in files', () => {
    expect(pictureStyle('editor')).toContain('var(--vscode-editor-background,');
    expect(pictureStyle('high-contrast')).toContain('--vl-ground:#000000');
    expect(pictureStyle('auto')).not.toContain('var(--vscode-editor-background');
    expect(pictureStyle('auto')).toContain('prefers-color-scheme:dark');
  });
});
