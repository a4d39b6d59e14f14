import type { Journal, JournalOwner } from './journal';

/** What every journaled object has. */
export abstract class Entity implements JournalOwner {
  constructor(readonly journal: Journal) {}

  swap(key: unknown, value: unknown): unknown {
    const slots = this as unknown as Record<string, unknown>;
    const slot = slotOf(key as string);
    const old = slots[slot];
    slots[slot] = value;
    return old;
  }
}

/** Names of slots by field: putting the string together costs more than the rest of an undo. */
const slotNames = new Map<string, string>();

function slotOf(field: string): string {
  let slot = slotNames.get(field);
  if (slot === undefined) slotNames.set(field, (slot = `$${field}`));
  return slot;
}

function defineField(prototype: object, field: string, initial: unknown): void {
  const slot = slotOf(field);
  // The prototype holds the initial value, so that making an entity costs nothing for fields that are never written.
  Object.defineProperty(prototype, slot, { value: initial, writable: true });
  Object.defineProperty(prototype, field, {
    enumerable: true,
    get(this: Record<string, unknown>) {
      return this[slot];
    },
    set(this: Record<string, unknown> & { journal: Journal }, value: unknown) {
      const old = this[slot];
      if (old === value) return;
      this.journal.record(this as unknown as JournalOwner, field, old);
      this[slot] = value;
    },
  });
}

/**
 * A base class with journaled fields: `class Group extends entity({ opened: false, users: 0 }) { … }`.
 *
 * The object gives the fields' names, types and first values. Assigning a field records the value it had; facts that
 * never change after construction are plain `readonly` properties instead. First values must be immutable, because
 * all instances share them.
 *
 * Accessors on a prototype rather than `accessor` decorators: bundlers lower those to a WeakMap per field, and a
 * write then costs several times as much (measured in `bench/`).
 */
export function entity<Fields extends object>(
  fields: Fields,
): abstract new (journal: Journal) => Entity & { -readonly [F in keyof Fields]: Fields[F] } {
  abstract class WithFields extends Entity {}
  for (const [field, initial] of Object.entries(fields)) defineField(WithFields.prototype, field, initial);
  return WithFields as unknown as ReturnType<typeof entity<Fields>>;
}
