import { EFAULT, EINVAL, ENOTTY } from '../../errno';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_MASK,
  VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,
  VFIO_DEVICE_FEATURE_PROBE,
  VFIO_DEVICE_FEATURE_SET,
} from '../../uapi';
import { copyFromUser, type UserArgument } from '../../user-memory';
import type { VfioPciDevice } from './device';

/** `struct vfio_device_feature` before its data, and the data of a token. */
const headerSize = 8;
const uuidSize = 16;

/** VFIO_DEVICE_FEATURE. */
export function deviceFeature(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, headerSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/48', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  const flags = given.getUint32(4, true);
  if (argsz < headerSize)
    return story.refuse('vfio_pci_ioctl/49', EINVAL, () => `argsz ${argsz} is below ${headerSize}`);
  const asked = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE;
  if ((flags & ~(VFIO_DEVICE_FEATURE_MASK | asked)) !== 0) {
    return story.refuse('vfio_pci_ioctl/50', EINVAL, () => 'an unknown flag is set');
  }
  const both = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
  if ((flags & (both | VFIO_DEVICE_FEATURE_PROBE)) === both) {
    return story.refuse('vfio_pci_ioctl/51', EINVAL, () => 'GET and SET exclude each other, except with PROBE');
  }
  if ((flags & VFIO_DEVICE_FEATURE_MASK) !== VFIO_DEVICE_FEATURE_PCI_VF_TOKEN) {
    return story.refuse('vfio_pci_ioctl/57', ENOTTY, () => `there is no feature ${flags & VFIO_DEVICE_FEATURE_MASK}`);
  }
  return vfTokenFeature(vdev, process, argument, argsz, flags);
}

/** The token can be set, never read: it may be an earlier user's. */
function vfTokenFeature(
  vdev: VfioPciDevice,
  process: Process,
  argument: UserArgument,
  argsz: number,
  flags: number,
): number {
  const { story } = vdev.kernel;
  const token = vdev.vfToken;
  if (token === null) return story.refuse('vfio_pci_ioctl/52', ENOTTY, () => 'only a PF has a VF token');
  if ((flags & VFIO_DEVICE_FEATURE_GET) !== 0) {
    return story.refuse('vfio_pci_ioctl/53', EINVAL, () => 'the token cannot be read');
  }
  if ((flags & VFIO_DEVICE_FEATURE_PROBE) !== 0) return 0;
  if ((flags & VFIO_DEVICE_FEATURE_SET) === 0) {
    return story.refuse('vfio_pci_ioctl/54', EINVAL, () => 'neither PROBE nor SET is asked');
  }
  if (argsz < headerSize + uuidSize) {
    return story.refuse(
      'vfio_pci_ioctl/55',
      EINVAL,
      () => `argsz ${argsz} has no room for a token of ${uuidSize} bytes`,
    );
  }
  const uuid = copyFromUser(process, argument, uuidSize, headerSize);
  if (uuid === null) return story.refuse('vfio_pci_ioctl/56', EFAULT, () => 'the token is not readable');
  let digits = '';
  for (let byte = 0; byte < uuidSize; byte++) digits += uuid.getUint8(byte).toString(16).padStart(2, '0');
  token.uuid = digits;
  return 0;
}
