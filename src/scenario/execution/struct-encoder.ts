import { structs, UserBuffer, type StructName } from '../../kernel';
import { FileValue, kindOf, StructValue, type Value } from '../value';
import { descriptorOf } from './descriptors';
import type { Execution } from './execution';
import { toInteger, ValueError } from './operators';

type Layout = (typeof structs)[StructName];
type Field = Layout['fields'][number];

/** Bytes that may stand behind a structure; more is a mistake. */
const tailLimit = 1 << 20;

/**
 * Writes structures with a given list of fields as a C program would fill them in: what is not given is 0, `argsz`
 * counts the structure with all that follows it, and what is given is obeyed.
 */
export class StructEncoder {
  private readonly layout: Layout;
  /** Bytes of the structure with all constants in place. */
  private readonly template: Uint8Array;
  private readonly writers: { readonly index: number; readonly field: Field }[] = [];
  private tailIndex = -1;
  private tailElement: string = 'u32';
  private roomIndex = -1;
  private readonly fillsArgsz: boolean;

  /**
   * @param names the fields, in order; `data` is what follows the structure, `room` free bytes behind that
   * @param constants values that are always the same, by index
   */
  constructor(
    private readonly struct: StructName,
    names: readonly string[],
    constants: readonly (bigint | undefined)[] = [],
  ) {
    this.layout = structs[struct];
    this.template = new Uint8Array(this.layout.size);
    const view = new DataView(this.template.buffer);
    const argsz = this.field('argsz');
    this.fillsArgsz = argsz !== undefined && !names.includes('argsz');
    names.forEach((name, index) => {
      this.plan(name, index, constants[index], view);
    });
    if (this.fillsArgsz) view.setUint32(argsz!.offset, this.layout.size, true);
  }

  /** @param values of all fields, those of constants are not looked at */
  encode(x: Execution, values: readonly Value[]): UserBuffer {
    const tail = this.tailIndex < 0 ? undefined : this.tail(x, values[this.tailIndex]!);
    const room = this.roomIndex < 0 ? 0 : roomOf(values[this.roomIndex]!);
    const extra = (tail?.length ?? 0) + room;
    const buffer = new UserBuffer(extra === 0 ? this.template.slice() : new Uint8Array(this.template.length + extra));
    if (extra > 0) {
      buffer.bytes.set(this.template);
      if (tail !== undefined) buffer.bytes.set(tail, this.layout.size);
      if (this.fillsArgsz) buffer.view.setUint32(this.field('argsz')!.offset, buffer.bytes.length, true);
    }
    for (const { index, field } of this.writers) this.write(x, buffer, field, values[index]!);
    return buffer;
  }

  private plan(name: string, index: number, constant: bigint | undefined, view: DataView): void {
    const field = this.field(name);
    if (field?.type.kind === 'flexible' || (field === undefined && name === 'data')) {
      this.tailIndex = index;
      const last = field ?? this.layout.fields.find(({ type }) => type.kind === 'flexible');
      if (last?.type.kind === 'flexible' && typeof last.type.element === 'string' && last.type.element !== 'u8')
        this.tailElement = last.type.element;
    } else if (field === undefined && name === 'room') this.roomIndex = index;
    else if (field === undefined) throw new ValueError(`struct ${this.struct} has no field ${name}`);
    else if (constant !== undefined && field.type.kind === 'scalar')
      writeScalar(view, field.offset, field.type.scalar, constant);
    else this.writers.push({ index, field });
  }

  private field(name: string): Field | undefined {
    return this.layout.fields.find((field) => field.name === name);
  }

  private write(x: Execution, { view, bytes }: UserBuffer, { name, offset, size, type }: Field, value: Value): void {
    if (type.kind === 'scalar') {
      const number =
        value instanceof FileValue ? BigInt(descriptorOf(x, value)) : toInteger(value, `for ${name} a number`);
      writeScalar(view, offset, type.scalar, number);
    } else if (type.kind === 'bytes') {
      if (!(value instanceof Uint8Array) || value.length > size)
        throw new ValueError(`${name} takes up to ${size} bytes`);
      bytes.set(value, offset);
    } else if (type.kind === 'struct') {
      if (!(value instanceof StructValue)) throw new ValueError(`${name} takes a structure, not ${kindOf(value)}`);
      const inner = new StructEncoder(type.struct.name as StructName, [...value.fields.keys()]);
      bytes.set(inner.encode(x, [...value.fields.values()]).bytes.subarray(0, size), offset);
    }
  }

  /** What follows the structure: bytes, or an array of files, numbers and bytes. */
  private tail(x: Execution, value: Value): Uint8Array {
    if (value instanceof Uint8Array) return value;
    if (!Array.isArray(value)) throw new ValueError(`data takes bytes or an array, not ${kindOf(value)}`);
    const parts = value.map((element: Value) => this.element(x, element));
    const tail = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      tail.set(part, at);
      at += part.length;
    }
    return tail;
  }

  private element(x: Execution, value: Value): Uint8Array {
    if (value instanceof Uint8Array) return value;
    if (value instanceof FileValue) return littleEndian(BigInt(descriptorOf(x, value)), 4);
    return littleEndian(toInteger(value, 'in data a number, a file or bytes'), this.tailElement === 'u64' ? 8 : 4);
  }
}

function roomOf(value: Value): number {
  const room = Number(toInteger(value, 'for room a number of bytes'));
  if (room < 0 || room > tailLimit) throw new ValueError(`room for ${room} bytes: 0 to ${tailLimit} are possible`);
  return room;
}

/** The low bytes of a number. */
export function littleEndian(value: bigint, size: 1 | 2 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.slice(0, size);
}

/** What does not fit is cut off, as an assignment in C does. */
function writeScalar(
  view: DataView,
  offset: number,
  scalar: 'u8' | 'u16' | 'u32' | 's32' | 'u64',
  value: bigint,
): void {
  if (scalar === 'u64') view.setBigUint64(offset, value, true);
  else if (scalar === 'u8') view.setUint8(offset, Number(value & 0xffn));
  else if (scalar === 'u16') view.setUint16(offset, Number(value & 0xffffn), true);
  else view.setUint32(offset, Number(value & 0xffff_ffffn), true);
}

const encoders = new Map<string, StructEncoder>();

/** A structure that a variable holds. */
export function encodeValue(x: Execution, struct: StructName, value: StructValue): UserBuffer {
  const names = [...value.fields.keys()];
  const key = `${struct} ${names.join(' ')}`;
  let encoder = encoders.get(key);
  if (encoder === undefined) encoders.set(key, (encoder = new StructEncoder(struct, names)));
  return encoder.encode(x, [...value.fields.values()]);
}
