import { JournaledBlock } from '../../history';
import type { AccessWidth } from '../config-space';
import { DeviceModel } from '../device-model';
import type { PciFunction } from '../pci-function';

/**
 * A device whose registers are storage, apart from those a subclass knows better. Blocks are made for the given
 * sizes; what lies behind reads as 0 and takes no write.
 */
export class RegistersModel extends DeviceModel {
  private readonly blocks: ReadonlyMap<number, JournaledBlock>;

  constructor(
    fn: PciFunction,
    /** Bytes of registers by BAR. */
    sizes: Readonly<Record<number, number>> = {},
  ) {
    super(fn);
    this.blocks = new Map(
      Object.entries(sizes).map(([bar, size]) => [Number(bar), new JournaledBlock(fn.journal, new Uint8Array(size))]),
    );
    this.powerOn();
  }

  override read(bar: number, offset: number, width: AccessWidth): number {
    const block = this.blocks.get(bar);
    return block !== undefined && offset + width <= block.length ? block.get(offset, width) : 0;
  }

  override write(bar: number, offset: number, width: AccessWidth, value: number): void {
    const block = this.blocks.get(bar);
    if (block !== undefined && offset + width <= block.length) block.set(offset, width, value);
  }

  override reset(): void {
    for (const block of this.blocks.values()) {
      for (let offset = 0; offset < block.length; offset += 4) block.set(offset, 4, 0);
    }
    this.powerOn();
  }

  /** Values after power-on that are not 0. */
  protected powerOn(): void {
    // All registers start at 0.
  }

  /** Sets a register whatever its rules for writes. */
  protected put(bar: number, offset: number, value: number): void {
    this.blocks.get(bar)!.set(offset, 4, value);
  }
}

/** A device without registers of its own: bridges and the chipset's functions. */
export class BareModel extends DeviceModel {
  override read(_bar: number, _offset: number, _width: AccessWidth): number {
    return 0;
  }

  override write(): void {
    // Nothing is behind its BARs.
  }

  override reset(): void {
    // It has no state.
  }
}
