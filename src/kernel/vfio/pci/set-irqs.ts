import { EINVAL, ENOTTY } from '../../errno';
import type { EventFile } from '../../eventfd';
import type { Answer } from '../../file';
import type { Process } from '../../process';
import {
  VFIO_IRQ_SET_ACTION_MASK,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_ACTION_TYPE_MASK,
  VFIO_IRQ_SET_ACTION_UNMASK,
  VFIO_IRQ_SET_DATA_BOOL,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_PCI_ERR_IRQ_INDEX,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSIX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
  VFIO_PCI_REQ_IRQ_INDEX,
} from '../../uapi';
import { eventfd_ctx_fdget, vfio_virqfd_disable, vfio_virqfd_enable } from '../virqfd';
import type { VfioPciDevice } from './device';
import {
  missingEventfd,
  sendIntx,
  unmaskAction,
  vfio_intx_disable,
  vfio_intx_enable,
  vfio_intx_set_signal,
  vfio_pci_intx_mask,
  vfio_pci_intx_unmask,
} from './intx';
import { vfio_msi_disable, vfio_msi_enable, vfio_msi_set_block } from './msi';

/** A checked VFIO_DEVICE_SET_IRQS: `data` holds `count` bytes or 32-bit numbers, as the flags say. */
export interface IrqRequest {
  readonly flags: number;
  readonly index: number;
  readonly start: number;
  readonly count: number;
  readonly data: DataView | null;
}

const none = (request: IrqRequest): boolean => (request.flags & VFIO_IRQ_SET_DATA_NONE) !== 0;
const bool = (request: IrqRequest): boolean => (request.flags & VFIO_IRQ_SET_DATA_BOOL) !== 0;
const eventfd = (request: IrqRequest): boolean => (request.flags & VFIO_IRQ_SET_DATA_EVENTFD) !== 0;

/** The `index`-th descriptor of the data. */
function fdAt(request: IrqRequest, index: number): number {
  return request.data!.getInt32(4 * index, true);
}

/** Whether the first element says to do it: always without data, else when the byte is not 0. */
function wanted(request: IrqRequest, index = 0): boolean {
  return none(request) || (bool(request) && request.data!.getUint8(index) !== 0);
}

/** `vfio_pci_set_irqs_ioctl`. */
export function vfio_pci_set_irqs_ioctl(vdev: VfioPciDevice, process: Process, request: IrqRequest): Answer {
  const handler = handlerOf(vdev, request);
  if (handler !== undefined) return handler(vdev, process, request);
  const why = (): string => 'this index cannot do that: no such action, or none or several actions at once';
  return vdev.kernel.story.refuse('vfio_pci_set_irqs_ioctl/1', ENOTTY, why);
}

type Handler = (vdev: VfioPciDevice, process: Process, request: IrqRequest) => Answer;

function handlerOf(vdev: VfioPciDevice, { index, flags }: IrqRequest): Handler | undefined {
  const action = flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
  const trigger = action === VFIO_IRQ_SET_ACTION_TRIGGER;
  switch (index) {
    case VFIO_PCI_INTX_IRQ_INDEX:
      if (action === VFIO_IRQ_SET_ACTION_MASK) return setIntxMask;
      if (action === VFIO_IRQ_SET_ACTION_UNMASK) return setIntxUnmask;
      return trigger ? setIntxTrigger : undefined;
    case VFIO_PCI_MSI_IRQ_INDEX:
    case VFIO_PCI_MSIX_IRQ_INDEX:
      return trigger ? setMsiTrigger : undefined;
    case VFIO_PCI_ERR_IRQ_INDEX:
      return trigger && vdev.pdev.isPcie ? setErrTrigger : undefined;
    case VFIO_PCI_REQ_IRQ_INDEX:
      return trigger ? setReqTrigger : undefined;
    default:
      return undefined;
  }
}

