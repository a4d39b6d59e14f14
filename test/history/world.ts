import fc from 'fast-check';
import {
  entity,
  JournaledBlock,
  JournaledBytes,
  JournaledList,
  JournaledMap,
  JournaledNumbers,
  JournaledSet,
  JournaledSlots,
  type Journal,
} from '../../src/history';

class Thing extends entity({ count: 0, name: '', other: null as object | null, big: 0n }) {}

const blockSize = 64;
const tableSize = 16;

/** One of everything that a journal keeps. */
export class World {
  readonly thing: Thing;
  readonly map: JournaledMap<string, number>;
  readonly set: JournaledSet<number>;
  readonly list: JournaledList<number>;
  readonly bytes: JournaledBytes;
  readonly block: JournaledBlock;
  readonly numbers: JournaledNumbers;
  readonly slots: JournaledSlots<object>;

  constructor(readonly journal: Journal) {
    this.thing = new Thing(journal);
    this.map = new JournaledMap(journal);
    this.set = new JournaledSet(journal);
    this.list = new JournaledList(journal);
    this.bytes = new JournaledBytes(journal);
    this.block = new JournaledBlock(journal, new Uint8Array(blockSize));
    this.numbers = new JournaledNumbers(journal, tableSize);
    this.slots = new JournaledSlots(journal, tableSize);
  }

  /** Everything that can be seen of it, the order of collections included. */
  state(): string {
    const { thing, map, set, list, bytes, block, numbers, slots } = this;
    return JSON.stringify({
      thing: [thing.count, thing.name, thing.other, thing.big.toString()],
      map: [...map],
      set: [...set],
      list: [...list],
      bytes: [...bytes.read(0, 32), ...bytes.read(4096 - 16, 32)],
      block: [...block.bytes],
      numbers: Array.from({ length: tableSize }, (_, index) => numbers.get(index)),
      slots: Array.from({ length: tableSize }, (_, index) => slots.get(index)),
    });
  }
}

/** One write to a world. */
export type Write = (world: World) => void;

const small = fc.integer({ min: 0, max: 7 });
const key = fc.constantFrom('a', 'b', 'c', 'd');
const index = fc.integer({ min: 0, max: tableSize - 1 });
const width = fc.constantFrom<1 | 2 | 4>(1, 2, 4);

/** Any write to any part of the world. */
export const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  small.map(
    (value): Write =>
      ({ thing }) =>
        void (thing.count = value),
  ),
  key.map(
    (value): Write =>
      ({ thing }) =>
        void (thing.name = value),
  ),
  small.map(
    (value): Write =>
      ({ thing }) =>
        void (thing.other = value === 0 ? null : { value }),
  ),
  fc.bigInt({ min: 0n, max: 1n << 64n }).map(
    (value): Write =>
      ({ thing }) =>
        void (thing.big = value),
  ),
  fc.tuple(key, small).map(
    ([k, value]): Write =>
      ({ map }) =>
        void map.set(k, value),
  ),
  key.map(
    (k): Write =>
      ({ map }) =>
        void map.delete(k),
  ),
  fc.constant<Write>(({ map }) => map.clear()),
  small.map(
    (value): Write =>
      ({ set }) =>
        void set.add(value),
  ),
  small.map(
    (value): Write =>
      ({ set }) =>
        void set.delete(value),
  ),
  fc.constant<Write>(({ set }) => set.clear()),
  small.map(
    (value): Write =>
      ({ list }) =>
        list.push(value),
  ),
  small.map(
    (value): Write =>
      ({ list }) =>
        list.unshift(value),
  ),
  small.map(
    (value): Write =>
      ({ list }) =>
        void list.remove(value),
  ),
  fc.constant<Write>(({ list }) => void list.pop()),
  fc.constant<Write>(({ list }) => list.clear()),
  fc.tuple(small, small, fc.array(small, { maxLength: 3 })).map(
    ([at, count, items]): Write =>
      ({ list }) =>
        list.splice(Math.min(at, list.length), count, items),
  ),
  fc.tuple(fc.constantFrom(0, 5, 4096 - 4), fc.uint8Array({ maxLength: 12 })).map(
    ([at, some]): Write =>
      ({ bytes }) =>
        bytes.write(at, some),
  ),
  fc.tuple(fc.integer({ min: 0, max: blockSize - 4 }), width, fc.integer({ min: 0, max: 255 })).map(
    ([at, bits, value]): Write =>
      ({ block }) =>
        block.set(at, bits, value),
  ),
  fc.tuple(index, small).map(
    ([at, value]): Write =>
      ({ numbers }) =>
        numbers.set(at, value),
  ),
  fc.tuple(index, small, small, fc.integer({ min: 0, max: 2 })).map(
    ([at, count, first, step]): Write =>
      ({ numbers }) =>
        numbers.fill(at, Math.min(count, tableSize - at), first, step),
  ),
  fc.tuple(index, small).map(
    ([at, value]): Write =>
      ({ slots }) =>
        slots.set(at, value === 0 ? null : { value }),
  ),
);
