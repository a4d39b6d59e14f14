import {
  readScalar,
  writeScalar,
  type Field,
  type FieldValue,
  type Layout,
  type Scalar,
  type StructValue,
} from './layout';
import { structs, type StructName } from './structs';

const layoutOf = (struct: StructName | Layout): Layout => (typeof struct === 'string' ? structs[struct] : struct);

function elementSize(element: Scalar | Layout, field: Field): number {
  return typeof element === 'string' ? field.size : element.size;
}

function decodeElements(element: Scalar | Layout, field: Field, view: DataView): FieldValue {
  const size = elementSize(element, field);
  const count = Math.floor((view.byteLength - field.offset) / size);
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const offset = field.offset + index * size;
    if (typeof element === 'string') return readScalar(view, offset, element);
    return decodeStruct(element, new DataView(view.buffer, view.byteOffset + offset, size));
  });
}

function decodeField(field: Field, view: DataView): FieldValue {
  const { type } = field;
  switch (type.kind) {
    case 'scalar':
      return readScalar(view, field.offset, type.scalar);
    case 'bytes':
      return new Uint8Array(view.buffer, view.byteOffset + field.offset, type.length).slice();
    case 'struct':
      return decodeStruct(type.struct, new DataView(view.buffer, view.byteOffset + field.offset, type.struct.size));
    case 'flexible':
      return decodeElements(type.element, field, view);
  }
}

/**
 * The fields of a structure that lies at the start of `view`; a flexible array takes what follows.
 * @throws RangeError when the view is shorter than the structure
 */
export function decodeStruct(struct: StructName | Layout, view: DataView): StructValue {
  const { fields, size, name } = layoutOf(struct);
  if (view.byteLength < size) throw new RangeError(`struct ${name} has ${size} bytes, not ${view.byteLength}`);
  const values: Record<string, FieldValue> = {};
  for (const field of fields) values[field.name] = decodeField(field, view);
  return values;
}

/** Bytes that follow the structure for its flexible array. */
function flexibleSize(layout: Layout, values: StructValue): number {
  const last = layout.fields.at(-1);
  if (last?.type.kind !== 'flexible') return 0;
  const elements = values[last.name];
  if (elements instanceof Uint8Array) return elements.length;
  return Array.isArray(elements) ? elements.length * elementSize(last.type.element, last) : 0;
}

function wrongValue(name: string, wanted: string): TypeError {
  return new TypeError(`${name} takes ${wanted}`);
}

function encodeElements(element: Scalar | Layout, field: Field, value: FieldValue, view: DataView): void {
  if (value instanceof Uint8Array) {
    new Uint8Array(view.buffer, view.byteOffset + field.offset).set(value);
    return;
  }
  if (!Array.isArray(value)) throw wrongValue(field.name, 'an array');
  const size = elementSize(element, field);
  (value as readonly FieldValue[]).forEach((item, index) => {
    const offset = field.offset + index * size;
    if (typeof element === 'string') putScalar(field.name, element, item, view, offset);
    else encodeInto(element, item as StructValue, new DataView(view.buffer, view.byteOffset + offset, size));
  });
}

function putScalar(name: string, scalar: Scalar, value: FieldValue, view: DataView, offset: number): void {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongValue(name, 'a number');
  writeScalar(view, offset, scalar, value);
}

function encodeField(field: Field, value: FieldValue, view: DataView): void {
  const { type } = field;
  switch (type.kind) {
    case 'scalar':
      putScalar(field.name, type.scalar, value, view, field.offset);
      return;
    case 'bytes':
      if (!(value instanceof Uint8Array) || value.length > type.length) {
        throw wrongValue(field.name, `at most ${type.length} bytes`);
      }
      new Uint8Array(view.buffer, view.byteOffset + field.offset, type.length).set(value);
      return;
    case 'struct':
      encodeInto(
        type.struct,
        value as StructValue,
        new DataView(view.buffer, view.byteOffset + field.offset, type.struct.size),
      );
      return;
    case 'flexible':
      encodeElements(type.element, field, value, view);
  }
}

function encodeInto(layout: Layout, values: StructValue, view: DataView): void {
  for (const [name, value] of Object.entries(values)) {
    const field = layout.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new TypeError(`struct ${layout.name} has no field ${name}`);
    encodeField(field, value, view);
  }
}

/**
 * The bytes of a structure: fields that are not given are 0, numbers are cut to their field, a flexible array
 * (given as an array or as bytes) follows the structure.
 * @throws TypeError for a field that the structure does not have or a value of the wrong kind
 */
export function encodeStruct(struct: StructName | Layout, values: StructValue): Uint8Array {
  const layout = layoutOf(struct);
  const bytes = new Uint8Array(layout.size + flexibleSize(layout, values));
  encodeInto(layout, values, new DataView(bytes.buffer));
  return bytes;
}
