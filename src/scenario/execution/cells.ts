import { Entity } from '../../history';

/** Storage by number, as a stack has it: variables, temporaries and what frames need. Every write can be undone. */
export class Cells extends Entity {
  private readonly values: unknown[] = [];

  get(index: number): unknown {
    return this.values[index];
  }

  set(index: number, value: unknown): void {
    const old = this.values[index];
    if (old === value) return;
    this.journal.record(this, index, old);
    this.values[index] = value;
  }

  override swap(key: unknown, value: unknown): unknown {
    const old = this.values[key as number];
    this.values[key as number] = value;
    return old;
  }
}
