/** A PCI address, `0000:01:00.0`. */
export class Bdf {
  /** @param text domain, bus, device, function in full: `0000:01:00.0` */
  constructor(readonly text: string) {}

  /** Accepts `01:00.0` and `0000:01:00.0`. */
  static parse(text: string): Bdf {
    return new Bdf((/^[0-9a-f]{4}:/i.test(text) ? text : `0000:${text}`).toLowerCase());
  }
}

/** A file descriptor of a process, as `open` and its like answer it; a failed call gives one that is -errno. */
export class FileValue {
  constructor(
    /** Name of the process whose descriptor it is. */
    readonly process: string,
    /** The descriptor, or -errno when the call failed. */
    readonly fd: number,
    /** What it is, for people: a path, `[vfio-device]`. */
    readonly description: string,
  ) {}
}

/** A C structure: given to a call, or what stood in it afterwards. */
export class StructValue {
  constructor(
    /** `vfio_device_info`, or empty for a structure literal that no call has given a type yet. */
    readonly type: string,
    readonly fields: ReadonlyMap<string, Value>,
    /** What the call answered that filled it: 0 or more, or -errno; undefined for a literal. */
    readonly ret?: bigint,
    /** Bytes behind the structure, when `room` was left for them. */
    readonly tail?: Uint8Array,
  ) {}
}

/** A view into simulated objects, as `group(9)` and `mapping container[0x100000]` give it: names and values. */
export class ObjectValue {
  constructor(
    /** `iommu group 9` */
    readonly description: string,
    readonly fields: ReadonlyMap<string, Value>,
  ) {}
}

/**
 * What variables hold. Values never change: assigning to a field or an element makes a new value, as C copies structures.
 * Integers are 64-bit and can be negative (a failed call's -errno); null is "nothing" and the NULL pointer.
 */
export type Value =
  bigint | boolean | string | null | Bdf | FileValue | StructValue | ObjectValue | Uint8Array | readonly Value[];

/** Shown in full: an array's or byte string's further elements are counted. */
const shownElements = 16;

/** Integers from here on read better in hex. */
const hexFrom = 0x10000n;

/** A value as the language would write it, for people: `0x100000`, `"text"`, `{argsz: 32, flags: 3}`. */
export function formatValue(value: Value): string {
  if (typeof value === 'bigint') return formatInteger(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof Bdf) return value.text;
  if (value instanceof FileValue) return `${value.fd} (${value.description})`;
  if (value instanceof Uint8Array) return formatBytes(value);
  if (value instanceof StructValue) return formatStruct(value);
  if (value instanceof ObjectValue) return `${value.description} ${formatFields(value.fields)}`;
  return `[${formatSome(value, formatValue, ', ')}]`;
}

/** The text that `${value}` in a string and `print` give: strings bare, integers as they are. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof FileValue) return String(value.fd);
  return typeof value === 'bigint' ? String(value) : formatValue(value);
}

/** What a value is, for messages: `an integer`, `a string`. */
export function kindOf(value: Value): string {
  if (typeof value === 'bigint') return 'an integer';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return 'true or false';
  if (value === null) return 'null';
  if (value instanceof Bdf) return 'a PCI address';
  if (value instanceof FileValue) return 'a file';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof StructValue) return value.type === '' ? 'a structure' : `a struct ${value.type}`;
  return value instanceof ObjectValue ? value.description : 'an array';
}

function formatInteger(value: bigint): string {
  return value >= hexFrom ? `0x${value.toString(16)}` : String(value);
}

function formatBytes(bytes: Uint8Array): string {
  return `bytes("${formatSome([...bytes.subarray(0, shownElements)], (byte) => byte.toString(16).padStart(2, '0'), '')}${bytes.length > shownElements ? `… ${bytes.length} in all` : ''}")`;
}

function formatStruct(value: StructValue): string {
  const fields = formatFields(value.fields);
  return value.ret !== undefined && value.ret !== 0n ? `${fields} (${value.ret})` : fields;
}

function formatFields(fields: ReadonlyMap<string, Value>): string {
  const parts = [...fields].map(([name, value]) => `${name}: ${formatValue(value)}`);
  return `{${parts.join(', ')}}`;
}

function formatSome<T>(items: readonly T[], format: (item: T) => string, separator: string): string {
  const shown = items.slice(0, shownElements).map(format).join(separator);
  return items.length > shownElements ? `${shown}${separator}… ${items.length} in all` : shown;
}
