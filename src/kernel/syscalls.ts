import type { Answer } from './file';
import { BlockedCall } from './blocking';
import { EACCES, EBADF, EFAULT, EINVAL, ENOENT, EPERM } from './errno';
import { EventFile } from './eventfd';
import type { OpenFile } from './file';
import type { Kernel } from './kernel';
import { pageSize, pageShift } from './mm/vma';
import type { Capability, Process } from './process';
import { O_ACCMODE, O_RDONLY, O_WRONLY } from './uapi';
import type { UserArgument } from './user-memory';

/** What a call gave, for recordings, scenarios and the debugger. */
export interface CallResult {
  /** At least 0: the value, file descriptor or address; below 0: the negative error number. */
  readonly ret: number | bigint;
  /** The call waits; its answer comes later in `kernel.finished`. `ret` means nothing. */
  readonly blocked?: true;
  /** The process still waits in another call (or is dead): nothing was done. */
  readonly busy?: true;
  /** What was read. */
  readonly bytes?: Uint8Array;
  readonly text?: string;
  /** The access raised a signal instead of coming back. */
  readonly signal?: 'SIGSEGV' | 'SIGBUS';
  /** Counter of an eventfd, value of a 32-bit load. */
  readonly value?: number | bigint;
  /** `VmLck` and `VmPin` in kB. */
  readonly vmlck?: number;
  readonly vmpin?: number;
}

/** Arguments of `mmap`. */
export interface MmapArguments {
  /** Bytes. */
  readonly length: number | bigint;
  /** Letters `r` and `w`. */
  readonly prot: string;
  /** `MAP_HUGETLB`. */
  readonly hugetlb?: boolean;
  /** File to map; without it: anonymous memory. */
  readonly fd?: number;
  /** Offset in the file in bytes. */
  readonly offset?: number | bigint;
  /** `MAP_PRIVATE` of a file; files are mapped shared otherwise, anonymous memory is always private. */
  readonly private?: boolean;
}

const busy: CallResult = { ret: 0, busy: true };
const succeeded: CallResult = { ret: 0 };

/** The calls that a simulated program can make. A process that waits or is dead answers `busy` to all of them. */
export class Syscalls {
  constructor(private readonly kernel: Kernel) {}

  open(process: Process, path: string, flags: number): CallResult {
    if (idle(process)) return this.finish(process, this.openFile(process, path, flags));
    return busy;
  }

  close(process: Process, fd: number): CallResult {
    return idle(process) ? this.finish(process, process.close(fd)) : busy;
  }

  dup(process: Process, fd: number): CallResult {
    if (!idle(process)) return busy;
    const file = process.file(fd);
    return { ret: file === undefined ? -EBADF : process.install(file) };
  }

  /** `argument`: a plain value, an address in the process's memory, or a structure on the caller's stack. */
  ioctl(process: Process, fd: number, request: number, argument: UserArgument = 0): CallResult {
    if (!idle(process)) return busy;
    const file = process.file(fd);
    if (file === undefined) return { ret: -EBADF };
    return this.finish(process, file.ioctl(process, request, argument));
  }

  mmap(process: Process, given: MmapArguments): CallResult {
    if (!idle(process)) return busy;
    const protection = { read: given.prot.includes('r'), write: given.prot.includes('w') };
    const length = unsigned(given.length);
    const mm = process.mm;
    let ret: bigint | Answer;
    if (given.fd === undefined) {
      ret = given.hugetlb ? mm.mapHuge(length, protection) : mm.mapAnonymous(length, protection);
    } else {
      const file = process.file(given.fd);
      if (file === undefined) return { ret: -EBADF };
      const offset = unsigned(given.offset ?? 0);
      if (offset % BigInt(pageSize) !== 0n) return { ret: -EINVAL };
      ret = mm.mapFile(process, file, length, Number(offset >> pageShift), protection, !given.private);
    }
    return typeof ret === 'object' ? this.finish(process, ret) : { ret };
  }

  munmap(process: Process, address: bigint, length: number | bigint): CallResult {
    return idle(process) ? this.finish(process, process.mm.unmap(process, unsigned(address), unsigned(length))) : busy;
  }

  mprotect(process: Process, address: bigint, length: number | bigint, prot: string): CallResult {
    if (!idle(process)) return busy;
    const protection = { read: prot.includes('r'), write: prot.includes('w') };
    return { ret: process.mm.protect(unsigned(address), unsigned(length), protection) };
  }

  /** Loads from the process's memory. */
  peek(process: Process, address: bigint, length: number): CallResult {
    if (!idle(process)) return busy;
    const got = process.mm.load(address, length);
    return typeof got === 'string' ? { ret: 0, signal: got } : { ret: 0, bytes: got };
  }

  /** Stores into the process's memory. */
  poke(process: Process, address: bigint, bytes: Uint8Array): CallResult {
    if (!idle(process)) return busy;
    const signal = process.mm.store(address, bytes);
    return signal === null ? succeeded : { ret: 0, signal };
  }

