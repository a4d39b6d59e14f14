import { structNamed, type Ioctl } from '../kernel';
import type { Address, Argument, Data, FileReference, GivenField } from './calls';
import type { Place } from './json';

const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The name of a process, a file or memory. */
export function name(place: Place): string {
  const text = place.string();
  if (!namePattern.test(text)) place.fail(`${JSON.stringify(text)} is no name`, 'Names are letters, digits and _.');
  return text;
}

/** A file: its name, or a descriptor by number. */
export function file(place: Place): FileReference {
  return typeof place.value === 'string' ? name(place) : Number(place.integer());
}

/** `m`, `m+0x1000`, or a number. */
export function address(place: Place): Address {
  const found = typeof place.value === 'string' ? /^([A-Za-z_]\w*)(?:\+(0x[0-9a-f]+|\d+))?$/i.exec(place.value) : null;
  if (found === null) return { memory: null, offset: place.integer() };
  return { memory: found[1] ?? null, offset: BigInt(found[2] ?? 0) };
}

/** Letters of a protection. */
export function prot(place: Place): string {
  const letters = place.string();
  if (!/^[rwx]*$/.test(letters)) place.fail(`${JSON.stringify(letters)} is no protection`, 'Give r, w or both.');
  return letters;
}

function data(place: Place): Data {
  const keys = Object.keys(place.object());
  if (keys.length !== 1) place.fail('a piece of data has one key', 'Give one of fd, u32, u8, bytes.');
  const [kind] = keys;
  switch (kind) {
    case 'fd':
      return { kind, file: file(place.at(kind)) };
    case 'u32':
    case 'u8':
      return { kind, value: Number(place.at(kind).integer()) };
    case 'bytes':
      return { kind, bytes: place.at(kind).bytes() };
    default:
      return place.fail(`data of kind ${JSON.stringify(kind)} is not known`, 'Give one of fd, u32, u8, bytes.');
  }
}

function field(struct: string, key: string, place: Place): GivenField {
  if (key === 'fd') return { kind: 'file', file: file(place) };
  if (key === 'vaddr') return { kind: 'address', address: address(place) };
  const known = structNamed(struct)?.fields.find((candidate) => candidate.name === key);
  if (known === undefined) {
    const names = structNamed(struct)?.fields.map((candidate) => candidate.name) ?? [];
    place.fail(`struct ${struct} has no field ${key}`, `Its fields: ${names.join(', ')}.`);
  }
  if (known.type.kind !== 'scalar') place.fail(`${key} is not a number`, 'What follows the structure goes into data.');
  return { kind: 'number', value: place.integer() };
}

function structArgument(ioctl: Ioctl | undefined, arg: Place, room: Place): Argument {
  const fields = new Map<string, GivenField>();
  const keys = Object.keys(arg.object());
  const struct = ioctl?.argument.kind === 'struct' ? ioctl.argument.struct : undefined;
  if (struct === undefined) {
    if (keys.length > 0)
      arg.fail(`${ioctl?.name ?? 'this request'} takes no structure`, 'Give a number, or leave it out.');
    return { kind: 'value', value: 0n };
  }
  // Only struct vfio_device_ioeventfd has a field called data.
  const dataIsField = structNamed(struct)?.fields.some(({ name, type }) => name === 'data' && type.kind === 'scalar');
  const dataFollows = dataIsField !== true && arg.at('data').present;
  for (const key of keys) {
    if (!(dataFollows && key === 'data')) fields.set(key, field(struct, key, arg.at(key)));
  }
  return {
    kind: 'struct',
    fields,
    data: dataFollows ? arg.at('data').list().map(data) : [],
    room: room.present ? room.count() : null,
  };
}

/** The third argument of an ioctl: `arg` and `room` of the step. */
export function argument(ioctl: Ioctl | undefined, arg: Place, room: Place): Argument {
  if (!arg.present) return { kind: 'value', value: 0n };
  if (typeof arg.value !== 'object') return { kind: 'value', value: arg.integer() };
  const isStruct = ioctl?.argument.kind === 'struct';
  if (arg.at('badPointer').present) return { kind: 'bad pointer' };
  if (arg.at('string').present) return { kind: 'string', text: arg.at('string').string() };
  if (arg.at('fd').present && !isStruct) return { kind: 'file', file: file(arg.at('fd')) };
  return structArgument(ioctl, arg, room);
}
