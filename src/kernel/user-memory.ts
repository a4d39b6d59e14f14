import type { Process } from './process';

/**
 * A structure on the caller's stack that an ioctl's argument points to. What lies behind it is the caller's own
 * memory: it reads as zero and may be written without effect.
 */
export class UserBuffer {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static ofString(text: string): UserBuffer {
    const bytes = new TextEncoder().encode(text);
    const terminated = new Uint8Array(bytes.length + 1);
    terminated.set(bytes);
    return new UserBuffer(terminated);
  }
}

/** The third argument of `ioctl`: a plain value, an address in the caller's memory, or a pointer to a structure. */
export type UserArgument = number | bigint | UserBuffer;

/**
 * The memory of the caller that `read` fills or `write` takes from, when it is not the caller's own stack: how much of
 * it can be touched, and how much was transferred before the kernel met the rest.
 */
export interface UserSpan {
  /** Bytes from the start that the caller may access. */
  readonly accessible: number;
  done: number;
}

/** Whether the next `width` bytes can be copied; counts them when they can. */
export function copyPiece(span: UserSpan | undefined, done: number, width: number): boolean {
  if (span === undefined) return true;
  if (done + width > span.accessible) return false;
  span.done = done + width;
  return true;
}

/** `copy_from_user`: `size` bytes at `offset` of what the argument points to, or null for EFAULT. */
export function copyFromUser(process: Process, argument: UserArgument, size: number, offset = 0): DataView | null {
  if (argument instanceof UserBuffer) {
    if (offset === 0 && size <= argument.bytes.length) return argument.view;
    if (offset + size <= argument.bytes.length) {
      return new DataView(argument.bytes.buffer, argument.bytes.byteOffset + offset, size);
    }
    const padded = new Uint8Array(size);
    padded.set(argument.bytes.subarray(offset, offset + size));
    return new DataView(padded.buffer);
  }
  const bytes = process.mm.read(BigInt.asUintN(64, BigInt(argument)) + BigInt(offset), size);
  return bytes === null ? null : new DataView(bytes.buffer, bytes.byteOffset, size);
}

/** `copy_to_user`: whether all bytes could be written (false: EFAULT). */
export function copyToUser(process: Process, argument: UserArgument, bytes: Uint8Array, offset = 0): boolean {
  if (argument instanceof UserBuffer) {
    const room = Math.max(0, argument.bytes.length - offset);
    argument.bytes.set(bytes.subarray(0, room), Math.min(offset, argument.bytes.length));
    return true;
  }
  return process.mm.write(BigInt.asUintN(64, BigInt(argument)) + BigInt(offset), bytes);
}

/** `strndup_user`: a NUL-terminated string of at most `limit` bytes: the string, 'fault' or 'too long'. */
export function stringFromUser(
  process: Process,
  argument: UserArgument,
  limit: number,
): { text: string } | 'fault' | 'too long' {
  const codes: number[] = [];
  for (let offset = 0; offset < limit; offset++) {
    const view = copyFromUser(process, argument, 1, offset);
    if (view === null) return 'fault';
    const code = view.getUint8(0);
    if (code === 0) return { text: String.fromCharCode(...codes) };
    codes.push(code);
  }
  return 'too long';
}