  /** One 32-bit load, as a driver does to a register. */
  peek32(process: Process, address: bigint): CallResult {
    if (!idle(process)) return busy;
    const got = process.mm.load(address, 4);
    if (typeof got === 'string') return { ret: 0, signal: got };
    return { ret: 0, value: new DataView(got.buffer, got.byteOffset, 4).getUint32(0, true) };
  }

  /** One 32-bit store. */
  poke32(process: Process, address: bigint, value: number): CallResult {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return this.poke(process, address, bytes);
  }

  /** Reads into a buffer of the caller's that has room for `length` bytes. */
  pread(process: Process, fd: number, offset: bigint, length: number): CallResult {
    if (!idle(process)) return busy;
    const file = fileFor(process, fd, offset, 'readable');
    if (typeof file === 'number') return { ret: file };
    if (!fitsMemory(length)) return { ret: -EFAULT };
    const into = new Uint8Array(Math.min(length, file.longestRead(offset)));
    const result = this.finish(process, file.read(process, offset, into));
    return typeof result.ret === 'number' && result.ret > 0
      ? { ...result, bytes: into.subarray(0, result.ret) }
      : result;
  }

  /** `pread` into the process's memory, of which not all may be there. */
  preadTo(process: Process, fd: number, offset: bigint, address: bigint, length: number): CallResult {
    if (!idle(process)) return busy;
    const file = fileFor(process, fd, offset, 'readable');
    if (typeof file === 'number') return { ret: file };
    if (!fitsMemory(length)) return { ret: -EFAULT };
    const into = new Uint8Array(Math.min(length, file.longestRead(offset)));
    const span = { accessible: process.mm.accessible(address, into.length, true), done: 0 };
    const answer = file.read(process, offset, into, span);
    process.mm.write(address, into.subarray(0, span.done));
    return this.finish(process, answer);
  }

  /** Writes bytes that the caller has at hand. */
  pwrite(process: Process, fd: number, offset: bigint, bytes: Uint8Array): CallResult {
    if (!idle(process)) return busy;
    const file = fileFor(process, fd, offset, 'writable');
    return typeof file === 'number' ? { ret: file } : this.finish(process, file.write(process, offset, bytes));
  }

  /** `pwrite` from the process's memory, of which not all may be there. */
  pwriteFrom(process: Process, fd: number, offset: bigint, address: bigint, length: number): CallResult {
    if (!idle(process)) return busy;
    const file = fileFor(process, fd, offset, 'writable');
    if (typeof file === 'number') return { ret: file };
    if (!fitsMemory(length)) return { ret: -EFAULT };
    const bytes = new Uint8Array(Math.min(length, file.longestRead(offset)));
    const span = { accessible: process.mm.accessible(address, bytes.length, false), done: 0 };
    bytes.set(process.mm.read(address, span.accessible) ?? []);
    return this.finish(process, file.write(process, offset, bytes, span));
  }

  /** A non-blocking eventfd. */
  eventfd(process: Process, initval = 0): CallResult {
    if (!idle(process)) return busy;
    return { ret: process.install(new EventFile(this.kernel.journal, BigInt(initval))) };
  }

  /** Reads and clears the counter: `value`, or -EAGAIN when it is 0. */
  readEventfd(process: Process, fd: number): CallResult {
    if (!idle(process)) return busy;
    const file = process.file(fd);
    if (file === undefined) return { ret: -EBADF };
    if (!(file instanceof EventFile)) return { ret: -EINVAL };
    const value = file.take();
    return value < 0n ? { ret: Number(value) } : { ret: 8, value };
  }

  /** Adds to the counter, which wakes who waits for it. */
  writeEventfd(process: Process, fd: number, value: number | bigint): CallResult {
    if (!idle(process)) return busy;
    const file = process.file(fd);
    if (file === undefined) return { ret: -EBADF };
    if (!(file instanceof EventFile)) return { ret: -EINVAL };
    return { ret: file.add(BigInt(value)) };
  }

  /** Reads a sysfs (or proc) file as text. */
  cat(process: Process, path: string): CallResult {
    if (!idle(process)) return busy;
    const got = this.kernel.sysfs.read(process, path);
    return typeof got === 'number' ? { ret: got } : { ret: 0, text: new TextDecoder('latin1').decode(got) };
  }

  /** Reads a sysfs file as bytes (`config`). */
  catx(process: Process, path: string): CallResult {
    if (!idle(process)) return busy;
    const got = this.kernel.sysfs.read(process, path);
    return typeof got === 'number' ? { ret: got } : { ret: 0, bytes: got };
  }

  /** Writes `text` to a sysfs file in one `write`. */
  echo(process: Process, path: string, text: string): CallResult {
    return idle(process) ? this.finish(process, this.kernel.sysfs.write(process, path, text)) : busy;
  }

  /** `modprobe`, for modules that are not built in: -ENOENT when there is none, -EPERM for who is not root. */
  loadModule(process: Process, name: string): CallResult {
    if (!idle(process)) return busy;
    return process.uid === 0 ? this.finish(process, this.kernel.modules.load(process, name)) : { ret: -EPERM };
  }

