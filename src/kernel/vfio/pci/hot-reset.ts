import { EBADF, EFAULT, EINVAL, ENODEV, ENOSPC, EPERM } from '../../errno';
import type { PciDevice } from '../../pci/pci-device';
import { probeResetBus, resetBus } from '../../pci/reset';
import type { Process } from '../../process';
import { copyFromUser, copyToUser, type UserArgument } from '../../user-memory';
import type { VfioGroup } from '../group';
import type { VfioPciDevice } from './device';

/** `sizeof(struct vfio_pci_hot_reset_info)` and of `vfio_pci_hot_reset`, and of one affected device. */
const headerSize = 12;
const entrySize = 8;

/** Devices that a reset of the device's bus affects; an error on a root bus. No simulated slot can be reset alone. */
function affected(vdev: VfioPciDevice, site: string): PciDevice[] | number {
  const { bus } = vdev.pdev;
  const { story, pci } = vdev.kernel;
  if (probeResetBus(bus) !== 0) {
    return story.refuse(site, ENODEV, () => `${vdev.pdev.name} is on a root bus, which no bridge can reset`);
  }
  return pci.walk(bus);
}

/** VFIO_DEVICE_GET_PCI_HOT_RESET_INFO. */
export function getHotResetInfo(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, headerSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/23', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  if (argsz < headerSize)
    return story.refuse('vfio_pci_ioctl/24', EINVAL, () => `argsz ${argsz} is below ${headerSize}`);
  const devices = affected(vdev, 'vfio_pci_ioctl/25');
  if (typeof devices === 'number') return devices;
  const room = argsz >= headerSize + devices.length * entrySize;
  const list = room ? describe(vdev, devices) : null;
  const out = new DataView(new ArrayBuffer(headerSize));
  out.setUint32(0, argsz, true);
  out.setUint32(8, typeof list === 'number' ? given.getUint32(8, true) : devices.length, true);
  if (!copyToUser(process, argument, new Uint8Array(out.buffer))) {
    return story.refuse('vfio_pci_ioctl/30', EFAULT, () => 'the structure is not writable');
  }
  if (list === null) {
    return story.refuse('vfio_pci_ioctl/27', ENOSPC, () => `argsz ${argsz} has no room for ${devices.length} devices`);
  }
  if (typeof list === 'number') return list;
  if (copyToUser(process, argument, list, headerSize)) return 0;
  return story.refuse('vfio_pci_ioctl/31', EFAULT, () => 'the list is not writable');
}

/** `vfio_pci_fill_devs` for all: group, segment, bus and function of each. */
function describe(vdev: VfioPciDevice, devices: readonly PciDevice[]): Uint8Array | number {
  const { story } = vdev.kernel;
  const view = new DataView(new ArrayBuffer(devices.length * entrySize));
  for (const [index, dev] of devices.entries()) {
    const group = dev.device.iommuGroup;
    if (group === null) {
      story.refuse('vfio_pci_fill_devs/2', EPERM, () => `${dev.name} is in no IOMMU group`);
      return story.refuse('vfio_pci_ioctl/29', EPERM, () => 'not all affected devices are isolated');
    }
    view.setUint32(index * entrySize, group.id, true);
    view.setUint16(index * entrySize + 4, dev.bus.segment, true);
    view.setUint8(index * entrySize + 6, dev.bus.number);
    view.setUint8(index * entrySize + 7, dev.devfn);
  }
  return new Uint8Array(view.buffer);
}

/** VFIO_DEVICE_PCI_HOT_RESET. */
export function hotReset(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, headerSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/32', EFAULT, () => 'the structure is not readable');
  const [argsz, flags, count] = [0, 4, 8].map((at) => given.getUint32(at, true)) as [number, number, number];
  if (argsz < headerSize || flags !== 0) {
    return story.refuse('vfio_pci_ioctl/33', EINVAL, () => `argsz ${argsz} is too small, or flags are set`);
  }
  const devices = affected(vdev, 'vfio_pci_ioctl/34');
  if (typeof devices === 'number') return devices;
  if (count === 0 || count > devices.length) {
    return story.refuse('vfio_pci_ioctl/36', EINVAL, () => `between 1 and ${devices.length} groups can be given`);
  }
  const fds = copyFromUser(process, argument, 4 * count, headerSize);
  if (fds === null) return story.refuse('vfio_pci_ioctl/38', EFAULT, () => 'the list of groups is not readable');
  const held: VfioGroup[] = [];
  const taken = takeGroups(vdev, process, fds, count, held);
  const answer = taken === 0 ? resetOwned(vdev, devices, held) : taken;
  for (const group of held.reverse()) group.dissolveContainer();
  return answer;
}

/** Takes a user on each group, so that it stays as it is during the reset. */
function takeGroups(vdev: VfioPciDevice, process: Process, fds: DataView, count: number, held: VfioGroup[]): number {
  const { story, vfio } = vdev.kernel;
  for (let index = 0; index < count; index++) {
    const fd = fds.getInt32(4 * index, true);
    const file = process.file(fd);
    if (file === undefined) return story.refuse('vfio_pci_ioctl/39', EBADF, () => `${fd} is not open`);
    const group = vfio.vfio_group_get_external_user(file);
    if (typeof group === 'number') {
      return story.refuse('vfio_pci_ioctl/40', -group, () => `${file.name} is no group that can be used`);
    }
    held.push(group);
  }
  return 0;
}

/** `vfio_pci_validate_devs` for all, then the reset. */
function resetOwned(vdev: VfioPciDevice, devices: readonly PciDevice[], held: readonly VfioGroup[]): number {
  const { story } = vdev.kernel;
  for (const { name, device } of devices) {
    const group = device.iommuGroup;
    if (group !== null && held.some((candidate) => candidate.iommuGroup === group)) continue;
    if (group === null) story.refuse('vfio_pci_validate_devs/1', EPERM, () => `${name} is in no IOMMU group`);
    else story.refuse('vfio_pci_validate_devs/2', EINVAL, () => `group ${group.id} of ${name} was not given`);
    return story.refuse(
      'vfio_pci_ioctl/41',
      group === null ? EPERM : EINVAL,
      () => 'not all affected devices are owned',
    );
  }
  const answer = resetBus(vdev.pdev.bus);
  if (answer === 0) return 0;
  return story.refuse('vfio_pci_ioctl/42', -answer, () => 'a device on the bus is locked');
}
