/** Event of a container: a mapping goes (`VFIO_IOMMU_NOTIFY_DMA_UNMAP`). */
export const VFIO_IOMMU_NOTIFY_DMA_UNMAP = 1;
/** Event of a group: it belongs to a virtual machine from now on, or no longer (`VFIO_GROUP_NOTIFY_SET_KVM`). */
export const VFIO_GROUP_NOTIFY_SET_KVM = 1;

/** What comes with DMA_UNMAP (`struct vfio_iommu_type1_dma_unmap`): the whole mapping, in bytes. */
export interface UnmapNotice {
  readonly iova: bigint;
  readonly size: bigint;
}

/** Somebody inside the kernel who hears of events (`struct notifier_block`). */
export interface NotifierBlock {
  /** @param data with DMA_UNMAP an {@link UnmapNotice}, with SET_KVM the virtual machine or null */
  notify(event: number, data: unknown): void;
}
