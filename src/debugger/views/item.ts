import type { JournalOwner } from '../../history';
import type { Value } from '../../scenario';

/** One row of what a debugger shows: a name, a value in words, and what lies below. Read only, and read late. */
export interface Item {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** An expression of the scenario language that gives the value again. */
  readonly expression?: string;
  readonly children?: Children;
  /** Where its bytes are, as `memory.ts` reads them. */
  readonly memory?: string;
  /** What the journal knows it by: who wrote it last, and when it changes. */
  readonly place?: Place;
}

/** One thing that the journal keeps. */
export interface Place {
  /** `group 9: opened`. */
  readonly label: string;
  readonly owner: JournalOwner;
  readonly key: unknown;
  /** What is there now, in words. */
  readonly read: () => string;
  /** The same as a value of the language, where it is one. */
  readonly value?: () => Value | undefined;
}

/** What lies below an item; nothing is read before somebody opens it. */
export interface Children {
  /** How many children have names, where it is known without reading them. */
  readonly named?: number;
  /** How many children are numbered: clients ask for them in pages. */
  readonly indexed?: number;
  read(page: Page): Item[];
}

/** Which children: all, or `count` of the numbered ones from `start`. */
export interface Page {
  readonly start: number;
  readonly count: number;
}

/** Children with names. */
export function fields(read: () => Item[]): Children {
  return { read: () => read() };
}

/** Numbered children: only those of the page are made. */
export function list<T>(
  length: number,
  elements: () => Iterable<T>,
  item: (element: T, index: number) => Item,
): Children {
  return {
    indexed: length,
    read({ start, count }) {
      const items: Item[] = [];
      let index = 0;
      for (const element of elements()) {
        if (index >= start + count) break;
        if (index >= start) items.push(item(element, index));
        index++;
      }
      return items;
    },
  };
}

/** An item without children. */
export function leaf(name: string, value: string | number | bigint | boolean, type?: string): Item {
  return { name, value: String(value), ...(type === undefined ? {} : { type }) };
}

/** A journaled field of an object. @param what the object, for people: `group 9` */
export function field<T extends JournalOwner, K extends keyof T & string>(
  what: string,
  owner: T,
  key: K,
  show: (value: T[K]) => string = String,
): Item {
  const read = (): string => show(owner[key]);
  return { name: key, value: read(), place: { label: `${what}: ${key}`, owner, key, read } };
}

/** `0x100000`. */
export function hex(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes for people, exact where a whole number of a unit says it: `1 MiB`, `4100 B`, `1.5 GiB`. */
export function sizeText(bytes: bigint | number): string {
  let unit = 0;
  let value = BigInt(bytes);
  while (unit < units.length - 1 && value >= 1024n && value % 1024n === 0n) {
    value /= 1024n;
    unit++;
  }
  if (value < 10240n) return `${value} ${units[unit]}`;
  let rounded = Number(value);
  while (unit < units.length - 1 && rounded >= 1024) {
    rounded /= 1024;
    unit++;
  }
  return `${rounded.toFixed(1)} ${units[unit]}`;
}
