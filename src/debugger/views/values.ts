import { errnoName } from '../../kernel';
import { Bdf, FileValue, formatValue, ObjectValue, StructValue, type FrameVariable, type Value } from '../../scenario';
import { fields, leaf, list, type Children, type Item, type Place } from './item';

/** A variable of the scenario, which the journal knows. @param memory the address space of its process */
export function variableItem({ name, value, cell }: FrameVariable, memory?: MemoryOf): Item {
  const place: Place = {
    label: name,
    owner: cell.owner,
    key: cell.key,
    value: () => cell.owner.get(cell.key) as Value | undefined,
    read: () => shownOr(cell.owner.get(cell.key) as Value | undefined),
  };
  return valueItem(name, value, name, place, memory);
}

/** The memory reference of an address, when there is memory at it. */
export type MemoryOf = (address: bigint) => string | undefined;

/** A value of the scenario language as an item. */
export function valueItem(
  name: string,
  value: Value,
  expression: string | undefined = name,
  place?: Place,
  memory?: MemoryOf,
): Item {
  const children = childrenOf(value, expression, place);
  const reference = typeof value === 'bigint' ? memory?.(value) : undefined;
  return {
    name,
    value: shown(value),
    type: typeOf(value),
    ...(expression === undefined ? {} : { expression }),
    ...(children === undefined ? {} : { children }),
    ...(place === undefined ? {} : { place }),
    ...(reference === undefined ? {} : { memory: reference }),
  };
}

function shownOr(value: Value | undefined): string {
  return value === undefined ? 'nothing' : shown(value);
}

/** As the language would write it; a failed call's number with the name of its error. */
function shown(value: Value): string {
  if (value instanceof FileValue && value.fd < 0) return `-${errnoName(value.fd) ?? -value.fd} (no file)`;
  return formatValue(value);
}

/** What kind of value it is, for the type column. */
function typeOf(value: Value): string {
  if (typeof value === 'bigint') return 'integer';
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value;
  if (value instanceof Bdf) return 'PCI address';
  if (value instanceof FileValue) return 'file';
  if (value instanceof Uint8Array) return `bytes[${value.length}]`;
  if (value instanceof StructValue) return value.type === '' ? 'structure' : `struct ${value.type}`;
  return value instanceof ObjectValue ? value.description : `array[${value.length}]`;
}

function childrenOf(value: Value, expression: string | undefined, place?: Place): Children | undefined {
  if (value instanceof StructValue || value instanceof ObjectValue) {
    if (value.fields.size === 0) return undefined;
    const of = (field: string): string | undefined => (expression === undefined ? undefined : `${expression}.${field}`);
    return fields(() =>
      [...value.fields].map(([name, inner]) => valueItem(name, inner, of(name), place && part(place, name))),
    );
  }
  if (value instanceof Uint8Array) {
    return list(
      value.length,
      () => value,
      (byte, i) => leaf(`[${i}]`, `0x${byte.toString(16).padStart(2, '0')}`),
    );
  }
  if (Array.isArray(value)) {
    const elements = value as readonly Value[];
    const of = (i: number): string | undefined => (expression === undefined ? undefined : `${expression}[${i}]`);
    return list(
      elements.length,
      () => elements,
      (inner, i) => valueItem(`[${i}]`, inner, of(i), place && part(place, i)),
    );
  }
  return undefined;
}

/** A field or an element of a place: values are immutable, so that the whole is written when a part changes. */
function part(place: Place, key: string | number): Place {
  const whole = place.value;
  if (whole === undefined) return place;
  const value = (): Value | undefined => partOf(whole(), key);
  const label = typeof key === 'number' ? `${place.label}[${key}]` : `${place.label}.${key}`;
  return { ...place, label, value, read: () => shownOr(value()) };
}

function partOf(value: Value | undefined, key: string | number): Value | undefined {
  if (typeof key === 'number') return Array.isArray(value) ? (value as readonly Value[])[key] : undefined;
  return value instanceof StructValue || value instanceof ObjectValue ? value.fields.get(key) : undefined;
}
