import { Entity, Journal, JournaledBytes, JournaledList, JournaledMap, JournaledSet } from '../../src/history';

/**
 * All simulated state that can be reached from `root`, as text: equal states give equal texts. Objects are numbered in
 * the order of their finding, so that cycles end.
 */
export function snapshot(root: object): string {
  const numbers = new Map<object, number>();
  const lines: string[] = [];
  const queue: object[] = [];
  const tell = (value: unknown): string => {
    if (typeof value === 'function') return 'function';
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
    if (value instanceof Journal) return 'journal';
    if (ArrayBuffer.isView(value)) return bytes(value);
    let number = numbers.get(value);
    if (number === undefined) {
      numbers.set(value, (number = numbers.size));
      queue.push(value);
    }
    return `#${number}`;
  };
  tell(root);
  for (let index = 0; index < queue.length; index++) {
    const parts = contents(queue[index]!).map(([key, value]) => `${tell(key)}=${tell(value)}`);
    lines.push(`#${index} ${queue[index]!.constructor?.name} ${parts.join(' ')}`);
  }
  return lines.join('\n');
}

/** The first line that two snapshots do not share, cut short; null when they are the same. */
export function difference(actual: string, expected: string): string | null {
  if (actual === expected) return null;
  const [mine, other] = [actual.split('\n'), expected.split('\n')];
  const at = mine.findIndex((line, index) => line !== other[index]);
  return `${mine[at]?.slice(0, 500)}\ninstead of\n${other[at]?.slice(0, 500)}`;
}

function bytes(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1');
}

function contents(object: object): [unknown, unknown][] {
  if (object instanceof JournaledMap) return [...(object as JournaledMap<unknown, unknown>)];
  if (object instanceof JournaledSet) return [...(object as JournaledSet<unknown>)].map((member) => [member, true]);
  if (object instanceof JournaledList || Array.isArray(object))
    return [...(object as Iterable<unknown>)].map((item, at) => [at, item]);
  if (object instanceof Map) return [...(object as Map<unknown, unknown>)].sort(byKey);
  if (object instanceof Set) return [...(object as Set<unknown>)].map((member) => [member, true]);
  if (object instanceof JournaledBytes) return writtenPages(object);
  return fields(object);
}

/** Pages that hold only zeros may or may not exist. */
function writtenPages(object: JournaledBytes): [unknown, unknown][] {
  const { pages } = object as unknown as { pages: Map<number, Uint8Array> };
  return [...pages].filter(([, page]) => page.some((byte) => byte !== 0)).sort(byKey);
}

function fields(object: object): [unknown, unknown][] {
  const found: [unknown, unknown][] = [];
  // Inherited ones too: journaled fields are accessors of the prototype.
  for (const key in object) {
    const hidden = key.startsWith('$') && key.slice(1) in object;
    if (!hidden) found.push([key, (object as Record<string, unknown>)[key]]);
  }
  if (object instanceof Entity) {
    for (const key of Object.keys(object)) {
      if (key.startsWith('$') && !found.some(([name]) => name === key.slice(1))) {
        found.push([key.slice(1), (object as unknown as Record<string, unknown>)[key]]);
      }
    }
  }
  return found.sort(byKey);
}

function byKey([a]: [unknown, unknown], [b]: [unknown, unknown]): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;
}
