import { Entity } from './entity';
import type { Journal } from './journal';

/** Stands for "no entry" in the journal, where `undefined` could be a value. */
const absent = Symbol('absent');

interface Slot<V> {
  /** Place in the order of insertion, kept when an undone deletion brings the entry back. */
  readonly order: number;
  readonly value: V;
}

/** A map whose every change can be undone, its order of insertion included. */
export class JournaledMap<K, V> extends Entity implements Iterable<[K, V]> {
  private slots = new Map<K, Slot<V>>();
  private nextOrder = 0;
  /** An undone deletion put its entry at the back: sort before the next walk. */
  private disordered = false;

  get size(): number {
    return this.slots.size;
  }

  has(key: K): boolean {
    return this.slots.has(key);
  }

  get(key: K): V | undefined {
    return this.slots.get(key)?.value;
  }

  set(key: K, value: V): this {
    const old = this.slots.get(key);
    if (old !== undefined && old.value === value) return this;
    this.journal.record(this, key, old ?? absent);
    this.slots.set(key, { order: old?.order ?? this.nextOrder++, value });
    return this;
  }

  delete(key: K): boolean {
    const old = this.slots.get(key);
    if (old === undefined) return false;
    this.journal.record(this, key, old);
    this.slots.delete(key);
    return true;
  }

  clear(): void {
    for (const key of [...this.slots.keys()].reverse()) this.delete(key);
  }

  *keys(): IterableIterator<K> {
    yield* this.ordered().keys();
  }

  *values(): IterableIterator<V> {
    for (const slot of this.ordered().values()) yield slot.value;
  }

  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, slot] of this.ordered()) yield [key, slot.value];
  }

  override swap(key: unknown, value: unknown): unknown {
    const old: unknown = this.slots.get(key as K) ?? absent;
    if (value === absent) {
      this.slots.delete(key as K);
    } else {
      if (old === absent) this.disordered = true;
      this.slots.set(key as K, value as Slot<V>);
    }
    return old;
  }

  private ordered(): Map<K, Slot<V>> {
    if (this.disordered) {
      this.slots = new Map([...this.slots].sort(([, a], [, b]) => a.order - b.order));
      this.disordered = false;
    }
    return this.slots;
  }
}

/** A set whose every change can be undone, its order of insertion included. */
export class JournaledSet<T> extends Entity implements Iterable<T> {
  private readonly members: JournaledMap<T, true>;

  constructor(journal: Journal) {
    super(journal);
    this.members = new JournaledMap(journal);
  }

  get size(): number {
    return this.members.size;
  }

  has(member: T): boolean {
    return this.members.has(member);
  }

  add(member: T): this {
    this.members.set(member, true);
    return this;
  }

  delete(member: T): boolean {
    return this.members.delete(member);
  }

  clear(): void {
    this.members.clear();
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.members.keys();
  }
}

interface Splice<T> {
  readonly removed: readonly T[];
  readonly inserted: number;
}

/** An ordered list, as the kernel's `list_head`s are: insertion at both ends, removal anywhere, all undoable. */
export class JournaledList<T> extends Entity implements Iterable<T> {
  private readonly items: T[] = [];

  get length(): number {
    return this.items.length;
  }

  at(index: number): T | undefined {
    return this.items.at(index);
  }

  push(item: T): void {
    this.splice(this.items.length, 0, [item]);
  }

  unshift(item: T): void {
    this.splice(0, 0, [item]);
  }

  /** Removes the first occurrence; says whether there was one. */
  remove(item: T): boolean {
    const index = this.items.indexOf(item);
    if (index < 0) return false;
    this.splice(index, 1, []);
    return true;
  }

  pop(): T | undefined {
    const item = this.items.at(-1);
    if (this.items.length > 0) this.splice(this.items.length - 1, 1, []);
    return item;
  }

  clear(): void {
    if (this.items.length > 0) this.splice(0, this.items.length, []);
  }

  indexOf(item: T): number {
    return this.items.indexOf(item);
  }

  includes(item: T): boolean {
    return this.items.includes(item);
  }

  splice(start: number, deleteCount: number, inserted: readonly T[]): void {
    const removed = this.items.slice(start, start + deleteCount);
    this.journal.record(this, start, { removed, inserted: inserted.length } satisfies Splice<T>);
    this.items.splice(start, deleteCount, ...inserted);
  }

  /** A copy: safe to change the list while walking it. */
  toArray(): T[] {
    return [...this.items];
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.items[Symbol.iterator]();
  }

  override swap(key: unknown, value: unknown): unknown {
    const { removed, inserted } = value as Splice<T>;
    const taken = this.items.splice(key as number, inserted, ...removed);
    return { removed: taken, inserted: removed.length } satisfies Splice<T>;
  }
}
