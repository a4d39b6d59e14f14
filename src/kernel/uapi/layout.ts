/** Integers of the ABI, little endian, aligned to their size. */
export type Scalar = 'u8' | 'u16' | 'u32' | 's32' | 'u64';

/** A value of a field: 64-bit integers are bigint, bytes Uint8Array, structures records, what repeats an array. */
export type FieldValue = number | bigint | Uint8Array | StructValue | readonly FieldValue[];

/** Values of a structure by field name. */
export interface StructValue {
  readonly [field: string]: FieldValue;
}

/** What a field holds. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'struct'; readonly struct: Layout }
  /** A flexible array at the end: as many elements as follow the structure. */
  | { readonly kind: 'flexible'; readonly element: Scalar | Layout };

export interface Field {
  readonly name: string;
  /** Bytes from the structure's start. */
  readonly offset: number;
  /** Bytes; of a flexible array, of one element. */
  readonly size: number;
  readonly type: FieldType;
}

/** Where the fields of a structure lie. */
export interface Layout<Name extends string = string> {
  readonly name: string;
  /** `sizeof`, in bytes. */
  readonly size: number;
  readonly alignment: number;
  readonly fields: readonly Field[];
  /** Byte offsets by field name, for code that reads a DataView itself. */
  readonly offsets: Readonly<Record<Name, number>>;
}

const scalarSizes: Readonly<Record<Scalar, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8 };

/** A field of `length` bytes. */
export function bytes(length: number): FieldType {
  return { kind: 'bytes', length };
}

/** A flexible array: `element name[]`. */
export function flexible(element: Scalar | Layout): FieldType {
  return { kind: 'flexible', element };
}

/** A field at the place of an earlier one (a C union). */
export function sameAs(field: string, scalar: Scalar): { readonly sameAs: string; readonly scalar: Scalar } {
  return { sameAs: field, scalar };
}

type Declared = Scalar | Layout | FieldType | ReturnType<typeof sameAs>;

function typeOf(declared: Declared): FieldType {
  if (typeof declared === 'string') return { kind: 'scalar', scalar: declared };
  if ('fields' in declared) return { kind: 'struct', struct: declared };
  if ('sameAs' in declared) return { kind: 'scalar', scalar: declared.scalar };
  return declared;
}

function sizeOfElement(element: Scalar | Layout): { size: number; alignment: number } {
  if (typeof element !== 'string') return element;
  return { size: scalarSizes[element], alignment: scalarSizes[element] };
}

function extent(type: FieldType): { size: number; alignment: number } {
  switch (type.kind) {
    case 'scalar':
      return sizeOfElement(type.scalar);
    case 'bytes':
      return { size: type.length, alignment: 1 };
    case 'struct':
      return type.struct;
    case 'flexible':
      return sizeOfElement(type.element);
  }
}

const roundUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

/** Lays fields out as the C compiler does on x86-64: each aligned to its own size, the whole to the largest. */
export function layout<Name extends string>(name: string, declared: Readonly<Record<Name, Declared>>): Layout<Name> {
  const fields: Field[] = [];
  const offsets = {} as Record<Name, number>;
  let end = 0;
  let alignment = 1;
  for (const fieldName of Object.keys(declared) as Name[]) {
    const declaration = declared[fieldName];
    const type = typeOf(declaration);
    const { size, alignment: own } = extent(type);
    alignment = Math.max(alignment, own);
    const shared = typeof declaration === 'object' && 'sameAs' in declaration ? declaration.sameAs : undefined;
    const offset = shared === undefined ? roundUp(end, own) : offsets[shared as Name];
    offsets[fieldName] = offset;
    fields.push({ name: fieldName, offset, size, type });
    end = Math.max(end, type.kind === 'flexible' ? offset : offset + size);
  }
  return { name, size: roundUp(end, alignment), alignment, fields, offsets };
}

export function readScalar(view: DataView, offset: number, scalar: Scalar): number | bigint {
  switch (scalar) {
    case 'u8':
      return view.getUint8(offset);
    case 'u16':
      return view.getUint16(offset, true);
    case 'u32':
      return view.getUint32(offset, true);
    case 's32':
      return view.getInt32(offset, true);
    case 'u64':
      return view.getBigUint64(offset, true);
  }
}

/** Writes the low bits of a value: what does not fit is cut off, as an assignment in C does. */
export function writeScalar(view: DataView, offset: number, scalar: Scalar, value: number | bigint): void {
  if (scalar === 'u64') {
    view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
    return;
  }
  const low = Number(BigInt.asUintN(32, BigInt(value)));
  if (scalar === 'u8') view.setUint8(offset, low);
  else if (scalar === 'u16') view.setUint16(offset, low, true);
  else view.setUint32(offset, low, true);
}
