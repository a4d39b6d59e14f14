import type { Device } from '../driver-core';
import { msiWindow, type Iommu } from '../../hardware';
import { pageShift } from '../mm/vma';

/** `IOMMU_RESV_*`. Direct regions are mapped one to one; relaxable ones no longer need to be once the OS runs. */
export type ReservedType = 'direct' | 'direct-relaxable' | 'reserved' | 'msi' | 'software-msi';

/** IOVAs that are not free for use (`struct iommu_resv_region`); all ends inclusive. */
export interface ReservedRegion {
  /** First and last address. */
  readonly start: bigint;
  readonly end: bigint;
  /** The same as page numbers. */
  readonly startPage: number;
  readonly endPage: number;
  readonly type: ReservedType;
}

function region(start: bigint, end: bigint, type: ReservedType): ReservedRegion {
  return { start, end, startPage: Number(start >> pageShift), endPage: Number(end >> pageShift), type };
}

/** Messages to the local APICs: the IOMMU takes writes there for interrupts. */
const interruptWindow = region(msiWindow.first, msiWindow.last, 'msi');
/** The first 16 MiB, which VT-d keeps mapped for ISA bridges because of floppy controllers. */
const isaWindow = region(0n, 0xff_ffffn, 'direct-relaxable');
/** HyperTransport's own addresses on AMD. */
const hyperTransport = region(0xfd_0000_0000n, 0xff_ffff_ffffn, 'reserved');

const isaBridgeClass = 0x0601;

/** `iommu_get_resv_regions` of one device. */
function deviceRegions(iommu: Iommu, device: Device): readonly ReservedRegion[] {
  if (iommu.kind === 'amd') return [interruptWindow, hyperTransport];
  return device.pci.classCode >>> 8 === isaBridgeClass ? [isaWindow, interruptWindow] : [interruptWindow];
}

/** `iommu_get_group_resv_regions`: of all devices, by ascending address, each only once. */
export function groupRegions(iommu: Iommu, devices: Iterable<Device>): ReservedRegion[] {
  const regions: ReservedRegion[] = [];
  for (const device of devices) {
    // A bus without IOMMU, as that of mediated devices, has no regions.
    if (!device.isPci) continue;
    for (const reserved of deviceRegions(iommu, device)) {
      if (!regions.includes(reserved)) regions.push(reserved);
    }
  }
  return regions.sort((a, b) => a.startPage - b.startPage);
}
