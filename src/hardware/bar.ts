/** Linux `IORESOURCE_*` flags, as the third column of sysfs `resource` shows them. */
const ioresource = {
  io: 0x100,
  memory: 0x200,
  prefetch: 0x2000,
  readonly: 0x4000,
  sizealign: 0x40000,
  memory64: 0x100000,
};

/** What is fixed about a BAR. */
export interface BarShape {
  /** 0 to 5, or 6 for the expansion ROM, as `VFIO_PCI_*_REGION_INDEX` counts. */
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  /** Bytes, a power of two. */
  readonly size: bigint;
  /** Takes the next BAR's register for the upper half of its address. */
  readonly is64: boolean;
  readonly prefetchable: boolean;
}

/** A base address register: its shape, and where the function's configuration space keeps it. */
export class Bar implements BarShape {
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  readonly size: bigint;
  readonly is64: boolean;
  readonly prefetchable: boolean;

  constructor(
    shape: BarShape,
    /** Offset of its register in configuration space. */
    readonly register: number,
    /** Where Linux holds the resource: assigned while the machine starts, and never moved afterwards. */
    public start: bigint,
  ) {
    this.index = shape.index;
    this.kind = shape.kind;
    this.size = shape.size;
    this.is64 = shape.is64;
    this.prefetchable = shape.prefetchable;
  }

  /** Last address, inclusive. */
  get end(): bigint {
    return this.start + this.size - 1n;
  }

  /** The low bits of the register that tell the kind: 1 for ports; 4 for 64 bits, 8 for prefetchable memory. */
  get lowBits(): number {
    if (this.kind === 'io') return 1;
    if (this.kind === 'rom') return 0;
    return (this.is64 ? 4 : 0) | (this.prefetchable ? 8 : 0);
  }

  /** `flags` of the Linux resource: the kind, the register's low bits, and `IORESOURCE_SIZEALIGN`. */
  get flags(): number {
    if (this.kind === 'io') return ioresource.sizealign | ioresource.io | this.lowBits;
    if (this.kind === 'rom')
      return ioresource.sizealign | ioresource.memory | ioresource.prefetch | ioresource.readonly;
    return (
      ioresource.sizealign |
      ioresource.memory |
      (this.prefetchable ? ioresource.prefetch : 0) |
      (this.is64 ? ioresource.memory64 : 0) |
      this.lowBits
    );
  }
}
