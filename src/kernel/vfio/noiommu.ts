import { EINVAL, ENOTTY, EPERM } from '../errno';
import type { IommuGroup } from '../iommu/group';
import type { Kernel } from '../kernel';
import type { Process } from '../process';
import { VFIO_NOIOMMU_IOMMU } from '../uapi';
import type { VfioIommuData, VfioIommuDriver } from './iommu-driver';

/** The mark on groups that vfio made for devices without IOMMU. */
export const noiommuMark: object = Object.freeze({ name: 'noiommu' });

/** The backend for devices that have no IOMMU (`vfio_noiommu_ops`): it maps nothing. */
export class NoiommuDriver implements VfioIommuDriver {
  readonly name = 'vfio-noiommu';
  readonly noiommu = true;

  constructor(private readonly kernel: Kernel) {}

  checkExtension(_data: VfioIommuData | null, extension: bigint): number {
    return this.kernel.vfio.noiommuMode.on && extension === BigInt(VFIO_NOIOMMU_IOMMU) ? 1 : 0;
  }

  open(process: Process, type: bigint): VfioIommuData | number {
    const { story } = this.kernel;
    if (type !== BigInt(VFIO_NOIOMMU_IOMMU)) {
      return story.refuse('vfio_noiommu_open/1', EINVAL, () => `type ${type} is not VFIO_NOIOMMU_IOMMU`);
    }
    if (!process.capable('sys_rawio')) {
      return story.refuse('vfio_noiommu_open/2', EPERM, () => 'the caller lacks CAP_SYS_RAWIO');
    }
    return new NoiommuData(this.kernel);
  }
}

class NoiommuData implements VfioIommuData {
  constructor(private readonly kernel: Kernel) {}

  ioctl(): number {
    return this.kernel.story.refuse('vfio_noiommu_ioctl/1', ENOTTY, () => 'without IOMMU there is nothing to map');
  }

  attachGroup(_process: Process, group: IommuGroup): number {
    if (group.iommudata === noiommuMark) return 0;
    return this.kernel.story.refuse('vfio_noiommu_attach_group/1', EINVAL, () => `group ${group.id} has an IOMMU`);
  }

  detachGroup(): void {
    // Attaching did nothing either.
  }

  release(): void {
    // There is nothing to give back.
  }
}
