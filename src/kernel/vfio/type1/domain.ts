import { entity, JournaledList, type Journal } from '../../../history';
import type { IommuDomain } from '../../iommu/domain';
import type { IommuGroup } from '../../iommu/group';

/** An IOMMU domain of a container, with the groups that use it (`struct vfio_domain`). */
export class Type1Domain extends entity({
  /** `IOMMU_CACHE` when its DMA snoops caches, or 0. */
  prot: 0,
  /** Pages of any power of two are one entry: only single pages are unmapped without looking ahead (`fgsp`). */
  fineGrainedSuperpages: false,
}) {
  /** The newest first. */
  readonly groups: JournaledList<IommuGroup>;

  constructor(
    journal: Journal,
    readonly domain: IommuDomain,
  ) {
    super(journal);
    this.groups = new JournaledList(journal);
  }
}
