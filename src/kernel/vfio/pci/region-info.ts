import { EFAULT, EINVAL } from '../../errno';
import { command } from '../../pci/registers';
import type { Process } from '../../process';
import {
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_ROM_REGION_INDEX,
  VFIO_PCI_VGA_REGION_INDEX,
  VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
  VFIO_REGION_INFO_FLAG_CAPS,
  VFIO_REGION_INFO_FLAG_MMAP,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
  regionOffset,
  vgaRegionSize,
} from '../../uapi';
import { copyFromUser, copyToUser, type UserArgument } from '../../user-memory';
import type { VfioPciDevice } from './device';
import { mapRom, unmapRom } from './rom';

/** `sizeof(struct vfio_region_info)`, and of a capability header, which is all of MSIX_MAPPABLE. */
const infoSize = 32;
const capabilitySize = 8;

interface Region {
  readonly flags: number;
  readonly size: bigint;
  /** The BAR holds the MSI-X table and may be mapped with it. */
  readonly msixMappable: boolean;
}

/** VFIO_DEVICE_GET_REGION_INFO. */
export function getRegionInfo(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, infoSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/4', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  if (argsz < infoSize) return story.refuse('vfio_pci_ioctl/5', EINVAL, () => `argsz ${argsz} is below ${infoSize}`);
  const index = given.getUint32(8, true);
  const region = describe(vdev, index);
  if (typeof region === 'number') return region;
  const out = new DataView(new ArrayBuffer(infoSize));
  for (let offset = 0; offset < infoSize; offset += 4) out.setUint32(offset, given.getUint32(offset, true), true);
  out.setUint32(4, region.flags, true);
  out.setBigUint64(16, region.size, true);
  out.setBigUint64(24, regionOffset(index), true);
  if (region.msixMappable && !addCapability(process, argument, out, argsz)) {
    return story.refuse('vfio_pci_ioctl/11', EFAULT, () => 'the capabilities are not writable');
  }
  if (copyToUser(process, argument, new Uint8Array(out.buffer))) return 0;
  return story.refuse('vfio_pci_ioctl/12', EFAULT, () => 'the structure is not writable');
}

function describe(vdev: VfioPciDevice, index: number): Region | number {
  const { story } = vdev.kernel;
  const readWrite = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
  if (index < VFIO_PCI_ROM_REGION_INDEX) return describeBar(vdev, index);
  switch (index) {
    case VFIO_PCI_ROM_REGION_INDEX:
      return describeRom(vdev);
    case VFIO_PCI_CONFIG_REGION_INDEX:
      return { flags: readWrite, size: BigInt(vdev.pdev.configSize), msixMappable: false };
    case VFIO_PCI_VGA_REGION_INDEX:
      if (!vdev.hasVga) return story.refuse('vfio_pci_ioctl/7', EINVAL, () => 'the device is no VGA controller');
      return { flags: readWrite, size: BigInt(vgaRegionSize), msixMappable: false };
    default:
      return story.refuse('vfio_pci_ioctl/8', EINVAL, () => `there is no region ${index}`);
  }
}

function describeBar(vdev: VfioPciDevice, index: number): Region {
  const size = vdev.resourceLength(index);
  if (size === 0n) return { flags: 0, size, msixMappable: false };
  const mappable = (vdev.mappable & (1 << index)) !== 0;
  const flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | (mappable ? VFIO_REGION_INFO_FLAG_MMAP : 0);
  return { flags, size, msixMappable: mappable && index === vdev.msixBar };
}

/** A ROM BAR without an image in it is not reported. Looking needs memory decoding. */
function describeRom(vdev: VfioPciDevice): Region {
  const { pdev } = vdev;
  const size = vdev.resourceLength(VFIO_PCI_ROM_REGION_INDEX);
  if (size === 0n) return { flags: 0, size, msixMappable: false };
  const before = pdev.read(0x04, 2);
  pdev.write(0x04, 2, before | command.memory);
  const image = mapRom(pdev);
  if (image > 0) unmapRom(pdev);
  pdev.write(0x04, 2, before);
  return { flags: image > 0 ? VFIO_REGION_INFO_FLAG_READ : 0, size: image > 0 ? size : 0n, msixMappable: false };
}

/** Appends the capability when the caller left room for it; else says how much is needed. False: EFAULT. */
function addCapability(process: Process, argument: UserArgument, out: DataView, argsz: number): boolean {
  out.setUint32(4, out.getUint32(4, true) | VFIO_REGION_INFO_FLAG_CAPS, true);
  if (argsz < infoSize + capabilitySize) {
    out.setUint32(0, infoSize + capabilitySize, true);
    out.setUint32(12, 0, true);
    return true;
  }
  const header = new DataView(new ArrayBuffer(capabilitySize));
  header.setUint16(0, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, true);
  header.setUint16(2, 1, true);
  out.setUint32(12, infoSize, true);
  return copyToUser(process, argument, new Uint8Array(header.buffer), infoSize);
}
