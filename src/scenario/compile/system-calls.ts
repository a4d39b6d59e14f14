import {
  MAP_HUGETLB,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  O_RDWR,
  type CallResult,
  type Capability,
  type Process,
} from '../../kernel';
import { capabilityNamed } from '../check/process-options';
import { descriptorOf } from '../execution/descriptors';
import type { Execution } from '../execution/execution';
import { toInteger, ValueError } from '../execution/operators';
import type { Give } from '../execution/perform';
import { FileValue, kindOf, textOf, type Value } from '../value';

/** How a function of the language becomes a system call. */
export interface SystemCall {
  readonly give: Give;
  readonly make: (x: Execution, process: Process, args: readonly Value[]) => CallResult;
}

type Make = SystemCall['make'];

/** More cannot be read or written in one call: the scenario's own memory would not hold it. */
const lengthLimit = 64n << 20n;

const path = (value: Value | undefined): string => {
  if (typeof value === 'string') return value;
  throw new ValueError(`a path is expected, not ${kindOf(value ?? null)}`);
};

const integer = (value: Value | undefined): bigint => toInteger(value ?? 0n);

const small = (value: Value | undefined): number => Number(integer(value));

const address = (value: Value | undefined): bigint => BigInt.asUintN(64, integer(value));

const length = (value: Value | undefined): number => {
  const wanted = integer(value);
  if (wanted < 0n || wanted > lengthLimit)
    throw new ValueError(`a length of ${wanted} bytes: 0 to ${lengthLimit} are possible`);
  return Number(wanted);
};

const prot = (value: Value | undefined): string => {
  const bits = small(value);
  return ((bits & PROT_READ) !== 0 ? 'r' : '') + ((bits & PROT_WRITE) !== 0 ? 'w' : '');
};

/** Bytes, or an array of numbers below 256. */
function bytesOf(value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (!Array.isArray(value))
    throw new ValueError(`bytes are expected, not ${kindOf(value ?? null)}`, 'for example bytes("00ff") or u32(1)');
  return Uint8Array.from(value as Value[], (element) => Number(BigInt.asUintN(8, toInteger(element))));
}

/** `mmap(length, prot)`, `mmap(length, prot, flags)`, `mmap(length, prot, fd, offset)`, `mmap(length, prot, flags, fd, offset)`. */
const mmap: Make = (x, process, [size, protection, third, fourth, fifth]) => {
  const flags = third instanceof FileValue ? 0 : small(third);
  const [file, offset] = third instanceof FileValue ? [third, fourth] : [fourth, fifth];
  return x.syscalls.mmap(process, {
    length: integer(size),
    prot: prot(protection),
    ...((flags & MAP_HUGETLB) !== 0 ? { hugetlb: true } : {}),
    ...(file === undefined
      ? {}
      : { fd: descriptorOf(x, file), offset: integer(offset), private: (flags & MAP_PRIVATE) !== 0 }),
  });
};

const capdrop: Make = (x, process, [capability]) => {
  const name = typeof capability === 'string' ? capabilityNamed(capability) : undefined;
  if (name === undefined) throw new ValueError('there is no such capability', 'for example ipc_lock');
  return x.syscalls.capdrop(process, name satisfies Capability);
};

const table: Readonly<Record<string, readonly [Give, Make]>> = {
  open: [
    'file',
    (x, process, [file, flags]) => x.syscalls.open(process, path(file), flags === undefined ? O_RDWR : small(flags)),
  ],
  close: ['number', (x, process, [fd]) => x.syscalls.close(process, descriptorOf(x, fd ?? null))],
  dup: ['file', (x, process, [fd]) => x.syscalls.dup(process, descriptorOf(x, fd ?? null))],
  mmap: ['number', mmap],
  munmap: ['number', (x, process, [at, size]) => x.syscalls.munmap(process, address(at), integer(size))],
  mprotect: [
    'number',
    (x, process, [at, size, protection]) => x.syscalls.mprotect(process, address(at), integer(size), prot(protection)),
  ],
  peek: ['bytes', (x, process, [at, size]) => x.syscalls.peek(process, address(at), length(size))],
  poke: ['number', (x, process, [at, bytes]) => x.syscalls.poke(process, address(at), bytesOf(bytes))],
  peek32: ['value', (x, process, [at]) => x.syscalls.peek32(process, address(at))],
  poke32: [
    'number',
    (x, process, [at, value]) => x.syscalls.poke32(process, address(at), Number(BigInt.asUintN(32, integer(value)))),
  ],
  pread: [
    'bytes',
    (x, process, [fd, offset, size]) =>
      x.syscalls.pread(process, descriptorOf(x, fd ?? null), address(offset), length(size)),
  ],
  pwrite: [
    'number',
    (x, process, [fd, offset, bytes]) =>
      x.syscalls.pwrite(process, descriptorOf(x, fd ?? null), address(offset), bytesOf(bytes)),
  ],
  eventfd: ['file', (x, process, [initval]) => x.syscalls.eventfd(process, small(initval))],
  read: ['value', (x, process, [fd]) => x.syscalls.readEventfd(process, descriptorOf(x, fd ?? null))],
  write: [
    'number',
    (x, process, [fd, value]) => x.syscalls.writeEventfd(process, descriptorOf(x, fd ?? null), integer(value)),
  ],
  cat: ['text', (x, process, [file]) => x.syscalls.cat(process, path(file))],
  catx: ['bytes', (x, process, [file]) => x.syscalls.catx(process, path(file))],
  echo: ['number', (x, process, [file, text]) => x.syscalls.echo(process, path(file), textOf(text ?? ''))],
  rmmod: ['number', (x, process, [module]) => x.syscalls.unloadModule(process, path(module).replaceAll('-', '_'))],
  readlink: ['text', (x, process, [file]) => x.syscalls.readlink(process, path(file))],
  stat: ['number', (x, process, [file]) => x.syscalls.stat(process, path(file))],
  chown: ['number', (x, process, [file, uid]) => x.syscalls.chown(process, path(file), small(uid))],
  memlock: ['number', (x, process, [bytes]) => x.syscalls.memlock(process, integer(bytes))],
  capdrop: ['number', capdrop],
  setuid: ['number', (x, process, [uid]) => x.syscalls.setuid(process, small(uid))],
  status: ['status', (x, process) => x.syscalls.status(process)],
  sleep: ['number', (x, process, [ms]) => x.syscalls.sleep(process, small(ms))],
  exit: ['number', (x, process) => x.syscalls.exit(process)],
};

/** By the name in the language; `ioctl` stands apart. */
export const systemCalls: ReadonlyMap<string, SystemCall> = new Map(
  Object.entries(table).map(([name, [give, make]]) => [name, { give, make }]),
);
