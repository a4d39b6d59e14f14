import { ENODEV } from '../../errno';
import type { Answer } from '../../file';
import { oops } from '../../oops';
import { command, status } from '../../pci/registers';
import type { InterruptHandler } from '../../pci/interrupts';
import type { Process } from '../../process';
import { VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_NUM_IRQS } from '../../uapi';
import { eventfd_ctx_fdget, vfio_virqfd_disable, type VirqfdAction } from '../virqfd';
import { IrqContext, type VfioPciDevice } from './device';

/** The interrupt handler of a device's line (`vfio_intx_handler`): masks, then tells the user. */
class IntxHandler implements InterruptHandler {
  constructor(private readonly vdev: VfioPciDevice) {}

  interrupt(): void {
    const { vdev } = this;
    const { pdev } = vdev;
    const context = vdev.contexts.get(0);
    if (context === undefined) return;
    if (!vdev.pci23) {
      pdev.kernel.pci.interrupts.disableLine(pdev);
    } else if (context.masked || !pending(vdev)) {
      return;
    } else {
      pdev.updateCommand(command.intxDisable, 0);
    }
    context.masked = true;
    sendIntx(vdev);
  }
}

/** Interrupt status in the status register. */
function pending(vdev: VfioPciDevice): boolean {
  return (vdev.pdev.read(0x06, 2) & status.interrupt) !== 0;
}

/**
 * `vfio_send_intx_eventfd`.
 * @returns false when there is no eventfd to signal, which the kernel does not survive
 */
export function sendIntx(vdev: VfioPciDevice): boolean {
  if (!vdev.isIntx || vdev.virqDisabled) return true;
  const trigger = vdev.contexts.get(0)!.trigger;
  if (trigger === null) return false;
  trigger.signal();
  return true;
}

/** `vfio_pci_intx_mask`: by the command register where that works, else by switching the line off. */
export function vfio_pci_intx_mask(vdev: VfioPciDevice): void {
  const { pdev } = vdev;
  const context = vdev.contexts.get(0);
  if (!vdev.isIntx || context === undefined) {
    if (vdev.pci23) pdev.updateCommand(command.intxDisable, 0);
    return;
  }
  if (context.masked) return;
  context.masked = true;
  if (vdev.pci23) pdev.updateCommand(command.intxDisable, 0);
  else pdev.kernel.pci.interrupts.disableLine(pdev);
}

/** `vfio_pci_intx_unmask_handler`: whether the line is still up, so that the user has to be told again. */
export function unmaskIntx(vdev: VfioPciDevice): boolean {
  const { pdev } = vdev;
  const context = vdev.contexts.get(0);
  if (!vdev.isIntx || context === undefined) {
    if (vdev.pci23) pdev.updateCommand(0, command.intxDisable);
    return false;
  }
  if (!context.masked || vdev.virqDisabled) return false;
  if (!vdev.pci23) {
    context.masked = false;
    pdev.kernel.pci.interrupts.enableLine(pdev);
    return false;
  }
  if (pending(vdev)) return true;
  context.masked = false;
  pdev.updateCommand(0, command.intxDisable);
  return false;
}

/** `vfio_pci_intx_unmask`. @returns false when the kernel would signal an eventfd that is not there */
export function vfio_pci_intx_unmask(vdev: VfioPciDevice): boolean {
  return unmaskIntx(vdev) ? sendIntx(vdev) : true;
}

/** What an eventfd given for unmasking does. */
export function unmaskAction(vdev: VfioPciDevice): VirqfdAction {
  return { handler: () => unmaskIntx(vdev), thread: () => void sendIntx(vdev) };
}

/** `vfio_intx_enable`: INTx becomes the interrupt in use, still without anybody to tell. */
export function vfio_intx_enable(vdev: VfioPciDevice): number {
  const { pdev, kernel } = vdev;
  if (pdev.irq === 0)
    return kernel.story.refuse('vfio_intx_enable/2', ENODEV, () => `${pdev.name} has no interrupt line`);
  const context = new IrqContext(vdev.journal);
  context.masked = vdev.virqDisabled;
  vdev.contexts.set(0, context);
  if (vdev.pci23)
    pdev.updateCommand(context.masked ? command.intxDisable : 0, context.masked ? 0 : command.intxDisable);
  vdev.irqType = VFIO_PCI_INTX_IRQ_INDEX;
  return 0;
}

/** `vfio_intx_set_signal`: replaces the eventfd; a negative `fd` only takes the old one away. */
export function vfio_intx_set_signal(vdev: VfioPciDevice, process: Process, fd: number): number {
  const { pdev, kernel } = vdev;
  const { interrupts } = kernel.pci;
  const context = vdev.contexts.get(0)!;
  if (context.trigger !== null) {
    interrupts.freeLine(pdev);
    context.trigger = null;
  }
  if (fd < 0) return 0;
  const trigger = eventfd_ctx_fdget(process, fd);
  if (typeof trigger === 'number') {
    return kernel.story.refuse('vfio_intx_set_signal/2', -trigger, () => `${fd} is no eventfd`);
  }
  context.trigger = trigger;
  const answer = interrupts.requestLine(pdev, vdev.pci23, new IntxHandler(vdev));
  if (answer < 0) {
    context.trigger = null;
    return kernel.story.refuse('vfio_intx_set_signal/3', -answer, () => `line ${pdev.irq} cannot be had alone`);
  }
  if (!vdev.pci23 && context.masked) interrupts.disableLine(pdev);
  return 0;
}

/** `vfio_intx_disable`. */
export function vfio_intx_disable(vdev: VfioPciDevice, process: Process): void {
  const context = vdev.contexts.get(0)!;
  vfio_virqfd_disable(context.unmask);
  vfio_intx_set_signal(vdev, process, -1);
  vdev.irqType = VFIO_PCI_NUM_IRQS;
  vdev.contexts.clear();
}

/** The process signalled an eventfd that is not there, in the kernel: it dies of it. */
export function missingEventfd(process: Process): Answer {
  return oops(process, '0000000000000008', 'eventfd_signal of INTx without eventfd');
}
