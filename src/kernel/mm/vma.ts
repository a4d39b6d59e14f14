import { entity, type Journal } from '../../history';
import type { OpenFile } from '../file';

/** Bytes per page, `PAGE_SIZE`. */
export const pageSize = 4096;
/** Address bits below the page number, `PAGE_SHIFT`. */
export const pageShift = 12n;
/** Pages in a huge page of 2 MiB. */
export const hugePages = 512;

/** Device memory that a process has mapped: what its loads and stores reach. */
export interface IoMemory {
  /** A load of `width` bytes at `offset` bytes from the start of this memory, little-endian value. */
  read(offset: number, width: 1 | 2 | 4): number;
  /** A store of `width` bytes. */
  write(offset: number, width: 1 | 2 | 4, value: number): void;
}

/** Access rights of an area: `PROT_READ`, `PROT_WRITE`. */
export interface Protection {
  readonly read: boolean;
  readonly write: boolean;
}

/** What an area is made of; fixed when it is mapped. */
export interface VmaOrigin {
  /** Anonymous pages, 2 MiB pages of the huge page pool, or whatever the file's `mmap` gives. */
  readonly kind: 'anonymous' | 'hugetlb' | 'file';
  /** `MAP_SHARED`. */
  readonly shared: boolean;
  /** Holds one reference of it; null for anonymous memory. */
  readonly file: OpenFile | null;
}

/**
 * A memory area of a process (`struct vm_area_struct`). Starts and ends are page numbers.
 *
 * A file's `mmap` operation looks at `startPage`, `endPage`, `pgoff`, `origin` and the protection, and calls
 * {@link remapPfnRange} when it accepts.
 */
export class Vma extends entity({
  startPage: 0,
  /** First page behind the area. */
  endPage: 0,
  read: false,
  write: false,
  /** `vm_pgoff`: the offset given to `mmap` in pages; of a PFN map the first page frame number. */
  pgoff: 0,
  /** `VM_PFNMAP | VM_IO`: page frames without pages behind them; they cannot be pinned. */
  pfnMap: false,
  /** First page frame of a PFN map. */
  firstPfn: 0,
  /** What accesses to a PFN map reach. */
  io: null as IoMemory | null,
  /** Offset in `io` of the area's first byte. */
  ioOffset: 0,
}) {
  constructor(
    journal: Journal,
    startPage: number,
    endPage: number,
    protection: Protection,
    readonly origin: VmaOrigin,
  ) {
    super(journal);
    this.startPage = startPage;
    this.endPage = endPage;
    this.read = protection.read;
    this.write = protection.write;
  }

  /** Length in pages. */
  get pages(): number {
    return this.endPage - this.startPage;
  }

  /** Address of the first byte. */
  get start(): bigint {
    return BigInt(this.startPage) << pageShift;
  }

  /** Address behind the last byte. */
  get end(): bigint {
    return BigInt(this.endPage) << pageShift;
  }

  /**
   * `remap_pfn_range` over the whole area: page frames from `pfn`, all present at once.
   * @param io what loads and stores reach, from `ioOffset` bytes on
   * @param pgoff `vm_pgoff` afterwards. vfio-pci and most drivers set it to `pfn`; `/dev/hpet` leaves 0.
   */
  remapPfnRange(pfn: number, io: IoMemory, ioOffset: number, pgoff = pfn): void {
    this.pfnMap = true;
    this.firstPfn = pfn;
    this.io = io;
    this.ioOffset = ioOffset;
    this.pgoff = pgoff;
  }
}
