import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entity, Journal, JournaledBytes, JournaledMap, Marks } from '../../src/history';
import { anyWrite, World } from './world';

class Counter extends entity({ value: 0, twin: 0 }) {}

/** Entries that a journal drops at once when it is full. */
const chunk = 1 << 14;

/** Writes `count` entries. */
function count(counter: Counter, times: number): void {
  for (let done = 0; done < times; done++) counter.value++;
}

describe('going through time', () => {
  it('restores the exact state on any walk of undo and redo over any writes', () => {
    const move = fc.nat().map((to) => ({ to }));
    const write = anyWrite.map((act) => ({ act }));
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: write }, move), { maxLength: 80 }), (walk) => {
        const journal = new Journal();
        const world = new World(journal);
        let states = new Map([[0, world.state()]]);
        for (const step of walk) {
          if ('act' in step) {
            const before = journal.position;
            step.act(world);
            if (journal.position === before) continue;
            states = new Map([...states].filter(([position]) => position <= before));
            states.set(journal.position, world.state());
            expect(journal.end).toBe(journal.position);
          } else {
            const known = [...states.keys()];
            const to = known[step.to % known.length]!;
            journal.goto(to);
            expect(world.state()).toBe(states.get(to));
          }
        }
        for (const [position, state] of [...states].reverse()) {
          journal.goto(position);
          expect(world.state()).toBe(state);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the order of a map when an undone deletion brings an entry back', () => {
    const journal = new Journal();
    const map = new JournaledMap<string, number>(journal);
    map.set('first', 1).set('second', 2).set('third', 3);
    const before = journal.position;
    map.delete('first');
    map.set('first', 4);
    expect([...map.keys()]).toEqual(['second', 'third', 'first']);
    journal.goto(before);
    expect([...map]).toEqual([
      ['first', 1],
      ['second', 2],
      ['third', 3],
    ]);
    journal.goto(journal.end);
    expect([...map.keys()]).toEqual(['second', 'third', 'first']);
  });

  it('drops the future with a write in the past', () => {
    const journal = new Journal();
    const counter = new Counter(journal);
    count(counter, 5);
    journal.goto(2);
    counter.value = 100;
    expect(journal.end).toBe(3);
    expect(() => journal.goto(4)).toThrow(RangeError);
  });

  it('records nothing when a value stays the same', () => {
    const journal = new Journal();
    const counter = new Counter(journal);
    counter.value = 0;
    expect(journal.position).toBe(0);
  });
});

describe('a rehearsal', () => {
  it('leaves no trace and keeps past and future', () => {
    fc.assert(
      fc.property(
        fc.array(anyWrite, { minLength: 1, maxLength: 30 }),
        fc.array(anyWrite, { maxLength: 30 }),
        fc.nat(),
        (real, rehearsed, back) => {
          const journal = new Journal();
          const world = new World(journal);
          const start = world.state();
          for (const act of real) act(world);
          const end = world.state();
          journal.goto(back % (journal.end + 1));
          const { position, end: last } = journal;
          const here = world.state();
          journal.rehearse(() => {
            for (const act of rehearsed) act(world);
          });
          expect(world.state()).toBe(here);
          expect([journal.position, journal.end]).toEqual([position, last]);
          journal.goto(last);
          expect(world.state()).toBe(end);
          journal.goto(0);
          expect(world.state()).toBe(start);
        },
      ),
    );
  });

  it('takes back what was written before an error, and hands the error on', () => {
    const journal = new Journal();
    const counter = new Counter(journal);
    const act = (): never => {
      counter.value = 7;
      throw new Error('stop');
    };
    expect(() => journal.rehearse(act)).toThrow('stop');
    expect(counter.value).toBe(0);
  });

  it('may write more than the journal keeps', () => {
    const journal = new Journal({ limit: 2 * chunk });
    const counter = new Counter(journal);
    count(counter, 10);
    journal.rehearse(() => count(counter, 5 * chunk));
    expect(counter.value).toBe(10);
    journal.goto(0);
    expect(counter.value).toBe(0);
  });

  it('works while nothing is recorded', () => {
    const journal = new Journal({ recording: false });
    const counter = new Counter(journal);
    counter.value = 3;
    expect(journal.rehearse(() => ++counter.value)).toBe(4);
    expect(counter.value).toBe(3);
    expect(journal.recording).toBe(false);
  });
});

