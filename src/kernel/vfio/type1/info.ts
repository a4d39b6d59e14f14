import type { Process } from '../../process';
import { VFIO_IOMMU_INFO_CAPS, VFIO_IOMMU_INFO_PGSIZES, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE } from '../../uapi';
import { EFAULT, EINVAL } from '../../errno';
import type { Story } from '../../story';
import { copyFromUser, copyToUser, type UserArgument } from '../../user-memory';
import type { IovaList } from './iova-list';

/** Least `argsz`: up to `iova_pgsizes`. */
const minimumSize = 16;
/** Up to `cap_offset`. */
const sizeWithOffset = 20;
/** `sizeof(struct vfio_iommu_type1_info)`: capabilities stand behind it. */
const infoSize = 24;
const capabilityHeaderSize = 16;
const rangeSize = 16;

/** VFIO_IOMMU_GET_INFO: page sizes, and the valid IOVA ranges as a capability when there is room. */
export function getInfo(
  story: Story,
  process: Process,
  argument: UserArgument,
  pageSizes: bigint,
  ranges: IovaList,
): number {
  const given = copyFromUser(process, argument, minimumSize);
  if (given === null) return story.refuse('vfio_iommu_type1_ioctl/1', EFAULT, () => 'the structure is not readable');
  let argsz = given.getUint32(0, true);
  if (argsz < minimumSize) {
    return story.refuse('vfio_iommu_type1_ioctl/2', EINVAL, () => `argsz ${argsz} is below ${minimumSize}`);
  }
  const size = argsz >= sizeWithOffset ? sizeWithOffset : minimumSize;
  const capability = rangeCapability(ranges);
  let flags = VFIO_IOMMU_INFO_PGSIZES;
  let offset = 0;
  if (capability.length > 0) {
    flags |= VFIO_IOMMU_INFO_CAPS;
    if (argsz < infoSize + capability.length) {
      story.note(() => `no room for the capabilities: argsz tells how much is needed`);
      argsz = infoSize + capability.length;
    } else {
      if (!copyToUser(process, argument, capability, infoSize)) {
        return story.refuse('vfio_iommu_type1_ioctl/4', EFAULT, () => 'the place of the capabilities is not writable');
      }
      offset = infoSize;
    }
  }
  const out = new DataView(new ArrayBuffer(sizeWithOffset));
  out.setUint32(0, argsz, true);
  out.setUint32(4, flags, true);
  out.setBigUint64(8, pageSizes, true);
  out.setUint32(16, offset, true);
  if (copyToUser(process, argument, new Uint8Array(out.buffer, 0, size))) return 0;
  return story.refuse('vfio_iommu_type1_ioctl/5', EFAULT, () => 'the structure is not writable');
}

/** `struct vfio_iommu_type1_info_cap_iova_range`, at its place behind the structure; nothing for an empty list. */
function rangeCapability(ranges: IovaList): Uint8Array {
  if (ranges.length === 0) return new Uint8Array(0);
  const view = new DataView(new ArrayBuffer(capabilityHeaderSize + ranges.length * rangeSize));
  view.setUint16(0, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, true);
  view.setUint16(2, 1, true);
  view.setUint32(8, ranges.length, true);
  ranges.forEach((range, index) => {
    const at = capabilityHeaderSize + index * rangeSize;
    view.setBigUint64(at, BigInt(range.startPage) << 12n, true);
    view.setBigUint64(at + 8, ((BigInt(range.endPage) + 1n) << 12n) - 1n, true);
  });
  return new Uint8Array(view.buffer);
}