  /** `rmmod`: -EAGAIN while somebody needs the module; may wait for users of what it drives. */
  unloadModule(process: Process, name: string): CallResult {
    if (!idle(process)) return busy;
    return process.uid === 0 ? this.finish(process, this.kernel.modules.unload(process, name)) : { ret: -EPERM };
  }

  readlink(process: Process, path: string): CallResult {
    if (!idle(process)) return busy;
    const got = this.kernel.sysfs.readlink(path);
    return typeof got === 'number' ? { ret: got } : { ret: 0, text: got };
  }

  /** Whether the path is there: 0 or -ENOENT. */
  stat(process: Process, path: string): CallResult {
    if (!idle(process)) return busy;
    if (path.startsWith('/dev')) return { ret: this.kernel.deviceNodeExists(path) ? 0 : -ENOENT };
    return { ret: this.kernel.sysfs.exists(path) ? 0 : -ENOENT };
  }

  /** `chown` of a device node, as udev or an administrator gives a group to a user. */
  chown(process: Process, path: string, uid: number): CallResult {
    if (!idle(process)) return busy;
    const node = this.kernel.characterDevices.get(path);
    if (node === undefined) return { ret: -ENOENT };
    if (process.uid !== 0) return { ret: -EPERM };
    this.kernel.characterDevices.set(path, {
      mode: node.mode,
      owner: uid,
      open: (opener, flags) => node.open(opener, flags),
    });
    return succeeded;
  }

  /** `setrlimit(RLIMIT_MEMLOCK)`, hard and soft limit, in bytes. */
  memlock(process: Process, bytes: number | bigint): CallResult {
    if (!idle(process)) return busy;
    const limit = BigInt.asUintN(64, BigInt(bytes));
    if (limit > process.memlock && !process.capable('sys_resource')) return { ret: -EPERM };
    process.memlock = limit;
    return succeeded;
  }

  /** Gives up a capability for good. */
  capdrop(process: Process, capability: Capability): CallResult {
    if (!idle(process)) return busy;
    process.capabilities.delete(capability);
    return succeeded;
  }

  /** `setuid`: leaving root drops all capabilities. */
  setuid(process: Process, uid: number): CallResult {
    if (!idle(process)) return busy;
    if (process.uid !== 0 && uid !== process.uid) return { ret: -EPERM };
    process.uid = uid;
    if (uid !== 0) process.capabilities.clear();
    return succeeded;
  }

  /** Locked memory of the process, `/proc/PID/status`. */
  status(process: Process): CallResult {
    if (!idle(process)) return busy;
    return { ret: 0, vmlck: (process.mm.lockedPages * pageSize) / 1024, vmpin: 0 };
  }

  sleep(process: Process, milliseconds: number): CallResult {
    if (!idle(process)) return busy;
    this.kernel.sleep(milliseconds);
    return succeeded;
  }

  exit(process: Process): CallResult {
    if (!idle(process)) return busy;
    process.exit();
    this.kernel.settle();
    return succeeded;
  }

  /** SIGKILL from outside, then waits for the end; a process that waits uninterruptibly stays. */
  kill(process: Process): CallResult {
    if (!process.alive) return busy;
    process.kill();
    this.kernel.settle();
    return succeeded;
  }

  private openFile(process: Process, path: string, flags: number): Answer {
    const node = this.kernel.characterDevices.get(path);
    if (node === undefined) {
      return this.kernel.sysfs.exists(path) ? -EACCES : -ENOENT;
    }
    const access = flags & O_ACCMODE;
    const wanted = access === O_RDONLY ? 4 : access === O_WRONLY ? 2 : 6;
    const granted = process.uid === node.owner ? node.mode >> 6 : node.mode & 7;
    if ((granted & wanted) !== wanted && !process.capable('dac_override')) return -EACCES;
    const opened: OpenFile | number = node.open(process, flags);
    if (typeof opened === 'number') return opened;
    opened.readable = access !== O_WRONLY;
    opened.writable = access !== O_RDONLY;
    const fd = process.install(opened);
    if (fd < 0) opened.release(process);
    return fd;
  }

  /** Turns a kernel answer into a result, after the calls that it let go on. */
  private finish(process: Process, answer: Answer): CallResult {
    if (answer instanceof BlockedCall) {
      this.kernel.waits(process, answer);
      this.kernel.settle();
      return { ret: 0, blocked: true };
    }
    if (this.kernel.waiting > 0) this.kernel.settle();
    return answer === 0 ? succeeded : { ret: answer };
  }
}

/** What `pread` and `pwrite` look at first: the file, or a negative error. */
function fileFor(process: Process, fd: number, offset: bigint, mode: 'readable' | 'writable'): OpenFile | number {
  const file = process.file(fd);
  if (!file?.[mode]) return -EBADF;
  return BigInt.asIntN(64, offset) < 0n ? -EINVAL : file;
}

/** What a register of 64 bits makes of it. */
function unsigned(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/** `access_ok`: whether any buffer of so many bytes can be in user space at all. */
function fitsMemory(length: number): boolean {
  return length >= 0 && length < 2 ** 47;
}

function idle(process: Process): boolean {
  return process.alive && process.blocked === null;
}
