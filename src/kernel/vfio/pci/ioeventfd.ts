import { EEXIST, EFAULT, EINVAL, ENODEV, ENOSPC } from '../../errno';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_IOEVENTFD_SIZE_MASK,
  VFIO_PCI_BAR5_REGION_INDEX,
  VFIO_PCI_IOEVENTFD_MAX,
  VFIO_PCI_OFFSET_MASK,
  VFIO_PCI_OFFSET_SHIFT,
} from '../../uapi';
import { copyFromUser, type UserArgument } from '../../user-memory';
import { vfio_virqfd_disable, vfio_virqfd_enable, type VirqfdAction } from '../virqfd';
import { IoEventfd, type VfioPciDevice } from './device';

/** `struct vfio_device_ioeventfd` up to its last field. */
const structSize = 28;

/** VFIO_DEVICE_IOEVENTFD. */
export function deviceIoeventfd(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, structSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/43', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  const flags = given.getUint32(4, true);
  if (argsz < structSize)
    return story.refuse('vfio_pci_ioctl/44', EINVAL, () => `argsz ${argsz} is below ${structSize}`);
  if ((flags & ~VFIO_DEVICE_IOEVENTFD_SIZE_MASK) !== 0) {
    return story.refuse('vfio_pci_ioctl/45', EINVAL, () => 'an unknown flag is set');
  }
  const fd = given.getInt32(24, true);
  if (![1, 2, 4, 8].includes(flags) || fd < -1) {
    return story.refuse('vfio_pci_ioctl/46', EINVAL, () => 'exactly one width is needed, and a descriptor or -1');
  }
  story.enter('vfio_pci_ioeventfd', () => ({ offset: given.getBigUint64(8, true), count: flags, fd }));
  const offset = given.getBigUint64(8, true);
  const answer = setIoeventfd(vdev, process, { offset, data: given.getBigUint64(16, true), count: flags, fd });
  if (answer < 0) story.refuse('vfio_pci_ioctl/47', -answer, () => 'the ioeventfd cannot be had');
  return story.leave('vfio_pci_ioeventfd', answer);
}

interface Wanted {
  readonly offset: bigint;
  readonly data: bigint;
  readonly count: number;
  readonly fd: number;
}

/** `vfio_pci_ioeventfd`. */
function setIoeventfd(vdev: VfioPciDevice, process: Process, { offset, data, count, fd }: Wanted): number {
  const { story } = vdev.kernel;
  const bar = Number(offset >> BigInt(VFIO_PCI_OFFSET_SHIFT));
  const position = offset & VFIO_PCI_OFFSET_MASK;
  const refused = checkPlace(vdev, bar, position, count);
  if (refused !== 0) return refused;
  vdev.mappedBars.set(bar, true);
  const present = find(vdev, bar, Number(position), count, data);
  if (present !== undefined) {
    if (fd !== -1) return story.refuse('vfio_pci_ioeventfd/6', EEXIST, () => 'this write has an eventfd already');
    vfio_virqfd_disable(present.slot);
    vdev.ioeventfds.remove(present);
    return 0;
  }
  if (fd < 0) return story.refuse('vfio_pci_ioeventfd/7', ENODEV, () => 'there is no such ioeventfd to remove');
  if (vdev.ioeventfds.length >= VFIO_PCI_IOEVENTFD_MAX) {
    return story.refuse('vfio_pci_ioeventfd/8', ENOSPC, () => `${VFIO_PCI_IOEVENTFD_MAX} ioeventfds are the limit`);
  }
  const entry = new IoEventfd(vdev.journal, bar, Number(position), count, data);
  const answer = vfio_virqfd_enable(process, entry.slot, writer(vdev, entry), fd);
  if (answer !== 0) return story.refuse('vfio_pci_ioeventfd/10', -answer, () => 'the eventfd cannot be installed');
  vdev.ioeventfds.unshift(entry);
  return 0;
}

function checkPlace(vdev: VfioPciDevice, bar: number, position: bigint, count: number): number {
  const { story } = vdev.kernel;
  if (bar > VFIO_PCI_BAR5_REGION_INDEX)
    return story.refuse('vfio_pci_ioeventfd/1', EINVAL, () => 'only BARs can be written');
  const end = position + BigInt(count);
  if (end > vdev.resourceLength(bar)) {
    return story.refuse('vfio_pci_ioeventfd/2', EINVAL, () => `the write passes the end of BAR ${bar}`);
  }
  const tableEnd = BigInt(vdev.msixOffset + vdev.msixSize);
  if (bar === vdev.msixBar && end > BigInt(vdev.msixOffset) && position < tableEnd) {
    return story.refuse('vfio_pci_ioeventfd/3', EINVAL, () => 'the MSI-X table cannot be written');
  }
  if (count === 8) {
    return story.refuse('vfio_pci_ioeventfd/4', EINVAL, () => 'this kernel has no 64-bit writes to devices on x86');
  }
  return 0;
}

function find(vdev: VfioPciDevice, bar: number, position: number, count: number, data: bigint): IoEventfd | undefined {
  for (const entry of vdev.ioeventfds) {
    if (entry.position === position && entry.bar === bar && entry.data === data && entry.count === count) return entry;
  }
  return undefined;
}

/** `vfio_pci_ioeventfd_handler`: the write is done in the wake-up. */
function writer(vdev: VfioPciDevice, { bar, position, count, data }: IoEventfd): VirqfdAction {
  const width = count as 1 | 2 | 4;
  const value = Number(BigInt.asUintN(8 * width, data));
  return {
    handler: () => {
      vdev.pdev.fn.barWrite(bar, position, width, value);
      return false;
    },
  };
}
