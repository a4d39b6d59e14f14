import type { ConfigSpace } from '../config-space';
import { capabilityId } from '../registers';

const enableBit = 0x1;
const is64Bit = 0x80;
const maskableBit = 0x100;

export interface MsiLayout {
  readonly offset: number;
  /** Vectors that it can send: 1, 2, 4, … 32. */
  readonly vectors: number;
  readonly is64: boolean;
  readonly maskable: boolean;
}

/** Lays out an MSI capability (PCI 3.0, 6.8.1) and says which of its bits software may write. */
export function addMsi(space: ConfigSpace, layout: MsiLayout): void {
  const { offset, is64, maskable } = layout;
  const dataOffset = offset + (is64 ? 12 : 8);
  space.addCapability(capabilityId.msi, offset, 10 + (is64 ? 4 : 0) + (maskable ? 10 : 0));
  const flags = (Math.log2(layout.vectors) << 1) | (is64 ? is64Bit : 0) | (maskable ? maskableBit : 0);
  space.set(offset + 2, 2, flags);
  space.allow(offset + 2, 2, 0x70 | enableBit);
  space.allow(offset + 4, 4, 0xfffffffc);
  if (is64) space.allow(offset + 8, 4, 0xffffffff);
  space.allow(dataOffset, 2, 0xffff);
  if (maskable) space.allow(dataOffset + 4, 4, layout.vectors === 32 ? 0xffffffff : 2 ** layout.vectors - 1);
}

/** The MSI capability of a function, read from its configuration space. */
export class Msi {
  constructor(
    private readonly space: ConfigSpace,
    /** Offset of the capability. */
    readonly offset: number,
  ) {}

  private get flags(): number {
    return this.space.read(this.offset + 2, 2);
  }

  /** Vectors that it can send at most. */
  get vectors(): number {
    return 1 << ((this.flags >>> 1) & 7);
  }

  get enabled(): boolean {
    return (this.flags & enableBit) !== 0;
  }

  /** Vectors that software enabled (multiple message enable). */
  get enabledVectors(): number {
    return 1 << Math.min((this.flags >>> 4) & 7, 5);
  }

  get is64(): boolean {
    return (this.flags & is64Bit) !== 0;
  }

  get maskable(): boolean {
    return (this.flags & maskableBit) !== 0;
  }

  /** Whether the vector's mask bit is set. */
  masked(vector: number): boolean {
    return this.maskable && ((this.space.read(this.maskOffset, 4) >>> vector) & 1) !== 0;
  }

  /** Notes a message that a mask held back. */
  setPending(vector: number, pending: boolean): void {
    const bit = 2 ** vector;
    this.space.change(this.maskOffset + 4, 4, bit, pending ? bit : 0);
  }

  pending(vector: number): boolean {
    return this.maskable && ((this.space.read(this.maskOffset + 4, 4) >>> vector) & 1) !== 0;
  }

  reset(): void {
    this.space.set(this.offset + 2, 2, this.flags & ~(0x70 | enableBit));
    this.space.set(this.offset + 4, 4, 0);
    if (this.is64) this.space.set(this.offset + 8, 4, 0);
    this.space.set(this.offset + (this.is64 ? 12 : 8), 2, 0);
    if (!this.maskable) return;
    this.space.set(this.maskOffset, 4, 0);
    this.space.set(this.maskOffset + 4, 4, 0);
  }

  private get maskOffset(): number {
    return this.offset + (this.is64 ? 16 : 12);
  }
}
