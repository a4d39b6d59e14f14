import { entity, type Journal } from '../history';
import type { BlockedCall } from './blocking';
import type { Vma } from './mm/vma';
import type { Process } from './process';
import { EINVAL, ENODEV, ENOTTY } from './errno';
import type { UserArgument, UserSpan } from './user-memory';

/** What a call answers: a value from 0, a negative error number, or that it waits. */
export type Answer = number | BlockedCall;

/** For files that refuse to be read: as long as any answer that depends on the length. */
const defaultLongestRead = 8192;

/**
 * An open file (`struct file`): what descriptors of one or several processes refer to.
 * Subclasses are its `file_operations`.
 */
export abstract class OpenFile extends entity({
  /** Descriptors, mappings and uses inside the kernel that keep it open. */
  references: 0,
  /** `FMODE_READ` and `FMODE_WRITE`: what it was opened for. */
  readable: true,
  writable: true,
}) {
  constructor(
    journal: Journal,
    /** How `/proc/PID/fd` names it: a path, or `[vfio-device]`, `anon_inode:[eventfd]`. */
    readonly name: string,
  ) {
    super(journal);
  }

  /** `unlocked_ioctl`. */
  ioctl(_process: Process, _request: number, _argument: UserArgument): Answer {
    return -ENOTTY;
  }

  /** Most bytes that a read at `offset` can give; a longer buffer makes no difference. */
  longestRead(_offset: bigint): number {
    return defaultLongestRead;
  }

  /** `pread`: fills `into`; answers the number of bytes. `span`: which of the caller's bytes can be touched. */
  read(_process: Process, _offset: bigint, _into: Uint8Array, _span?: UserSpan): Answer {
    return -EINVAL;
  }

  /** `pwrite`: answers the number of bytes taken. */
  write(_process: Process, _offset: bigint, _bytes: Uint8Array, _span?: UserSpan): Answer {
    return -EINVAL;
  }

  /** `mmap`: 0 or an error; an implementation fills in where the pages of the area come from. */
  mmap(_process: Process, _area: Vma): Answer {
    return -ENODEV;
  }

  /** The last descriptor is closed. A call: the kernel failed in it, so that the process that closed never comes back. */
  release(_process: Process): BlockedCall | void {
    // Most files hold nothing that has to be let go.
  }
}