describe('the last writer', () => {
  it('is the newest entry of the field before a position', () => {
    const journal = new Journal();
    const counter = new Counter(journal);
    const other = new Counter(journal);
    counter.value = 1;
    counter.twin = 1;
    other.value = 1;
    counter.value = 2;
    expect(journal.lastWrite(counter, 'value')).toBe(3);
    expect(journal.lastWrite(counter, 'value', 3)).toBe(0);
    expect(journal.lastWrite(other, 'twin')).toBeUndefined();
    journal.goto(2);
    expect(journal.lastWrite(counter, 'value')).toBe(0);
    expect([...journal.changes(0, 2)].map(({ key }) => key)).toEqual(['value', 'twin']);
  });

  it('agrees with the changes of any run', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 40 }), (acts) => {
        const journal = new Journal();
        const world = new World(journal);
        for (const act of acts) act(world);
        const changes = [...journal.changes(0, journal.end)];
        for (const { owner, key } of changes) {
          const last = changes.filter((change) => change.owner === owner && change.key === key).at(-1);
          expect(journal.lastWrite(owner, key)).toBe(last?.position);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a full journal', () => {
  it('drops the oldest entries and moves the horizon', () => {
    const journal = new Journal({ limit: 2 * chunk });
    const counter = new Counter(journal);
    count(counter, 5 * chunk);
    expect(journal.position).toBe(5 * chunk);
    expect(journal.horizon).toBeGreaterThan(0);
    expect(journal.end - journal.horizon).toBeLessThanOrEqual(2 * chunk);
    expect(journal.end - journal.horizon).toBeGreaterThanOrEqual(chunk);
    journal.goto(journal.horizon);
    expect(counter.value).toBe(journal.horizon);
    expect(() => journal.goto(journal.horizon - 1)).toThrow(RangeError);
    journal.goto(journal.end);
    expect(counter.value).toBe(5 * chunk);
    expect(journal.lastWrite(counter, 'twin')).toBeUndefined();
  });

  it('goes on after a write in the past of a full journal', () => {
    const journal = new Journal({ limit: 2 * chunk });
    const counter = new Counter(journal);
    count(counter, 4 * chunk);
    journal.goto(journal.horizon + 3);
    const value = counter.value;
    count(counter, 3 * chunk);
    expect(counter.value).toBe(value + 3 * chunk);
    journal.goto(journal.horizon);
    journal.goto(journal.end);
    expect(counter.value).toBe(value + 3 * chunk);
  });
});

describe('a journal that is switched off', () => {
  it('records nothing and has no way back', () => {
    const journal = new Journal({ recording: false });
    const counter = new Counter(journal);
    counter.value = 5;
    expect([journal.position, journal.horizon, journal.end]).toEqual([0, 0, 0]);
  });

  it('forgets everything and begins anew', () => {
    const journal = new Journal();
    const counter = new Counter(journal);
    count(counter, 3);
    journal.recording = false;
    count(counter, 3);
    journal.recording = true;
    expect([journal.position, journal.horizon, journal.end]).toEqual([3, 3, 3]);
    count(counter, 2);
    journal.goto(journal.horizon);
    expect(counter.value).toBe(6);
  });

  it('keeps quiet while told so', () => {
    const journal = new Journal();
    const bytes = journal.quietly(() => {
      const made = new JournaledBytes(journal);
      made.write(100, Uint8Array.of(1, 2, 3));
      return made;
    });
    expect(journal.position).toBe(0);
    bytes.write(101, Uint8Array.of(9));
    journal.goto(0);
    expect([...bytes.read(100, 3)]).toEqual([1, 2, 3]);
  });
});

describe('marks', () => {
  it('finds the mark before a position and forgets those of a lost future', () => {
    const marks = new Marks();
    for (const position of [0, 4, 4, 9]) marks.add(position);
    expect(marks.length).toBe(3);
    expect([0, 1, 4, 5, 10].map((position) => marks.indexBefore(position))).toEqual([-1, 0, 0, 1, 2]);
    marks.add(4);
    expect([marks.at(0), marks.at(1), marks.at(2)]).toEqual([0, 4, undefined]);
    marks.dropFrom(0);
    expect(marks.length).toBe(0);
  });
});
