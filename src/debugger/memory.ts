import type { PciFunction } from '../hardware';
import type { Kernel } from '../kernel';

/** An address space that a person can look into. */
export type MemorySpace =
  /** Of a process. */
  | { readonly space: 'user'; readonly name: string }
  /** As a device sees it, through the IOMMU. */
  | { readonly space: 'dma'; readonly name: string }
  /** Configuration space of a device. */
  | { readonly space: 'config'; readonly name: string }
  /** A BAR of a device. */
  | { readonly space: 'bar'; readonly name: string; readonly index: number };

export interface MemoryPlace {
  readonly space: MemorySpace;
  readonly address: bigint;
}

/** What could be read: bytes from the address on, up to the first that cannot be. */
export interface MemoryRead {
  readonly bytes: Uint8Array;
  /** How many of the bytes behind cannot be read. */
  readonly unreadable: number;
}

const pageBytes = 4096;

/** `user:qemu@0x7f0000000000`, `dma:0000:00:04.0@0x100000`, `bar:0000:00:04.0/0@0x0`. */
export function memoryReference(space: MemorySpace, address: bigint | number): string {
  const name = space.space === 'bar' ? `${space.name}/${space.index}` : space.name;
  return `${space.space}:${name}@0x${BigInt(address).toString(16)}`;
}

/** Reads a memory reference; undefined when it is none. */
export function parseMemoryReference(text: string): MemoryPlace | undefined {
  const found = /^(user|dma|config|bar):(.+?)(?:\/(\d))?@(0x[0-9a-f]+|\d+)$/i.exec(text.trim());
  if (found === null) return undefined;
  const [, space, name, index, address] = found as unknown as [
    string,
    MemorySpace['space'],
    string,
    string | undefined,
    string,
  ];
  if (space === 'bar') return { space: { space, name, index: Number(index ?? 0) }, address: BigInt(address) };
  return { space: { space, name }, address: BigInt(address) };
}

/**
 * Bytes of an address space. Whatever reading sets off in a device or in the kernel is taken back.
 * @throws Error when there is no such process or device
 */
export function readMemory(kernel: Kernel, { space, address }: MemoryPlace, count: number): MemoryRead {
  return kernel.journal.rehearse(() => {
    const size = accessible(kernel, space, address, count);
    return { bytes: readBytes(kernel, space, address, size), unreadable: count - size };
  });
}

/**
 * Writes bytes, as the owner of the address space would: a process's stores, DMA memory behind the IOMMU, configuration
 * and register writes of the bus.
 * @returns how many were written
 * @throws Error when there is no such process or device
 */
export function writeMemory(kernel: Kernel, { space, address }: MemoryPlace, bytes: Uint8Array): number {
  const size = accessible(kernel, space, address, bytes.length);
  const piece = bytes.subarray(0, size);
  switch (space.space) {
    case 'user':
      return processNamed(kernel, space.name).mm.write(address, piece) ? size : 0;
    case 'dma':
      eachFrame(deviceNamed(kernel, space.name), address, size, (physical, done, count) =>
        kernel.machine.memory.write(physical, piece.subarray(done, done + count)),
      );
      return size;
    case 'config': {
      const fn = deviceNamed(kernel, space.name);
      piece.forEach((byte, i) => fn.configWrite(Number(address) + i, 1, byte));
      return size;
    }
    case 'bar': {
      const fn = deviceNamed(kernel, space.name);
      eachWord(Number(address), size, (offset, done, width) =>
        fn.barWrite(space.index, offset, width, littleEndian(piece, done, width)),
      );
      return size;
    }
  }
}

/** How many of `count` bytes from the address on exist. */
function accessible(kernel: Kernel, space: MemorySpace, address: bigint, count: number): number {
  switch (space.space) {
    case 'user':
      return processNamed(kernel, space.name).mm.accessible(address, count, false);
    case 'dma': {
      let size = 0;
      const fn = deviceNamed(kernel, space.name);
      eachFrame(fn, address, count, (_physical, done, length) => {
        if (done === size) size = done + length;
      });
      return size;
    }
    case 'config':
      return within(BigInt(deviceNamed(kernel, space.name).configSize), address, count);
    case 'bar':
      return within(deviceNamed(kernel, space.name).bar(space.index)?.size ?? 0n, address, count);
  }
}

function within(size: bigint, address: bigint, count: number): number {
  if (address < 0n || address >= size) return 0;
  return Math.min(count, Number(size - address));
}

function readBytes(kernel: Kernel, space: MemorySpace, address: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  switch (space.space) {
    case 'user':
      return processNamed(kernel, space.name).mm.read(address, size) ?? bytes;
    case 'dma':
      eachFrame(deviceNamed(kernel, space.name), address, size, (physical, done, count) =>
        bytes.set(kernel.machine.memory.read(physical, count), done),
      );
      return bytes;
    case 'config': {
      const fn = deviceNamed(kernel, space.name);
      for (let i = 0; i < size; i++) bytes[i] = fn.configRead(Number(address) + i, 1);
      return bytes;
    }
    case 'bar': {
      const fn = deviceNamed(kernel, space.name);
      eachWord(Number(address), size, (offset, done, width) => {
        let value = fn.barRead(space.index, offset, width);
        for (let i = 0; i < width; i++, value = Math.floor(value / 256)) bytes[done + i] = value & 0xff;
      });
      return bytes;
    }
  }
}

/** Pieces of an IOVA range that are mapped. */
function eachFrame(
  fn: PciFunction,
  address: bigint,
  count: number,
  act: (physical: number, done: number, count: number) => void,
): void {
  const { iommu } = fn.machine;
  const table = iommu?.tableOf(fn);
  for (let done = 0; done < count;) {
    const at = address + BigInt(done);
    const inPage = Number(at % BigInt(pageBytes));
    const length = Math.min(count - done, pageBytes - inPage);
    const pfn = iommu === null ? Number(at >> 12n) : (table?.frameOf(Number(at >> 12n)) ?? -1);
    if (pfn >= 0) act(pfn * pageBytes + inPage, done, length);
    done += length;
  }
}

/** Registers are read and written four bytes at a time where that is possible. */
function eachWord(address: number, count: number, act: (offset: number, done: number, width: 1 | 4) => void): void {
  for (let done = 0; done < count;) {
    const width = (address + done) % 4 === 0 && count - done >= 4 ? 4 : 1;
    act(address + done, done, width);
    done += width;
  }
}

function littleEndian(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[offset + i]!;
  return value;
}

function processNamed(kernel: Kernel, name: string): NonNullable<ReturnType<Kernel['processes']['get']>> {
  const process = kernel.processes.get(name);
  if (process === undefined) throw new Error(`There is no process ${name} now`);
  return process;
}

function deviceNamed(kernel: Kernel, name: string): PciFunction {
  const fn = kernel.machine.function(name);
  if (fn === undefined) throw new Error(`There is no device ${name} now`);
  return fn;
}
