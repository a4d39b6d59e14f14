/** Numbers of drivers/vfio that user space does not see by name, but meets. Names are the kernel's own where it has one. */

/** The offset of a region on a device file is its index shifted left by this (`vfio_pci_private.h`). */
export const VFIO_PCI_OFFSET_SHIFT = 40;
/** Bits of a device file's offset that lie inside the region. */
export const VFIO_PCI_OFFSET_MASK = (1n << 40n) - 1n;
export const VFIO_PLATFORM_OFFSET_SHIFT = 40;

// Offsets of a PCI device's regions on its file: index << VFIO_PCI_OFFSET_SHIFT.
/** Offset on the device file of the region with this index (0 for BAR0, 7 for configuration space). */
export function regionOffset(index: number): bigint {
  return BigInt(index) << BigInt(VFIO_PCI_OFFSET_SHIFT);
}

// Values of `pci_config_map` for bytes that belong to no capability or to one the driver made up
export const PCI_CAP_ID_INVALID = 0xff;
export const PCI_CAP_ID_INVALID_VIRT = 0xfe;

/** ioeventfds of one device at most; one more is ENOSPC. */
export const VFIO_PCI_IOEVENTFD_MAX = 1000;
/** Pages that a mediated device may pin in one go (4 KiB pages, 64 bit). */
export const VFIO_PIN_PAGES_MAX_ENTRIES = 512;
/** Unmapped pieces after which type1 flushes the IOMMU's TLB and unpins. */
export const VFIO_IOMMU_TLB_SYNC_MAX = 512;
/** Default of the parameter `dma_entry_limit`: mappings of one container (U16_MAX). */
export const dmaEntryLimitDefault = 65535;

// Notifiers between vfio and mediated device drivers (`linux/vfio.h`)
export const VFIO_IOMMU_NOTIFY = 0;
export const VFIO_GROUP_NOTIFY = 1;
export const VFIO_IOMMU_NOTIFY_DMA_UNMAP = 1 << 0;
export const VFIO_GROUP_NOTIFY_SET_KVM = 1 << 0;

/** Minor number of `/dev/vfio/vfio` (misc devices have major 10). */
export const VFIO_MINOR = 196;
/** Minor numbers for groups (MINORMASK + 1). */
export const groupMinors = 1 << 20;
/** Milliseconds between two requests to a user to give a device back (`vfio_del_group_dev`). */
export const requestInterval = 10_000;
/** Number of the taint that no-IOMMU use leaves: letter U. */
export const TAINT_USER = 6;
/** BARs of a PCI function. */
export const PCI_STD_NUM_BARS = 6;
/** Characters of a UUID in text. */
export const UUID_STRING_LEN = 36;

/** Size in bytes that the ROM region of a device with a shadow ROM reports. */
export const shadowRomSize = 0x20000;
/** Size in bytes of the VGA region. */
export const vgaRegionSize = 0xc0000;
/** Least size in bytes of the IGD OpRegion. */
export const igdOpRegionMinimum = 0x2000;
/** Size in bytes of the kernel's window to the ATSD registers of an NPU2. */
export const npu2AtsdWindow = 0x10000;
