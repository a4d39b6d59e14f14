import { entity, JournaledMap, JournaledSet } from '../history';
import type { BlockedCall } from './blocking';
import type { Answer, OpenFile } from './file';
import { EBADF, EMFILE } from './errno';
import { Mm } from './mm/mm';
import { pageSize } from './mm/vma';
import type { Kernel } from './kernel';

/** Capabilities that VFIO asks for (`capabilities(7)`), lower case without `CAP_`. */
export type Capability = 'ipc_lock' | 'sys_rawio' | 'sys_admin' | 'dac_override' | 'sys_resource';

const allCapabilities: readonly Capability[] = ['ipc_lock', 'sys_rawio', 'sys_admin', 'dac_override', 'sys_resource'];

/** `RLIMIT_NOFILE`, the kernel's default soft limit. */
const openFileLimit = 1024;

/** Descriptors 0 to 2 are standard input, output and error. */
const firstFd = 3;

/** `RLIMIT_MEMLOCK` of a new process in bytes, the kernel's default. */
export const defaultMemlock = 65536n;

export interface ProcessOptions {
  /** What scenario and debugger call it. */
  readonly name: string;
  /** `comm`, as the log shows it. Default: the name. */
  readonly command?: string;
  readonly uid?: number;
  /** `RLIMIT_MEMLOCK` in bytes. */
  readonly memlock?: bigint;
}

/** A process (one thread): files, memory, limits, capabilities. */
export class Process extends entity({
  uid: 0,
  /** `RLIMIT_MEMLOCK` in bytes. */
  memlock: defaultMemlock,
  alive: true,
  /** The call that it waits in. */
  blocked: null as BlockedCall | null,
  /** SIGKILL came while it could not be interrupted: it ends when its call comes back. */
  killed: false,
}) {
  readonly files: JournaledMap<number, OpenFile>;
  readonly capabilities: JournaledSet<Capability>;
  readonly mm: Mm;
  readonly name: string;
  readonly command: string;

  constructor(
    readonly kernel: Kernel,
    readonly pid: number,
    options: ProcessOptions,
  ) {
    super(kernel.journal);
    this.name = options.name;
    this.command = options.command ?? options.name;
    this.files = new JournaledMap(kernel.journal);
    this.capabilities = new JournaledSet(kernel.journal);
    this.mm = new Mm(kernel.journal, kernel);
    if (options.uid !== undefined) this.uid = options.uid;
    if (options.memlock !== undefined) this.memlock = options.memlock;
    if (this.uid !== 0) return;
    for (const capability of allCapabilities) this.capabilities.add(capability);
  }

  /** `capable()`. */
  capable(capability: Capability): boolean {
    return this.capabilities.has(capability);
  }

  /** `rlimit(RLIMIT_MEMLOCK)` in whole pages. */
  get memlockPages(): number {
    return Number(this.memlock / BigInt(pageSize));
  }

  file(fd: number): OpenFile | undefined {
    return this.files.get(fd);
  }

  /** Gives the file the lowest free descriptor from 3 (0 to 2 are the program's own). -EMFILE when none is left. */
  install(file: OpenFile): number {
    for (let fd = firstFd; fd < openFileLimit; fd++) {
      if (this.files.has(fd)) continue;
      this.files.set(fd, file);
      file.references++;
      return fd;
    }
    return -EMFILE;
  }

  /** `close`: the last reference releases the file. */
  close(fd: number): Answer {
    const file = this.files.get(fd);
    if (file === undefined) return -EBADF;
    this.files.delete(fd);
    return this.drop(file) ?? 0;
  }

  /** The process waits in a call from now on, or (null) no longer. */
  waitIn(call: BlockedCall | null): void {
    if ((this.blocked === null) !== (call === null)) this.kernel.waiting += call === null ? -1 : 1;
    this.blocked = call;
  }

  /**
   * The end of the process (`do_exit`). Files are let go in the reverse order of their numbers, because the kernel puts
   * them off on a stack; what only a mapping held goes last.
   */
  exit(): void {
    if (!this.alive) return;
    this.alive = false;
    this.waitIn(null);
    for (const fd of [...this.files.keys()].sort((a, b) => b - a)) this.close(fd);
    this.mm.release(this);
  }

  /** SIGKILL: ends now, or, while it waits in a call that cannot be interrupted, when that comes back. */
  kill(): void {
    const call = this.blocked;
    if (call === null) {
      this.exit();
      return;
    }
    if (this.killed) return;
    this.killed = true;
    if (call.interrupt === null) return;
    const answer = call.interrupt();
    if (typeof answer === 'number') this.exit();
    else this.waitIn(answer);
  }

  /** Drops one reference that is no descriptor (a mapping) or no longer is one. */
  drop(file: OpenFile): BlockedCall | undefined {
    file.references--;
    if (file.references > 0) return undefined;
    return file.release(this) ?? undefined;
  }
}
