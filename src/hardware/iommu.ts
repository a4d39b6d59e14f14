import { Entity, JournaledList, JournaledMap, type Journal } from '../history';
import { PageTable, pageRead, pageWrite } from './page-table';
import type { PciFunction } from './pci-function';

/** VT-d fault reasons (VT-d 3.1, appendix A): no context entry, beyond the width, no write right, no read right. */
export const faultReason = { context: 2, width: 4, write: 5, read: 6 } as const;

/** A DMA that the IOMMU stopped. */
export interface IommuFault {
  readonly function: PciFunction;
  readonly iova: bigint;
  readonly write: boolean;
  /** One of {@link faultReason}; AMD-Vi reports its own event, with the same causes. */
  readonly reason: number;
}

/** First and last address of the interrupt window of x86: writes there are interrupt messages. */
export const msiWindow = { first: 0xfee00000n, last: 0xfeefffffn } as const;

/** An IOMMU: VT-d (`intel`) or AMD-Vi (`amd`). One stands before the whole of the machine's PCI segment. */
export class Iommu extends Entity {
  /** Faults in the order of their occurrence. */
  readonly faults: JournaledList<IommuFault>;
  private readonly contexts: JournaledMap<PciFunction, PageTable>;
  /** Whether it forces snooping (VT-d: snoop control; AMD-Vi always): `IOMMU_CAP_CACHE_COHERENCY`. */
  readonly cacheCoherency: boolean;

  constructor(
    journal: Journal,
    readonly kind: 'intel' | 'amd',
    /** Width of its addresses in bits: VT-d's maximum guest address width. */
    readonly width: number,
    readonly interruptRemapping: boolean,
  ) {
    super(journal);
    this.faults = new JournaledList(journal);
    this.contexts = new JournaledMap(journal);
    this.cacheCoherency = kind === 'amd';
  }

  /** Tables for a new domain. */
  createTable(): PageTable {
    return new PageTable(this.journal, this.kind === 'amd' ? 64 : this.width);
  }

  /** Points the function's context (device table) entry to a domain's tables; null: its DMA is blocked. */
  attach(fn: PciFunction, table: PageTable | null): void {
    this.contexts.get(fn)?.cached.clear();
    if (table === null) this.contexts.delete(fn);
    else this.contexts.set(fn, table);
  }

  tableOf(fn: PciFunction): PageTable | null {
    return this.contexts.get(fn) ?? null;
  }

  /**
   * Physical address for an access of the function; or the fault; or null for an access that is stopped silently:
   * the IOTLB knows the page from an earlier access, and its rights do not suffice.
   */
  translate(fn: PciFunction, iova: bigint, write: boolean): number | IommuFault | null {
    const table = this.contexts.get(fn);
    if (table === undefined) return { function: fn, iova, write, reason: faultReason.context };
    if (iova >> BigInt(table.width) !== 0n) return { function: fn, iova, write, reason: faultReason.width };
    const pfn = Number(iova >> 12n);
    const mapping = table.lookup(pfn);
    const reason = write ? faultReason.write : faultReason.read;
    if (mapping === undefined) return { function: fn, iova, write, reason };
    if ((mapping.prot & (write ? pageWrite : pageRead)) === 0) {
      return table.cached.has(mapping.iovaPfn) ? null : { function: fn, iova, write, reason };
    }
    table.cached.add(mapping.iovaPfn);
    return (mapping.pfn + (pfn - mapping.iovaPfn)) * 4096 + Number(iova & 0xfffn);
  }
}
