import { EFAULT, EINVAL } from '../../errno';
import type { Answer } from '../../file';
import { BlockedCall } from '../../blocking';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_FLAGS_PCI,
  VFIO_DEVICE_FLAGS_RESET,
  VFIO_IRQ_INFO_AUTOMASKED,
  VFIO_IRQ_INFO_EVENTFD,
  VFIO_IRQ_INFO_MASKABLE,
  VFIO_IRQ_INFO_NORESIZE,
  VFIO_PCI_ERR_IRQ_INDEX,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSIX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
  VFIO_PCI_NUM_IRQS,
  VFIO_PCI_NUM_REGIONS,
  VFIO_PCI_REQ_IRQ_INDEX,
} from '../../uapi';
import { copyFromUser, copyToUser, type UserArgument } from '../../user-memory';
import { irqSetOf, irqSetSize, vfio_set_irqs_validate_and_prepare } from '../irq-set';
import type { VfioPciDevice } from './device';
import { vfio_pci_set_irqs_ioctl } from './set-irqs';

/** Sizes of `struct vfio_device_info` and `vfio_irq_info`. */
const deviceInfoSize = 16;
const irqInfoSize = 16;

/** VFIO_DEVICE_GET_INFO. */
export function getInfo(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, deviceInfoSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/1', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  if (argsz < deviceInfoSize) {
    return story.refuse('vfio_pci_ioctl/2', EINVAL, () => `argsz ${argsz} is below ${deviceInfoSize}`);
  }
  const out = new DataView(new ArrayBuffer(deviceInfoSize));
  out.setUint32(0, argsz, true);
  out.setUint32(4, VFIO_DEVICE_FLAGS_PCI | (vdev.resetWorks ? VFIO_DEVICE_FLAGS_RESET : 0), true);
  out.setUint32(8, VFIO_PCI_NUM_REGIONS, true);
  out.setUint32(12, VFIO_PCI_NUM_IRQS, true);
  if (copyToUser(process, argument, new Uint8Array(out.buffer))) return 0;
  return story.refuse('vfio_pci_ioctl/3', EFAULT, () => 'the structure is not writable');
}

/** `vfio_pci_get_irq_count`: interrupts of an index; 0 for an index that the device lacks. */
export function irqCount(vdev: VfioPciDevice, index: number): number {
  const { pdev, kernel } = vdev;
  switch (index) {
    case VFIO_PCI_INTX_IRQ_INDEX:
      return vdev.nointx || pdev.isVirtfn || pdev.read(0x3d, 1) === 0 ? 0 : 1;
    case VFIO_PCI_MSI_IRQ_INDEX:
      return kernel.pci.interrupts.msiCount(pdev);
    case VFIO_PCI_MSIX_IRQ_INDEX:
      return kernel.pci.interrupts.msixCount(pdev);
    case VFIO_PCI_ERR_IRQ_INDEX:
      return pdev.isPcie ? 1 : 0;
    case VFIO_PCI_REQ_IRQ_INDEX:
      return 1;
    default:
      return 0;
  }
}

/** VFIO_DEVICE_GET_IRQ_INFO. */
export function getIrqInfo(vdev: VfioPciDevice, process: Process, argument: UserArgument): number {
  const { story } = vdev.kernel;
  const given = copyFromUser(process, argument, irqInfoSize);
  if (given === null) return story.refuse('vfio_pci_ioctl/13', EFAULT, () => 'the structure is not readable');
  const argsz = given.getUint32(0, true);
  const index = given.getUint32(8, true);
  if (argsz < irqInfoSize || index >= VFIO_PCI_NUM_IRQS) {
    return story.refuse('vfio_pci_ioctl/14', EINVAL, () => `argsz ${argsz} or index ${index} is out of range`);
  }
  if (index === VFIO_PCI_ERR_IRQ_INDEX && !vdev.pdev.isPcie) {
    return story.refuse('vfio_pci_ioctl/15', EINVAL, () => 'only PCI Express devices report errors');
  }
  const maskable = VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
  const out = new DataView(new ArrayBuffer(irqInfoSize));
  out.setUint32(0, argsz, true);
  out.setUint32(
    4,
    VFIO_IRQ_INFO_EVENTFD | (index === VFIO_PCI_INTX_IRQ_INDEX ? maskable : VFIO_IRQ_INFO_NORESIZE),
    true,
  );
  out.setUint32(8, index, true);
  out.setUint32(12, irqCount(vdev, index), true);
  if (copyToUser(process, argument, new Uint8Array(out.buffer))) return 0;
  return story.refuse('vfio_pci_ioctl/16', EFAULT, () => 'the structure is not writable');
}

/** VFIO_DEVICE_SET_IRQS. */
export function setIrqs(vdev: VfioPciDevice, process: Process, argument: UserArgument): Answer {
  const { story } = vdev.kernel;
  const header = copyFromUser(process, argument, irqSetSize);
  if (header === null) return story.refuse('vfio_pci_ioctl/17', EFAULT, () => 'the structure is not readable');
  const request = irqSetOf(header);
  const { flags, index, start, count } = request;
  const available = irqCount(vdev, index);
  const size = vfio_set_irqs_validate_and_prepare(story, request, available, VFIO_PCI_NUM_IRQS);
  if (size < 0) return story.refuse('vfio_pci_ioctl/18', EINVAL, () => 'the request is not well formed');
  const data = size === 0 ? null : copyFromUser(process, argument, size, irqSetSize);
  if (size > 0 && data === null) return story.refuse('vfio_pci_ioctl/19', EFAULT, () => 'the data is not readable');
  if (vdev.igateLost) {
    return new BlockedCall(
      process,
      'for a lock that a process took along when it died',
      () => false,
      () => 0,
    );
  }
  story.enter('vfio_pci_set_irqs_ioctl', () => ({ flags, index, start, count }));
  const answer = vfio_pci_set_irqs_ioctl(vdev, process, { flags, index, start, count, data });
  if (typeof answer !== 'number') {
    vdev.igateLost = true;
    return answer;
  }
  if (answer < 0) story.refuse('vfio_pci_ioctl/20', -answer, () => 'the interrupts cannot be set that way');
  return story.leave('vfio_pci_set_irqs_ioctl', answer);
}
