import type { Json } from './json';

/** The name of a file, or a descriptor by number. */
export type FileReference = string | number;

/** An address: `m+0x1000`, or a plain number (then `memory` is null and `offset` is the address). */
export interface Address {
  readonly memory: string | null;
  readonly offset: bigint;
}

/** One piece of what follows a structure. */
export type Data =
  | { readonly kind: 'fd'; readonly file: FileReference }
  | { readonly kind: 'u32'; readonly value: number }
  | { readonly kind: 'u8'; readonly value: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A field of a structure, as the recording gives it. */
export type GivenField =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'file'; readonly file: FileReference };

/** The third argument of `ioctl`. */
export type Argument =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'file'; readonly file: FileReference }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'bad pointer' }
  | {
      readonly kind: 'struct';
      /** Fields that are given, in the recording's order. */
      readonly fields: ReadonlyMap<string, GivenField>;
      readonly data: readonly Data[];
      /** Bytes left behind structure and data for the kernel; null: the recording does not ask what stood there. */
      readonly room: number | null;
    };

export const openModes = ['rdwr', 'rdonly', 'wronly'] as const;
export const droppableCapabilities = ['ipc_lock', 'sys_rawio', 'sys_admin'] as const;

export interface IoctlCall {
  readonly call: 'ioctl';
  readonly fd: FileReference;
  /** Name, or the bare number. */
  readonly request: string | number;
  readonly argument: Argument;
  readonly as: string | null;
}

export interface MmapCall {
  readonly call: 'mmap';
  readonly as: string;
  readonly length: bigint;
  readonly prot: string;
  readonly hugetlb: boolean;
  readonly fd: FileReference | null;
  readonly offset: bigint;
  readonly private: boolean;
}

/** One call of a recording. Lengths and offsets are bytes. */
export type Call =
  | {
      readonly call: 'open';
      readonly as: string;
      readonly path: string;
      readonly flags: (typeof openModes)[number];
    }
  | { readonly call: 'close' | 'readev'; readonly fd: FileReference }
  | { readonly call: 'dup'; readonly as: string; readonly fd: FileReference }
  | IoctlCall
  | MmapCall
  | { readonly call: 'munmap'; readonly addr: Address; readonly length: bigint }
  | {
      readonly call: 'mprotect';
      readonly addr: Address;
      readonly length: bigint;
      readonly prot: string;
    }
  | { readonly call: 'peek'; readonly addr: Address; readonly length: number }
  | { readonly call: 'poke'; readonly addr: Address; readonly bytes: Uint8Array }
  | { readonly call: 'peek32'; readonly addr: Address }
  | { readonly call: 'poke32'; readonly addr: Address; readonly value: number }
  | {
      readonly call: 'pread';
      readonly fd: FileReference;
      readonly offset: bigint;
      readonly length: number;
    }
  | {
      readonly call: 'pwrite';
      readonly fd: FileReference;
      readonly offset: bigint;
      readonly bytes: Uint8Array;
    }
  | { readonly call: 'eventfd'; readonly as: string; readonly initval: number }
  | { readonly call: 'writeev'; readonly fd: FileReference; readonly value: bigint }
  | { readonly call: 'cat' | 'catx' | 'readlink' | 'stat'; readonly path: string }
  | { readonly call: 'echo'; readonly path: string; readonly text: string }
  | { readonly call: 'memlock'; readonly bytes: bigint }
  | { readonly call: 'capdrop'; readonly cap: (typeof droppableCapabilities)[number] }
  | { readonly call: 'setuid'; readonly uid: number }
  | { readonly call: 'sleep'; readonly ms: number }
  | { readonly call: 'status' | 'exit' | 'kill' };

/** What a step gave: recorded, or now. */
export interface Outcome {
  /** `{"ret": 0}`, `{"ret": -1, "errno": "EINVAL", "out": …}`, `{"blocked": true}`, `{"busy": true}`. */
  readonly result: Json;
  /** The answer of a call that had been blocked. */
  readonly late?: Json;
  /** Lines of the kernel log that the step added. */
  readonly dmesg?: readonly string[];
}

export interface Step {
  /** The process that makes the call. */
  readonly proc: string;
  readonly call: Call;
  readonly expected: Outcome;
}

/** What a real kernel answered, call by call. */
export interface Recording {
  readonly name: string;
  readonly about: string;
  /** Version of the kernel: `5.7.14`. */
  readonly kernel: string;
  /** Name of the machine: `q35-intel`. */
  readonly machine: string;
  readonly steps: readonly Step[];
}