function setIntxMask(vdev: VfioPciDevice, _process: Process, request: IrqRequest): Answer {
  const { story } = vdev.kernel;
  if (!vdev.isIntx || request.start !== 0 || request.count !== 1) {
    return story.refuse(
      'vfio_pci_set_intx_mask/1',
      EINVAL,
      () => 'INTx is not enabled, or not exactly interrupt 0 is meant',
    );
  }
  if (eventfd(request)) return story.refuse('vfio_pci_set_intx_mask/2', ENOTTY, () => 'no eventfd can mask INTx');
  if (wanted(request)) vfio_pci_intx_mask(vdev);
  return 0;
}

function setIntxUnmask(vdev: VfioPciDevice, process: Process, request: IrqRequest): Answer {
  const { story } = vdev.kernel;
  if (!vdev.isIntx || request.start !== 0 || request.count !== 1) {
    return story.refuse(
      'vfio_pci_set_intx_unmask/1',
      EINVAL,
      () => 'INTx is not enabled, or not exactly interrupt 0 is meant',
    );
  }
  if (!eventfd(request)) return !wanted(request) || vfio_pci_intx_unmask(vdev) ? 0 : missingEventfd(process);
  const slot = vdev.contexts.get(0)!.unmask;
  const fd = fdAt(request, 0);
  if (fd < 0) {
    vfio_virqfd_disable(slot);
    return 0;
  }
  const answer = vfio_virqfd_enable(process, slot, unmaskAction(vdev), fd);
  return answer === 0
    ? 0
    : story.refuse('vfio_pci_set_intx_unmask/2', -answer, () => 'the eventfd cannot be installed');
}

function setIntxTrigger(vdev: VfioPciDevice, process: Process, request: IrqRequest): Answer {
  const { story } = vdev.kernel;
  const { start, count } = request;
  if (vdev.isIntx && count === 0 && none(request)) {
    vfio_intx_disable(vdev, process);
    return 0;
  }
  if (!(vdev.isIntx || vdev.isIrqNone) || start !== 0 || count !== 1) {
    return story.refuse(
      'vfio_pci_set_intx_trigger/1',
      EINVAL,
      () => 'messages are in use, or not exactly interrupt 0 is meant',
    );
  }
  if (eventfd(request)) return setIntxEventfd(vdev, process, fdAt(request, 0));
  if (!vdev.isIntx) return story.refuse('vfio_pci_set_intx_trigger/5', EINVAL, () => 'INTx is not enabled');
  if (!wanted(request) || sendIntx(vdev)) return 0;
  return missingEventfd(process);
}

function setIntxEventfd(vdev: VfioPciDevice, process: Process, fd: number): number {
  const { story } = vdev.kernel;
  if (vdev.isIntx) {
    const answer = vfio_intx_set_signal(vdev, process, fd);
    return answer === 0
      ? 0
      : story.refuse('vfio_pci_set_intx_trigger/2', -answer, () => 'the old eventfd is gone all the same');
  }
  const enabled = vfio_intx_enable(vdev);
  if (enabled !== 0) return story.refuse('vfio_pci_set_intx_trigger/3', -enabled, () => 'INTx cannot be enabled');
  const answer = vfio_intx_set_signal(vdev, process, fd);
  if (answer === 0) return 0;
  vfio_intx_disable(vdev, process);
  return story.refuse('vfio_pci_set_intx_trigger/4', -answer, () => 'INTx is switched off again');
}

function setMsiTrigger(vdev: VfioPciDevice, process: Process, request: IrqRequest): Answer {
  const { story } = vdev.kernel;
  const { index, start, count } = request;
  const active = vdev.irqType === index;
  if (active && count === 0 && none(request)) return vfio_msi_disable(vdev, process);
  if (!(active || vdev.isIrqNone)) {
    return story.refuse('vfio_pci_set_msi_trigger/1', EINVAL, () => 'another kind of interrupt is in use');
  }
  if (eventfd(request)) return setMsiEventfds(vdev, process, request);
  if (!active || start + count > vdev.contexts.size) {
    return story.refuse(
      'vfio_pci_set_msi_trigger/5',
      EINVAL,
      () => 'this index is not enabled, or not with so many vectors',
    );
  }
  for (let vector = start; vector < start + count; vector++) {
    if (wanted(request, vector - start)) vdev.contexts.get(vector)!.trigger?.signal();
  }
  return 0;
}

