import { EINVAL } from '../../errno';
import type { Kernel } from '../../kernel';
import type { ModuleParameter } from '../../module-parameters';
import type { Process } from '../../process';
import {
  dmaEntryLimitDefault,
  VFIO_DMA_CC_IOMMU,
  VFIO_TYPE1_IOMMU,
  VFIO_TYPE1_NESTING_IOMMU,
  VFIO_TYPE1v2_IOMMU,
} from '../../uapi';
import type { VfioIommuData, VfioIommuDriver } from '../iommu-driver';
import { Type1Iommu } from './iommu';

/** Models by the number that VFIO_SET_IOMMU takes. */
const models: ReadonlyMap<bigint, 'type1' | 'type1v2' | 'nesting'> = new Map([
  [BigInt(VFIO_TYPE1_IOMMU), 'type1'],
  [BigInt(VFIO_TYPE1v2_IOMMU), 'type1v2'],
  [BigInt(VFIO_TYPE1_NESTING_IOMMU), 'nesting'],
]);

/** `vfio_iommu_type1`: the backend for IOMMUs with page tables that map and unmap at any time. */
export class Type1Driver implements VfioIommuDriver {
  readonly name = 'vfio-iommu-type1';
  readonly noiommu = false;
  readonly allowUnsafeInterrupts: ModuleParameter;
  readonly disableHugepages: ModuleParameter;
  readonly dmaEntryLimit: ModuleParameter;

  constructor(readonly kernel: Kernel) {
    const module = 'vfio_iommu_type1';
    this.allowUnsafeInterrupts = kernel.parameters.register(module, 'allow_unsafe_interrupts', 'bool', 0);
    this.disableHugepages = kernel.parameters.register(module, 'disable_hugepages', 'bool', 0);
    this.dmaEntryLimit = kernel.parameters.register(module, 'dma_entry_limit', 'uint', dmaEntryLimitDefault);
  }

  /** VFIO_CHECK_EXTENSION: 1 for the models; for VFIO_DMA_CC_IOMMU whether all domains of the container snoop. */
  checkExtension(data: VfioIommuData | null, extension: bigint): number {
    if (models.has(extension)) return 1;
    return extension === BigInt(VFIO_DMA_CC_IOMMU) && data instanceof Type1Iommu && data.coherent ? 1 : 0;
  }

  /** `vfio_iommu_type1_open`. */
  open(_process: Process, type: bigint): VfioIommuData | number {
    const model = models.get(type);
    if (model === undefined) {
      return this.kernel.story.refuse('vfio_iommu_type1_open/2', EINVAL, () => `type1 is not model ${type}`);
    }
    return new Type1Iommu(this, model);
  }
}
