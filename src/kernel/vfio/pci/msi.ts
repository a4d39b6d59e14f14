import { BlockedCall } from '../../blocking';
import { EINVAL, ENOSPC } from '../../errno';
import type { Answer } from '../../file';
import { generalProtectionFault, oops } from '../../oops';
import type { EventFile } from '../../eventfd';
import type { InterruptHandler } from '../../pci/interrupts';
import type { PciDevice } from '../../pci/pci-device';
import type { Process } from '../../process';
import { VFIO_PCI_MSIX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX, VFIO_PCI_NUM_IRQS } from '../../uapi';
import { eventfd_ctx_fdget } from '../virqfd';
import { IrqContext, type VfioPciDevice } from './device';
import { command } from '../../pci/registers';

/** The handler of a vector (`vfio_msihandler`). */
class MessageHandler implements InterruptHandler {
  constructor(private readonly trigger: EventFile) {}

  interrupt(): void {
    this.trigger.signal();
  }
}

/**
 * `vfio_msi_enable`: 0; a positive number when only so many vectors can be had (none is kept then); -ENOSPC for none.
 */
export function vfio_msi_enable(vdev: VfioPciDevice, count: number, msix: boolean): number {
  const { pdev, kernel } = vdev;
  const { interrupts } = kernel.pci;
  const got = interrupts.allocate(pdev, count, msix ? 'msix' : 'msi');
  if (got < count || count === 0) {
    if (got > 0) interrupts.free(pdev);
    kernel.story.note(() => `${count} vectors wanted, ${got} can be had`);
    if (got > 0) return got;
    return kernel.story.refuse('vfio_msi_enable/3', ENOSPC, () => 'no vectors can be had');
  }
  for (let vector = 0; vector < count; vector++) vdev.contexts.set(vector, new IrqContext(vdev.journal));
  vdev.irqType = msix ? VFIO_PCI_MSIX_IRQ_INDEX : VFIO_PCI_MSI_IRQ_INDEX;
  if (!msix) vdev.msiQmax = Math.ceil(Math.log2(count));
  return 0;
}

/** `vfio_msi_set_vector_signal`: replaces the eventfd of a vector; a negative `fd` only takes the old one away. */
function setVectorSignal(vdev: VfioPciDevice, process: Process, vector: number, fd: number): Answer {
  const { pdev, kernel } = vdev;
  const { interrupts } = kernel.pci;
  const context = vdev.contexts.get(vector)!;
  if (context.trigger !== null) {
    if (vdev.irqBypass.lockLost) return waitForBypass(process);
    if (!vdev.irqBypass.unregister(context)) return fallOverList(vdev, process, context);
    interrupts.freeVector(pdev, vector);
    context.trigger = null;
  }
  if (fd < 0) return 0;
  const trigger = eventfd_ctx_fdget(process, fd);
  if (typeof trigger === 'number') {
    return kernel.story.refuse('vfio_msi_set_vector_signal/3', -trigger, () => `${fd} is no eventfd`);
  }
  if (vdev.irqBypass.lockLost) return waitForBypass(process);
  interrupts.requestVector(pdev, vector, new MessageHandler(trigger));
  context.token = trigger;
  const registered = vdev.irqBypass.register(context);
  if (registered < 0)
    pdev.info(`irq bypass producer (token ${pointer(pdev, vector)}) registration fails: ${registered}`);
  context.trigger = trigger;
  return 0;
}

/** Unlinking a vector that is in no list: its links are zero, or poisoned when it was in the list before. */
function fallOverList(vdev: VfioPciDevice, process: Process, context: IrqContext): Answer {
  vdev.irqBypass.lockLost = true;
  return context.wasLinked
    ? generalProtectionFault(process, 'dead000000000108', 'IRQ bypass list')
    : oops(process, '0000000000000008', 'IRQ bypass list');
}

function waitForBypass(process: Process): Answer {
  const reason = 'for the lock of the IRQ bypass, which a process took along when it died';
  return new BlockedCall(
    process,
    reason,
    () => false,
    () => 0,
  );
}

/** What `%p` prints for an address: 8 digits that tell nothing, after 8 zeros. */
function pointer(dev: PciDevice, vector: number): string {
  const hash = Math.imul((dev.bus.number << 16) | (dev.devfn << 8) | vector, 0x9e3779b1) >>> 0;
  return hash.toString(16).padStart(16, '0');
}

/** `vfio_msi_set_block`: eventfds for vectors from `start`; null takes all away. One failure undoes those before it. */
export function vfio_msi_set_block(
  vdev: VfioPciDevice,
  process: Process,
  start: number,
  count: number,
  fds: readonly number[] | null,
): Answer {
  const enabled = vdev.contexts.size;
  const { story } = vdev.kernel;
  if (start >= enabled || start + count > enabled) {
    const why = (): string => `${enabled} vectors are enabled; for more, all have to be disabled first`;
    return story.refuse('vfio_msi_set_block/1', EINVAL, why);
  }
  for (let index = 0; index < count; index++) {
    const answer = setVectorSignal(vdev, process, start + index, fds === null ? -1 : fds[index]!);
    if (answer === 0) continue;
    if (typeof answer !== 'number') return answer;
    for (let vector = start + index; vector >= start; vector--) {
      const undone = setVectorSignal(vdev, process, vector, -1);
      if (typeof undone !== 'number') return undone;
    }
    return story.refuse(
      'vfio_msi_set_block/2',
      -answer,
      () => `vector ${start + index} failed: all from ${start} are off`,
    );
  }
  return 0;
}

/** `vfio_msi_disable`. */
export function vfio_msi_disable(vdev: VfioPciDevice, process: Process): Answer {
  const { pdev, kernel } = vdev;
  const answer = vfio_msi_set_block(vdev, process, 0, vdev.contexts.size, null);
  if (typeof answer !== 'number') return answer;
  kernel.pci.interrupts.free(pdev);
  if (vdev.nointx) pdev.updateCommand(command.intxDisable, 0);
  vdev.irqType = VFIO_PCI_NUM_IRQS;
  vdev.contexts.clear();
  return 0;
}
