import { JournaledBlock, type Journal } from '../../history';
import type { AccessWidth, ConfigSpace } from '../config-space';
import { capabilityId } from '../registers';

const entrySize = 16;
const controlOffset = 12;
const enableBit = 0x8000;
const maskAllBit = 0x4000;

export interface MsixLayout {
  readonly offset: number;
  readonly vectors: number;
  readonly table: { readonly bar: number; readonly offset: number };
  readonly pending: { readonly bar: number; readonly offset: number };
}

/** Lays out an MSI-X capability (PCI 3.0, 6.8.2). Its table starts with all vectors masked. */
export function addMsix(space: ConfigSpace, layout: MsixLayout): void {
  const { offset } = layout;
  space.addCapability(capabilityId.msix, offset, 12);
  space.set(offset + 2, 2, layout.vectors - 1);
  space.allow(offset + 2, 2, enableBit | maskAllBit);
  space.set(offset + 4, 4, layout.table.offset | layout.table.bar);
  space.set(offset + 8, 4, layout.pending.offset | layout.pending.bar);
}

/** The MSI-X capability of a function with its table and pending bits, which stand in a BAR. */
export class Msix {
  readonly vectors: number;
  readonly tableBar: number;
  readonly tableOffset: number;
  readonly pendingBar: number;
  readonly pendingOffset: number;
  private readonly table: JournaledBlock;
  private readonly pendingBits: JournaledBlock;

  constructor(
    journal: Journal,
    private readonly space: ConfigSpace,
    /** Offset of the capability. */
    readonly offset: number,
  ) {
    this.vectors = (space.read(offset + 2, 2) & 0x7ff) + 1;
    const table = space.read(offset + 4, 4);
    const pending = space.read(offset + 8, 4);
    this.tableBar = table & 7;
    this.tableOffset = table - this.tableBar;
    this.pendingBar = pending & 7;
    this.pendingOffset = pending - this.pendingBar;
    this.table = new JournaledBlock(journal, new Uint8Array(this.vectors * entrySize));
    this.pendingBits = new JournaledBlock(journal, new Uint8Array(Math.ceil(this.vectors / 64) * 8));
    this.maskVectors();
  }

  /** Bytes of the table. */
  get tableSize(): number {
    return this.table.length;
  }

  get enabled(): boolean {
    return (this.space.read(this.offset + 2, 2) & enableBit) !== 0;
  }

  get maskedAll(): boolean {
    return (this.space.read(this.offset + 2, 2) & maskAllBit) !== 0;
  }

  /** Whether the vector's own mask bit is set. */
  masked(vector: number): boolean {
    return (this.table.get(vector * entrySize + controlOffset, 4) & 1) !== 0;
  }

  /** Programs an entry, as the kernel does through the mapped BAR. */
  setEntry(vector: number, entry: { address: bigint; data: number; masked: boolean }): void {
    const at = vector * entrySize;
    this.table.set(at, 4, Number(entry.address & 0xffffffffn));
    this.table.set(at + 4, 4, Number(entry.address >> 32n));
    this.table.set(at + 8, 4, entry.data);
    this.table.set(at + controlOffset, 4, entry.masked ? 1 : 0);
  }

  pending(vector: number): boolean {
    return (this.pendingBits.get(vector >>> 3, 1) & (1 << (vector & 7))) !== 0;
  }

  setPending(vector: number, pending: boolean): void {
    const bit = 1 << (vector & 7);
    const old = this.pendingBits.get(vector >>> 3, 1);
    this.pendingBits.set(vector >>> 3, 1, pending ? old | bit : old & ~bit);
  }

  /** Whether the access lies in the table or the pending bits. */
  covers(bar: number, offset: number): 'table' | 'pending' | null {
    if (bar === this.tableBar && offset >= this.tableOffset && offset < this.tableOffset + this.table.length)
      return 'table';
    const pendingEnd = this.pendingOffset + this.pendingBits.length;
    return bar === this.pendingBar && offset >= this.pendingOffset && offset < pendingEnd ? 'pending' : null;
  }

  read(where: 'table' | 'pending', offset: number, width: AccessWidth): number {
    const block = where === 'table' ? this.table : this.pendingBits;
    const at = offset - (where === 'table' ? this.tableOffset : this.pendingOffset);
    return at + width <= block.length ? block.get(at, width) : 0;
  }

  /** Pending bits are read-only. @returns the vector whose entry changed, or -1 */
  write(where: 'table' | 'pending', offset: number, width: AccessWidth, value: number): number {
    const at = offset - this.tableOffset;
    if (where === 'pending' || at + width > this.table.length) return -1;
    this.table.set(at, width, value);
    return Math.floor(at / entrySize);
  }

  reset(): void {
    this.space.change(this.offset + 2, 2, enableBit | maskAllBit, 0);
    for (let at = 0; at < this.table.length; at += 4) this.table.set(at, 4, 0);
    for (let at = 0; at < this.pendingBits.length; at += 4) this.pendingBits.set(at, 4, 0);
    this.maskVectors();
  }

  private maskVectors(): void {
    for (let vector = 0; vector < this.vectors; vector++) this.table.set(vector * entrySize + controlOffset, 4, 1);
  }
}
