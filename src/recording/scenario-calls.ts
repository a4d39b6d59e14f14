import { constantValues, ioctls, nameFieldValue, type StructName } from '../kernel';
import type { Address, Argument, Call, Data, FileReference, IoctlCall, MmapCall } from './calls';
import { toHex } from './json';

/** What the names of a process mean at a place of the scenario. */
export interface Names {
  /** The expression for a file: its variable, or -1 when the name is bound to nothing. */
  file(reference: FileReference): string;
  /** The variable that holds the address of memory, or 0. */
  memory(name: string): string;
}

/** Numbers from here on read better in hex. */
const hexFrom = 0x10000n;

/** An integer in the language. */
export function integer(value: bigint | number): string {
  const wide = BigInt(value);
  return wide >= hexFrom ? `0x${wide.toString(16)}` : String(wide);
}

/** A string in the language. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\${');
}

function address(names: Names, { memory, offset }: Address): string {
  if (memory === null) return integer(offset);
  return offset === 0n ? names.memory(memory) : `${names.memory(memory)} + ${integer(offset)}`;
}

export function hexBytes(bytes: Uint8Array): string {
  return `bytes("${toHex(bytes)}")`;
}

function protection(letters: string): string {
  const flags = [letters.includes('r') ? 'PROT_READ' : '', letters.includes('w') ? 'PROT_WRITE' : ''];
  return flags.filter((flag) => flag !== '').join(' | ') || 'PROT_NONE';
}

function dataPiece(names: Names, piece: Data): string {
  switch (piece.kind) {
    case 'fd':
      return `s32(${names.file(piece.file)})`;
    case 'bytes':
      return hexBytes(piece.bytes);
    default:
      return `${piece.kind}(${piece.value})`;
  }
}

/** The structure that a request takes. */
export function structOfRequest(request: string | number): StructName | undefined {
  const argument = typeof request === 'string' ? ioctls.get(request)?.argument : undefined;
  return argument?.kind === 'struct' ? argument.struct : undefined;
}

/** The number in a field, with the short names that the field has. */
export function fieldNumber(struct: StructName | undefined, field: string, value: bigint): string {
  const short = struct === undefined || value >> 32n !== 0n ? undefined : nameFieldValue(struct, field, Number(value));
  return short ?? integer(value);
}

function structLiteral(
  names: Names,
  struct: StructName | undefined,
  { fields, data, room }: Extract<Argument, { kind: 'struct' }>,
): string {
  const parts = [...fields].map(([name, field]) => {
    if (field.kind === 'number') return `${name}: ${fieldNumber(struct, name, field.value)}`;
    return `${name}: ${field.kind === 'file' ? names.file(field.file) : address(names, field.address)}`;
  });
  if (data.length > 0) parts.push(`data: [${data.map((piece) => dataPiece(names, piece)).join(', ')}]`);
  if (room !== null && room > 0) parts.push(`room: ${room}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

const typeNames = new Map(
  [...constantValues]
    .filter(([name]) => /^VFIO_(TYPE1|SPAPR_TCE|NOIOMMU|DMA_CC).*IOMMU$|^VFIO_EEH$/.test(name))
    .map(([name, value]) => [value, name]),
);

/** A plain value: types and extensions of IOMMUs by name. */
function valueArgument(request: string | number, value: bigint): string {
  const byType = request === 'VFIO_SET_IOMMU' || request === 'VFIO_CHECK_EXTENSION';
  return (byType ? typeNames.get(Number(value)) : undefined) ?? integer(value);
}

function ioctlArgument(names: Names, { request, argument }: IoctlCall): string {
  switch (argument.kind) {
    case 'value':
      // A request that takes a structure gets one when nothing is written; the recorded programs gave NULL.
      return argument.value === 0n && structOfRequest(request) === undefined
        ? ''
        : `, ${valueArgument(request, argument.value)}`;
    case 'file':
      return `, &${names.file(argument.file)}`;
    case 'string':
      return `, ${quoted(argument.text)}`;
    case 'bad pointer':
      return ', bad_pointer';
    case 'struct':
      return `, ${structLiteral(names, structOfRequest(request), argument)}`;
  }
}

function ioctl(names: Names, call: IoctlCall): string {
  return `ioctl(${names.file(call.fd)}, ${call.request}${ioctlArgument(names, call)})`;
}

function mmap(names: Names, { length, prot, hugetlb, fd, offset, private: isPrivate }: MmapCall): string {
  const start = `mmap(${integer(length)}, ${protection(prot)}`;
  if (fd === null) return hugetlb ? `${start}, MAP_HUGETLB)` : `${start})`;
  return `${start}, ${isPrivate ? 'MAP_PRIVATE' : 'MAP_SHARED'}, ${names.file(fd)}, ${integer(offset)})`;
}

const openFlags = { rdwr: 'O_RDWR', rdonly: 'O_RDONLY', wronly: 'O_WRONLY' } as const;

type CallOf<Kind extends string, Any = Call> = Any extends { call: infer Kinds }
  ? Kind extends Kinds
    ? Any
    : never
  : never;

const writers: { readonly [Kind in Call['call']]: (names: Names, call: CallOf<Kind>) => string } = {
  open: (_, { path, flags }) => `open(${quoted(path)}, ${openFlags[flags]})`,
  close: (names, { fd }) => `close(${names.file(fd)})`,
  dup: (names, { fd }) => `dup(${names.file(fd)})`,
  ioctl,
  mmap,
  munmap: (names, { addr, length }) => `munmap(${address(names, addr)}, ${integer(length)})`,
  mprotect: (names, { addr, length, prot }) =>
    `mprotect(${address(names, addr)}, ${integer(length)}, ${protection(prot)})`,
  peek: (names, { addr, length }) => `peek(${address(names, addr)}, ${length})`,
  poke: (names, { addr, bytes }) => `poke(${address(names, addr)}, ${hexBytes(bytes)})`,
  peek32: (names, { addr }) => `peek32(${address(names, addr)})`,
  poke32: (names, { addr, value }) => `poke32(${address(names, addr)}, ${integer(value)})`,
  pread: (names, { fd, offset, length }) => `pread(${names.file(fd)}, ${integer(offset)}, ${length})`,
  pwrite: (names, { fd, offset, bytes }) => `pwrite(${names.file(fd)}, ${integer(offset)}, ${hexBytes(bytes)})`,
  eventfd: (_, { initval }) => (initval === 0 ? 'eventfd()' : `eventfd(${initval})`),
  readev: (names, { fd }) => `read(${names.file(fd)})`,
  writeev: (names, { fd, value }) => `write(${names.file(fd)}, ${integer(value)})`,
  cat: (_, { path }) => `cat(${quoted(path)})`,
  catx: (_, { path }) => `catx(${quoted(path)})`,
  readlink: (_, { path }) => `readlink(${quoted(path)})`,
  stat: (_, { path }) => `stat(${quoted(path)})`,
  echo: (_, { path, text }) => `echo ${quoted(text)} > ${quoted(path)}`,
  memlock: (_, { bytes }) => `memlock(${integer(bytes)})`,
  capdrop: (_, { cap }) => `capdrop(${cap})`,
  setuid: (_, { uid }) => `setuid(${uid})`,
  status: () => 'status()',
  sleep: (_, { ms }) => `sleep(${ms})`,
  exit: () => 'exit()',
  kill: () => 'kill',
};

/** A recorded call as the scenario language writes it. */
export function callText(names: Names, call: Call): string {
  // The table has a function for each kind of call; TypeScript cannot see that it is the one for this kind.
  return (writers[call.call] as (names: Names, call: Call) => string)(names, call);
}
