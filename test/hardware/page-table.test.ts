import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageTable, pageRead, pageWrite, type PageOrder } from '../../src/hardware';
import { Journal } from '../../src/history';

const readWrite = pageRead | pageWrite;

const operation = fc.record({
  kind: fc.constantFrom('map', 'unmap'),
  iovaPfn: fc.nat(5000),
  pages: fc.integer({ min: 1, max: 1200 }),
  pfn: fc.nat(100000),
});

/** The same with a plain map of pages. */
class Model {
  readonly pages = new Map<number, number>();

  map(iovaPfn: number, pfn: number, pages: number): void {
    for (let page = 0; page < pages; page++) this.pages.set(iovaPfn + page, pfn + page);
  }

  unmap(iovaPfn: number, pages: number): number {
    let done = 0;
    while (done < pages && this.pages.delete(iovaPfn + done)) done++;
    return done;
  }
}

describe('PageTable', () => {
  it('translates as a plain map does, and every step can be undone and redone', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const journal = new Journal();
        const table = new PageTable(journal, 48);
        const model = new Model();
        const states: { position: number; pages: [number, number][] }[] = [];
        for (const { kind, iovaPfn, pages, pfn } of operations) {
          if (kind === 'map') {
            table.map(iovaPfn, pfn, pages, readWrite);
            model.map(iovaPfn, pfn, pages);
          } else {
            expect(table.unmap(iovaPfn, pages)).toBe(model.unmap(iovaPfn, pages));
          }
          states.push({ position: journal.position, pages: [...model.pages].sort(([a], [b]) => a - b) });
        }
        for (const { position, pages } of [...states.reverse(), ...states]) {
          journal.goto(position);
          expect([...table.mappings()].map((mapping) => [mapping.iovaPfn, mapping.pfn])).toEqual(pages);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [9, 512],
    [18, 512 * 512],
  ] as [PageOrder, number][])('maps superpages of order %i and drops them as a whole', (order, size) => {
    const table = new PageTable(new Journal(), 48);
    table.map(4 * size, 8 * size, 2 * size, pageRead, order);
    expect(table.lookup(4 * size + 5)).toEqual({ iovaPfn: 4 * size, pfn: 8 * size, order, prot: pageRead });
    expect(table.frameOf(5 * size + 7)).toBe(9 * size + 7);
    expect(table.unmap(4 * size, 1)).toBe(size);
    expect(table.frameOf(4 * size)).toBe(-1);
    expect(table.frameOf(5 * size)).toBe(9 * size);
  });

  it('splits a superpage when a small page is mapped into it', () => {
    const table = new PageTable(new Journal(), 48);
    table.map(512, 1024, 512, readWrite, 9);
    table.map(515, 7, 1, readWrite);
    expect(table.frameOf(514)).toBe(1026);
    expect(table.frameOf(515)).toBe(7);
    expect(table.frameOf(1023)).toBe(1535);
  });

  it('reaches the whole width', () => {
    for (const width of [39, 48, 57, 64]) {
      const table = new PageTable(new Journal(), width);
      const last = 2 ** (width - 12) - 1;
      table.map(last, 99, 1, readWrite);
      expect(table.frameOf(last)).toBe(99);
      expect(table.frameOf(0)).toBe(-1);
      expect(table.unmap(last, 1)).toBe(1);
    }
  });
});
