import { JournaledBlock, type Journal } from '../history';
import { register } from './registers';

export type AccessWidth = 1 | 2 | 4;

/** Size of conventional configuration space; PCI Express functions have {@link extendedConfigSize}. */
export const configSize = 256;
export const extendedConfigSize = 4096;

/**
 * Configuration space as the device keeps it: bytes, which bits a write changes, and which bits a written 1 clears.
 * Bytes behind the header that belong to no capability take every write, as on the recorded machines.
 */
export class ConfigSpace {
  private readonly block: JournaledBlock;
  /** Bits that writes change. */
  private readonly writable: Uint8Array;
  /** Bits that a written 1 clears. */
  private readonly clearing: Uint8Array;
  private lastExtended = 0;

  constructor(
    journal: Journal,
    readonly size: number,
  ) {
    this.block = new JournaledBlock(journal, new Uint8Array(size));
    this.writable = new Uint8Array(size);
    this.clearing = new Uint8Array(size);
    this.writable.fill(0xff, register.headerEnd);
    this.allow(register.command, 2, 0x0507);
    this.allowClear(register.status, 2, 0xf900);
    this.allow(register.cacheLineSize, 1, 0xff);
    this.allow(register.interruptLine, 1, 0xff);
  }

  /** The journaled bytes, for views and for "who wrote this". */
  get bytes(): JournaledBlock {
    return this.block;
  }

  /** Little-endian value; all ones past the end. */
  read(offset: number, width: AccessWidth): number {
    if (offset + width > this.size) return 2 ** (8 * width) - 1;
    return this.block.get(offset, width);
  }

  /** A write from the bus: read-only bits stay, writable bits change, and ones clear the bits that ones clear. */
  write(offset: number, width: AccessWidth, value: number): void {
    if (offset + width > this.size) return;
    let next = 0;
    for (let byte = width - 1; byte >= 0; byte--) {
      const written = Math.floor(value / 2 ** (8 * byte)) & 0xff;
      const mask = this.writable[offset + byte]!;
      const kept = (this.block.get(offset + byte, 1) & ~mask) | (written & mask);
      next = next * 256 + (kept & ~(written & this.clearing[offset + byte]!) & 0xff);
    }
    this.block.set(offset, width, next);
  }

  /** A change by the device itself, or the initial value. */
  set(offset: number, width: AccessWidth, value: number): void {
    this.block.set(offset, width, value);
  }

  /** The device sets and clears bits of its own. */
  change(offset: number, width: AccessWidth, clear: number, set: number): void {
    this.block.set(offset, width, ((this.block.get(offset, width) & ~clear) | set) >>> 0);
  }

  /** Lets writes change exactly the bits of `mask`. */
  allow(offset: number, width: AccessWidth, mask: number): void {
    for (let byte = 0; byte < width; byte++) this.writable[offset + byte] = (mask >>> (8 * byte)) & 0xff;
  }

  /** Lets a written 1 clear the bits of `mask`. */
  allowClear(offset: number, width: AccessWidth, mask: number): void {
    for (let byte = 0; byte < width; byte++) this.clearing[offset + byte] = (mask >>> (8 * byte)) & 0xff;
  }

  /** Bits of a word that writes can change in some way. */
  changeable(offset: number, width: AccessWidth): number {
    let mask = 0;
    for (let byte = width - 1; byte >= 0; byte--) {
      mask = mask * 256 + (this.writable[offset + byte]! | this.clearing[offset + byte]!);
    }
    return mask;
  }

  /**
   * Puts a capability at `offset`, at the head of the list; its bytes become read-only until {@link allow} says
   * otherwise.
   */
  addCapability(id: number, offset: number, length: number): number {
    this.reserve(offset, length);
    this.set(offset, 1, id);
    this.set(offset + 1, 1, this.read(register.capabilities, 1));
    this.set(register.capabilities, 1, offset);
    this.change(register.status, 2, 0, 0x0010);
    return offset;
  }

  /** Puts an extended capability at `offset`, at the end of the list; the first one stands at 0x100. */
  addExtendedCapability(id: number, version: number, offset: number, length: number): number {
    this.reserve(offset, length);
    this.set(offset, 4, id | (version << 16));
    if (this.lastExtended !== 0)
      this.set(this.lastExtended + 2, 2, (offset << 4) | (this.read(this.lastExtended + 2, 1) & 0xf));
    this.lastExtended = offset;
    return offset;
  }

  /** Makes a range read-only. */
  reserve(offset: number, length: number): void {
    this.writable.fill(0, offset, offset + length);
    this.clearing.fill(0, offset, offset + length);
  }

  /** Offset of a capability, or 0. */
  capability(id: number): number {
    if ((this.read(register.status, 2) & 0x0010) === 0) return 0;
    let offset = this.read(register.capabilities, 1) & 0xfc;
    for (let left = 48; offset !== 0 && left > 0; left--) {
      if (this.read(offset, 1) === id) return offset;
      offset = this.read(offset + 1, 1) & 0xfc;
    }
    return 0;
  }

  /** Offset of an extended capability, or 0. */
  extendedCapability(id: number): number {
    if (this.size <= configSize) return 0;
    let offset = configSize;
    for (let left = 480; offset !== 0 && left > 0; left--) {
      const header = this.read(offset, 4);
      if (header === 0) return 0;
      if ((header & 0xffff) === id) return offset;
      offset = (header >>> 20) & 0xffc;
    }
    return 0;
  }
}