function setMsiEventfds(vdev: VfioPciDevice, process: Process, request: IrqRequest): Answer {
  const { story } = vdev.kernel;
  const { index, start, count } = request;
  const fds = Array.from({ length: count }, (_, at) => fdAt(request, at));
  if (vdev.irqType === index) {
    const answer = vfio_msi_set_block(vdev, process, start, count, fds);
    if (typeof answer !== 'number' || answer === 0) return answer;
    return story.refuse('vfio_pci_set_msi_trigger/2', -answer, () => 'not all eventfds could be set');
  }
  const enabled = vfio_msi_enable(vdev, start + count, index === VFIO_PCI_MSIX_IRQ_INDEX);
  if (enabled > 0) return enabled;
  if (enabled < 0) return story.refuse('vfio_pci_set_msi_trigger/3', -enabled, () => 'the vectors cannot be had');
  const answer = vfio_msi_set_block(vdev, process, start, count, fds);
  if (typeof answer !== 'number' || answer === 0) return answer;
  const disabled = vfio_msi_disable(vdev, process);
  if (typeof disabled !== 'number') return disabled;
  return story.refuse('vfio_pci_set_msi_trigger/4', -answer, () => 'messages are switched off again');
}

function setErrTrigger(vdev: VfioPciDevice, process: Process, request: IrqRequest): number {
  if (request.start !== 0 || request.count > 1) {
    return vdev.kernel.story.refuse('vfio_pci_set_err_trigger/1', EINVAL, () => 'there is one error interrupt');
  }
  return setSingle(vdev, process, request, vdev.errTrigger, (trigger) => (vdev.errTrigger = trigger));
}

function setReqTrigger(vdev: VfioPciDevice, process: Process, request: IrqRequest): number {
  if (request.start !== 0 || request.count > 1) {
    return vdev.kernel.story.refuse('vfio_pci_set_req_trigger/1', EINVAL, () => 'there is one request interrupt');
  }
  return setSingle(vdev, process, request, vdev.reqTrigger, (trigger) => (vdev.reqTrigger = trigger));
}

/** `vfio_pci_set_ctx_trigger_single`: one eventfd outside the device's own interrupts. */
function setSingle(
  vdev: VfioPciDevice,
  process: Process,
  request: IrqRequest,
  present: EventFile | null,
  replace: (trigger: EventFile | null) => void,
): number {
  const { story } = vdev.kernel;
  if (none(request)) {
    if (present === null) {
      return story.refuse('vfio_pci_set_ctx_trigger_single/4', EINVAL, () => 'no eventfd is registered');
    }
    if (request.count > 0) present.signal();
    else replace(null);
    return 0;
  }
  if (request.count === 0) {
    const site = bool(request) ? 'vfio_pci_set_ctx_trigger_single/1' : 'vfio_pci_set_ctx_trigger_single/2';
    return story.refuse(site, EINVAL, () => 'count is 0');
  }
  if (bool(request)) {
    if (wanted(request)) present?.signal();
    return 0;
  }
  return setSingleEventfd(vdev, process, fdAt(request, 0), replace);
}

/** -1 takes the eventfd away; other negative numbers change nothing. */
function setSingleEventfd(
  vdev: VfioPciDevice,
  process: Process,
  fd: number,
  replace: (trigger: EventFile | null) => void,
): number {
  if (fd < 0) {
    if (fd === -1) replace(null);
    return 0;
  }
  const file = process.file(fd);
  const trigger = eventfd_ctx_fdget(process, fd);
  if (typeof trigger === 'number') {
    const why = (): string => (file === undefined ? `${fd} is not open` : `${file.name} is no eventfd`);
    return vdev.kernel.story.refuse('vfio_pci_set_ctx_trigger_single/3', -trigger, why);
  }
  replace(trigger);
  return 0;
}
