import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Entity, Journal, JournaledNumbers, JournaledSlots } from '../../src/history';

const length = 64;

const write = fc.record({ start: fc.nat(length - 1), count: fc.nat(length), first: fc.nat(1000), step: fc.nat(3) });

const numbersOf = (table: JournaledNumbers): number[] => Array.from({ length }, (_, index) => table.get(index));

describe('JournaledNumbers', () => {
  it('is back where it was after any walk through time', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), fc.array(fc.nat(200)), (writes, walk) => {
        const journal = new Journal();
        const table = new JournaledNumbers(journal, length);
        const states = new Map([[0, numbersOf(table)]]);
        for (const { start, count, first, step } of writes) {
          table.fill(start, Math.min(count, length - start), first, step);
          states.set(journal.position, numbersOf(table));
        }
        for (const wanted of walk) {
          journal.goto(wanted % (journal.end + 1));
          expect(numbersOf(table)).toEqual(states.get(journal.position));
        }
      }),
    );
  });

  it('writes a range with one entry', () => {
    const journal = new Journal();
    const table = new JournaledNumbers(journal, length);
    table.fill(4, 32, 100, 4);
    expect(journal.position).toBe(1);
    expect(table.get(35)).toBe(224);
  });
});

describe('JournaledSlots', () => {
  it('undoes and redoes', () => {
    const journal = new Journal();
    class Thing extends Entity {}
    const slots = new JournaledSlots<Thing>(journal, 4);
    const thing = new Thing(journal);
    slots.set(2, thing);
    slots.set(2, null);
    journal.goto(1);
    expect(slots.get(2)).toBe(thing);
    journal.goto(0);
    expect(slots.get(2)).toBeNull();
    journal.goto(2);
    expect(slots.get(2)).toBeNull();
  });
});
