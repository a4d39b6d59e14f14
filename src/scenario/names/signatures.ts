/** What a call's parameter takes, as far as it can be seen without running. */
export type ParameterKind =
  'file' | 'integer' | 'string' | 'path' | 'bdf' | 'bytes' | 'request' | 'argument' | 'process' | 'capability' | 'any';

/** What a call gives, as far as it can be seen without running. */
export type ResultKind = 'file' | 'integer' | 'string' | 'bytes' | 'object' | 'array' | 'any';

/** A function that the language brings along. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly kind: ParameterKind; readonly optional?: true }[];
  readonly result: ResultKind;
  /** A call into the kernel, made by the process of the block; else it only looks. */
  readonly kernel: boolean;
  /** One sentence, for hover and the reference. */
  readonly about: string;
}

const table: Signature[] = [];

/** `parameters`: `name: kind`, with `?` behind the name when it can be left out. */
function declare(kernel: boolean, name: string, parameters: string, result: ResultKind, about: string): void {
  const list =
    parameters === ''
      ? []
      : parameters.split(', ').map((text) => {
          const [written = '', kind] = text.split(': ');
          const parameter = { name: written.replace('?', ''), kind: kind as ParameterKind };
          return written.endsWith('?') ? { ...parameter, optional: true as const } : parameter;
        });
  table.push({ name, parameters: list, result, kernel, about });
}

const call = declare.bind(null, true);
const look = declare.bind(null, false);

call('open', 'path: path, flags?: integer', 'file', 'Opens a file; O_RDWR when no flags are given.');
call('close', 'fd: file', 'integer', 'Closes a file descriptor.');
call('dup', 'fd: file', 'file', 'A second descriptor of the same open file.');
call(
  'ioctl',
  'fd: file, request: request, argument?: argument',
  'any',
  'A request to a file: containers, groups and devices take those of VFIO.',
);
call(
  'mmap',
  'length: integer, prot: integer, flags?: any, fd?: file, offset?: integer',
  'integer',
  'Maps anonymous memory, or a file; gives the address.',
);
call('munmap', 'addr: integer, length: integer', 'integer', 'Takes a mapping away.');
call('mprotect', 'addr: integer, length: integer, prot: integer', 'integer', 'Changes the protection of memory.');
call('peek', 'addr: integer, length: integer', 'bytes', "Reads bytes of the process's memory.");
call('poke', 'addr: integer, bytes: bytes', 'integer', "Writes bytes to the process's memory.");
call('peek32', 'addr: integer', 'integer', 'One 32-bit load, as a driver reads a register.');
call('poke32', 'addr: integer, value: integer', 'integer', 'One 32-bit store, as a driver writes a register.');
call('pread', 'fd: file, offset: integer, length: integer', 'bytes', 'Reads at an offset: regions of a device.');
call('pwrite', 'fd: file, offset: integer, bytes: bytes', 'integer', 'Writes at an offset: regions of a device.');
call('eventfd', 'initval?: integer', 'file', 'A counter that interrupts can signal.');
call('read', 'fd: file', 'integer', "Reads and clears an eventfd's counter; EAGAIN when it is 0.");
call('write', 'fd: file, value: integer', 'integer', "Adds to an eventfd's counter.");
call('cat', 'path: path', 'string', 'The text of a file in /sys.');
call('catx', 'path: path', 'bytes', 'The bytes of a file in /sys, as of config.');
call(
  'echo',
  'path: path, text: string',
  'integer',
  'Writes a text, without a line end, to a file in /sys: echo "text" > "path".',
);
call('rmmod', 'module: string', 'integer', 'Unloads a module; EAGAIN while somebody needs it.');
call('readlink', 'path: path', 'string', 'Where a symbolic link leads.');
call('stat', 'path: path', 'integer', '0 when the path is there, else ENOENT.');
call(
  'chown',
  'path: path, uid: integer',
  'integer',
  'Gives a device node to a user, as an administrator or udev does.',
);
call('memlock', 'bytes: integer', 'integer', 'Sets RLIMIT_MEMLOCK of the process.');
call('capdrop', 'capability: capability', 'integer', 'Gives up a capability: ipc_lock, sys_rawio, sys_admin.');
call('setuid', 'uid: integer', 'integer', 'Becomes another user; leaving root drops the capabilities.');
call('status', '', 'object', 'vmlck and vmpin of /proc/PID/status, in kB.');
call('sleep', 'ms: integer', 'integer', 'Lets virtual time pass, in milliseconds.');
call('exit', '', 'integer', 'Ends the process; its files are closed.');

look('group_of', 'device: any', 'string', 'Path of the device\'s group, "/dev/vfio/9"; a mediated device is its UUID.');
look('group_number', 'device: any', 'integer', "Number of the device's IOMMU group.");
look(
  'group',
  'group: any',
  'object',
  'An IOMMU group, by number or by one of its devices: id, viable, devices, opened, container_set.',
);
look('device', 'device: bdf', 'object', 'A device: bdf, driver, group.');
look('mappings', 'container: file', 'array', 'All DMA mappings of a container, by rising IOVA.');
look('dmesg', '', 'array', 'The kernel log lines of the last call.');
look('kernel_log', '', 'array', 'All kernel log lines since the test began.');
look(
  'recorded',
  'lines: any',
  'array',
  'Log lines as recordings of a real kernel have them: PID for process numbers, PTR for pointers, none about the ' +
    "hardware's timing.",
);
look('late', 'process: process', 'integer', "What the process's call that waited has answered; null while it waits.");
look('bytes', 'hex: string', 'bytes', 'Bytes written in hex: bytes("00ff").');
look('u8', 'value: integer', 'bytes', 'The value as one byte.');
look('u16', 'value: integer', 'bytes', 'The value as two bytes, little endian.');
look('u32', 'value: integer', 'bytes', 'The value as four bytes, little endian.');
look('u64', 'value: integer', 'bytes', 'The value as eight bytes, little endian.');
look('s32', 'value: any', 'bytes', "The value, or a file's descriptor, as four bytes, little endian.");
look('len', 'value: any', 'integer', 'Number of elements, bytes or characters.');
look('append', 'array: any, element: any', 'array', 'The array with one element more.');
look('hex', 'value: integer', 'string', 'The value in hex: "0x100000".');

/** By name. */
export const signatures: ReadonlyMap<string, Signature> = new Map(
  table.map((signature) => [signature.name, signature]),
);

/** How a call is written: `open(path, flags?)`. */
export function usageOf({ name, parameters }: Signature): string {
  return `${name}(${parameters.map((parameter) => parameter.name + (parameter.optional ? '?' : '')).join(', ')})`;
}

/** Functions that may stand before a string without parentheses: `cat "path"`. */
export const wordCalls: ReadonlySet<string> = new Set([
  'cat',
  'catx',
  'readlink',
  'stat',
  'dmesg',
  'modprobe',
  'rmmod',
]);
