import { entity, type Journal } from '../../history';
import type { PageTable } from '../../hardware';

/** `IOMMU_READ`, `IOMMU_WRITE`, `IOMMU_CACHE` of `include/linux/iommu.h`. */
export const IOMMU_READ = 1;
export const IOMMU_WRITE = 2;
export const IOMMU_CACHE = 4;

/** What an IOMMU driver says of the domains that it makes. */
export interface DomainTraits {
  /** Sizes in bytes that one `map` operation may have, one bit each (`pgsize_bitmap`). */
  readonly pageSizes: bigint;
  /** Last page of the aperture (`geometry.aperture_end`). */
  readonly apertureEndPage: number;
  /** First I/O page that the tables cannot reach although the aperture claims it. */
  readonly limitPage: number;
}

/** An address space for DMA (`struct iommu_domain`). */
export class IommuDomain extends entity({
  /** Groups that use it. */
  users: 0,
}) {
  constructor(
    journal: Journal,
    /** `IOMMU_DOMAIN_DMA` for the kernel's own drivers, `IOMMU_DOMAIN_UNMANAGED` for vfio. */
    readonly type: 'DMA' | 'unmanaged',
    readonly table: PageTable,
    readonly traits: DomainTraits,
  ) {
    super(journal);
  }
}
