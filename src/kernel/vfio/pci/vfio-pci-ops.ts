import { EINVAL, ENOTTY } from '../../errno';
import type { Answer } from '../../file';
import type { Vma } from '../../mm/vma';
import { tryResetFunction } from '../../pci/reset';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_IOEVENTFD,
  VFIO_DEVICE_PCI_HOT_RESET,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
} from '../../uapi';
import type { UserArgument } from '../../user-memory';
import type { VfioDeviceOps } from '../device-ops';
import type { VfioPciDevice } from './device';
import { getInfo, getIrqInfo, setIrqs } from './device-info';
import { vfio_pci_disable, vfio_pci_enable } from './enable';
import { deviceFeature } from './feature';
import { getHotResetInfo, hotReset } from './hot-reset';
import { deviceIoeventfd } from './ioeventfd';
import { getRegionInfo } from './region-info';
import { longestRead, mmapRegion, readRegion, writeRegion } from './regions';
import { driverName } from './sriov';
import { vfio_pci_match, vfio_pci_vf_token_user_add } from './vf-token';

/** The commit that brought VFIO_DEVICE_FEATURE. */
const featureChange = '43eeeecc8ed5';

type Handler = (vdev: VfioPciDevice, process: Process, argument: UserArgument) => Answer;

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [VFIO_DEVICE_GET_INFO, getInfo],
  [VFIO_DEVICE_GET_REGION_INFO, getRegionInfo],
  [VFIO_DEVICE_GET_IRQ_INFO, getIrqInfo],
  [VFIO_DEVICE_SET_IRQS, setIrqs],
  [VFIO_DEVICE_RESET, reset],
  [VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, getHotResetInfo],
  [VFIO_DEVICE_PCI_HOT_RESET, hotReset],
  [VFIO_DEVICE_IOEVENTFD, deviceIoeventfd],
  [VFIO_DEVICE_FEATURE, deviceFeature],
]);

/** What vfio-pci does for its devices (`vfio_pci_ops`). */
export const vfioPciOps: VfioDeviceOps<VfioPciDevice> = {
  name: driverName,

  /** `vfio_pci_open`. */
  open(vdev) {
    if (vdev.refcnt === 0) {
      const answer = vfio_pci_enable(vdev);
      if (answer !== 0)
        return vdev.kernel.story.refuse('vfio_pci_open/2', -answer, () => 'the device cannot be enabled');
      vfio_pci_vf_token_user_add(vdev, 1);
    }
    vdev.refcnt++;
    return 0;
  },

  /** `vfio_pci_release`. */
  release(vdev, process) {
    vdev.refcnt--;
    if (vdev.refcnt > 0) return undefined;
    vfio_pci_vf_token_user_add(vdev, -1);
    return vfio_pci_disable(vdev, process);
  },

  /** `vfio_pci_ioctl`. */
  ioctl(vdev, process, request, argument) {
    const { story } = vdev.kernel;
    story.enter('vfio_pci_ioctl', () => ({ device: vdev.pdev.name, cmd: request }));
    const known = request !== VFIO_DEVICE_FEATURE || vdev.kernel.has(featureChange);
    const handler = known ? handlers.get(request) : undefined;
    const answer =
      handler?.(vdev, process, argument) ??
      story.refuse('vfio_pci_ioctl/58', ENOTTY, () => 'a PCI device does not know this request');
    return story.leave('vfio_pci_ioctl', answer);
  },

  longestRead,

  read(vdev, _process, position, into, span) {
    return readRegion(vdev, position, into, span);
  },

  write(vdev, _process, position, bytes, span) {
    return writeRegion(vdev, position, bytes, span);
  },

  mmap(vdev, process: Process, area: Vma) {
    return mmapRegion(vdev, process, area);
  },

  /** `vfio_pci_request`: somebody wants the device back. */
  request(vdev, count) {
    if (vdev.reqTrigger !== null) {
      if (count % 10 === 0) vdev.notice('vfio_pci_request', `Relaying device request to user (#${count})`);
      vdev.reqTrigger.signal();
    } else if (count === 0) {
      vdev.warn('No device request channel registered, blocked until released by user');
    }
  },

  match: vfio_pci_match,
};

/** VFIO_DEVICE_RESET. */
function reset(vdev: VfioPciDevice): number {
  const { story } = vdev.kernel;
  if (!vdev.resetWorks) {
    return story.refuse('vfio_pci_ioctl/21', EINVAL, () => 'no reset of this function worked when it was opened');
  }
  const answer = tryResetFunction(vdev.pdev);
  return answer === 0
    ? 0
    : story.refuse('vfio_pci_ioctl/22', -answer, () => 'the device is locked, or cannot be reset now');
}
