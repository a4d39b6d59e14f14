import { Entity } from './entity';
import type { Journal } from './journal';

/**
 * A fixed number of numbers, 0 until written, whose ranges are written with one journal entry each: what page tables
 * and free lists are made of. The journal's key is the index of the first number that changed.
 */
export class JournaledNumbers extends Entity {
  private readonly values: Float64Array;

  constructor(journal: Journal, length: number) {
    super(journal);
    this.values = new Float64Array(length);
  }

  get length(): number {
    return this.values.length;
  }

  /** @returns the number; 0 outside the table */
  get(index: number): number {
    return this.values[index] ?? 0;
  }

  set(index: number, value: number): void {
    const old = this.values[index]!;
    if (old === value) return;
    this.journal.record(this, index, old);
    this.values[index] = value;
  }

  /** Writes `first`, `first + step`, … to `count` places from `start`. */
  fill(start: number, count: number, first: number, step: number): void {
    if (count === 1) return this.set(start, first);
    if (this.journal.recording) this.journal.record(this, start, this.values.slice(start, start + count));
    if (step === 0) {
      this.values.fill(first, start, start + count);
      return;
    }
    for (let index = start, value = first; index < start + count; index++, value += step) this.values[index] = value;
  }

  override swap(key: unknown, value: unknown): unknown {
    const start = key as number;
    if (typeof value === 'number') {
      const old = this.values[start]!;
      this.values[start] = value;
      return old;
    }
    const run = value as Float64Array;
    const old = this.values.slice(start, start + run.length);
    this.values.set(run, start);
    return old;
  }
}

/** A fixed number of places for objects, empty until written. The journal's key is the index. */
export class JournaledSlots<T extends object> extends Entity {
  private readonly slots: (T | null)[];

  constructor(journal: Journal, length: number) {
    super(journal);
    this.slots = new Array<T | null>(length).fill(null);
  }

  get length(): number {
    return this.slots.length;
  }

  get(index: number): T | null {
    return this.slots[index] ?? null;
  }

  set(index: number, value: T | null): void {
    const old = this.slots[index] ?? null;
    if (old === value) return;
    this.journal.record(this, index, old);
    this.slots[index] = value;
  }

  override swap(key: unknown, value: unknown): unknown {
    const old = this.slots[key as number] ?? null;
    this.slots[key as number] = value as T | null;
    return old;
  }
}
