import { entity, Entity, JournaledList, JournaledMap, type Journal } from '../../history';
import type { InterruptSink, IommuFault, PciFunction } from '../../hardware';
import { EBUSY } from '../errno';
import { logIommuFault } from '../iommu/fault-log';
import type { Kernel } from '../kernel';
import type { PciDevice } from './pci-device';
import { command, status } from './registers';

/** What a driver runs when its interrupt comes (`irq_handler_t`). */
export interface InterruptHandler {
  interrupt(): void;
}

/** One `request_irq` of a function's line. */
class LineAction extends entity({ depth: 0 }) {
  constructor(
    journal: Journal,
    readonly dev: PciDevice,
    readonly shared: boolean,
    readonly handler: InterruptHandler,
  ) {
    super(journal);
  }
}

/** The message-signalled vectors of one function (its `msi_desc` list). */
class MessageVectors extends Entity {
  /** Handlers by vector. */
  readonly handlers: JournaledMap<number, InterruptHandler>;

  constructor(
    journal: Journal,
    readonly kind: 'msi' | 'msix',
    readonly count: number,
    /** Linux interrupt number of vector 0; the others follow. */
    readonly firstIrq: number,
  ) {
    super(journal);
    this.handlers = new JournaledMap(journal);
  }
}

/** Bits of the MSI and MSI-X control words. */
const msiControl = { enable: 0x1, queueSize: 0x70, bits64: 0x80, perVectorMask: 0x100 } as const;
const msixControl = { enable: 0x8000, maskAll: 0x4000, tableSize: 0x7ff } as const;

/** Where messages go: the local APIC; bits 3 and 4 say that the rest is an index of the interrupt remapping table. */
const messageAddress = 0xfee00000;
const remappable = 0x18;

/** First Linux interrupt number handed out for messages on the recorded machines (`nr_irqs_gsi` and those before). */
const firstMessageIrq = 24;

/**
 * Interrupts of PCI functions as the kernel handles them: lines shared by functions, and message vectors.
 * `kernel/irq`, `drivers/pci/msi.c`.
 */
export class Interrupts
  extends entity({
    nextIrq: firstMessageIrq,
    /** How many interrupts the hardware has sent, and the last one for people: `MSI-X 0 of 0000:01:00.0`. */
    delivered: 0,
    lastDelivered: '',
  })
  implements InterruptSink
{
  /** Who listens on which line, in the order of `request_irq`. */
  private readonly lines: JournaledList<LineAction>;
  private readonly vectors: JournaledMap<PciDevice, MessageVectors>;

  constructor(private readonly kernel: Kernel) {
    super(kernel.journal);
    this.lines = new JournaledList(kernel.journal);
    this.vectors = new JournaledMap(kernel.journal);
  }

  /** The hardware raised or lowered the line of a function. */
  intx(fn: PciFunction, asserted: boolean): void {
    if (!asserted) return;
    this.count(`INTx of ${fn.bdf}`);
    const dev = this.kernel.pci.device(fn.bdf);
    if (dev !== undefined) this.raise(dev.irq);
  }

  /** The hardware sent a message. */
  message(fn: PciFunction, kind: 'msi' | 'msix', vector: number): void {
    this.count(`${kind === 'msi' ? 'MSI' : 'MSI-X'} ${vector} of ${fn.bdf}`);
    const dev = this.kernel.pci.device(fn.bdf);
    const vectors = dev === undefined ? undefined : this.vectors.get(dev);
    if (vectors?.kind === kind) vectors.handlers.get(vector)?.interrupt();
  }

  private count(what: string): void {
    this.delivered++;
    this.lastDelivered = what;
  }

  /** The IOMMU stopped a DMA. */
  iommuFault(fault: IommuFault): void {
    logIommuFault(this.kernel, fault);
  }

  /**
   * `request_irq` on the function's line: 0, or -EBUSY when the line is taken and one of the two wants it alone.
   */
  requestLine(dev: PciDevice, shared: boolean, handler: InterruptHandler): number {
    for (const other of this.lines) {
      if (other.dev.irq === dev.irq && !(shared && other.shared)) return -EBUSY;
    }
    this.lines.push(new LineAction(this.journal, dev, shared, handler));
    if (this.lineAsserted(dev)) this.raise(dev.irq);
    return 0;
  }

  /** `free_irq` of the line. */
  freeLine(dev: PciDevice): void {
    const action = this.line(dev);
    if (action !== undefined) this.lines.remove(action);
  }

  /** `disable_irq`: no calls of the handler until as many `enableLine`. */
  disableLine(dev: PciDevice): void {
    const action = this.line(dev);
    if (action !== undefined) action.depth++;
  }

  /** `enable_irq`: a line that is still up comes through at once. */
  enableLine(dev: PciDevice): void {
    const action = this.line(dev);
    if (action === undefined || action.depth === 0) return;
    action.depth--;
    if (action.depth === 0 && this.lineAsserted(dev)) action.handler.interrupt();
  }

  /** `pci_msi_vec_count`; 0 without MSI. */
  msiCount(dev: PciDevice): number {
    if (dev.msiCap === 0) return 0;
    return 1 << ((dev.read(dev.msiCap + 2, 2) & 0xe) >> 1);
  }

  /** `pci_msix_vec_count`; 0 without MSI-X. */
  msixCount(dev: PciDevice): number {
    if (dev.msixCap === 0) return 0;
    return (dev.read(dev.msixCap + 2, 2) & msixControl.tableSize) + 1;
  }

  /**
   * `pci_alloc_irq_vectors(dev, 1, wanted, kind)`.
   * @returns how many vectors there are now (at most `wanted`), or 0 when none can be had
   */
  allocate(dev: PciDevice, wanted: number, kind: 'msi' | 'msix'): number {
    // Messages can only be set up in D0; see __pci_enable_msi_range.
    if (wanted < 1 || dev.currentState !== 0) return 0;
    const available = kind === 'msi' ? this.msiCount(dev) : this.msixCount(dev);
    if (available === 0) return 0;
    const several = kind === 'msix' || this.kernel.machine.iommu?.interruptRemapping === true;
    const count = several ? Math.min(wanted, available) : 1;
    const vectors = new MessageVectors(this.journal, kind, count, this.nextIrq);
    this.nextIrq += count;
    this.vectors.set(dev, vectors);
    if (kind === 'msi') this.enableMsi(dev, vectors);
    else this.enableMsix(dev, vectors);
    return count;
  }

  /** Takes over the messages that a host driver switched on at boot. */
  adopt(dev: PciDevice): void {
    const msix = dev.msixCap !== 0 && (dev.read(dev.msixCap + 2, 2) & msixControl.enable) !== 0;
    const msi = dev.msiCap !== 0 && (dev.read(dev.msiCap + 2, 2) & msiControl.enable) !== 0;
    if (!msix && !msi) return;
    dev.msixEnabled = msix;
    dev.msiEnabled = !msix;
    const count = msix ? this.msixCount(dev) : this.msiCount(dev);
    this.vectors.set(dev, new MessageVectors(this.journal, msix ? 'msix' : 'msi', count, this.nextIrq));
    this.nextIrq += count;
  }

  /** `pci_free_irq_vectors`. */
  free(dev: PciDevice): void {
    if (dev.msiEnabled) {
      this.setMsiEnable(dev, false);
      dev.updateCommand(0, command.intxDisable);
      dev.msiEnabled = false;
      this.writeMsiMask(dev, 0);
    }
    if (dev.msixEnabled) {
      const vectors = this.vectors.get(dev)!;
      for (let vector = 0; vector < vectors.count; vector++) this.maskEntry(dev, vector, true);
      this.changeMsixControl(dev, 0, msixControl.enable);
      dev.updateCommand(0, command.intxDisable);
      dev.msixEnabled = false;
    }
    this.vectors.delete(dev);
  }

  /** `request_irq` on one of the allocated vectors: unmasks it. */
  requestVector(dev: PciDevice, vector: number, handler: InterruptHandler): void {
    const vectors = this.vectors.get(dev);
    if (vectors === undefined) return;
    vectors.handlers.set(vector, handler);
    if (vectors.kind === 'msix') {
      this.writeEntry(dev, vectors, vector);
      this.maskEntry(dev, vector, false);
    } else {
      this.writeMsiMask(dev, this.msiMask(vectors));
    }
  }

  /** `free_irq` of a vector: masks it. */
  freeVector(dev: PciDevice, vector: number): void {
    const vectors = this.vectors.get(dev);
    if (vectors?.handlers.delete(vector) !== true) return;
    if (vectors.kind === 'msix') this.maskEntry(dev, vector, true);
    else this.writeMsiMask(dev, this.msiMask(vectors));
  }

  /** `pci_restore_msi_state`: programs the messages again after a reset. */
  restoreMessages(dev: PciDevice): void {
    const vectors = this.vectors.get(dev);
    if (vectors === undefined) return;
    dev.updateCommand(command.intxDisable, 0);
    if (vectors.kind === 'msi') {
      this.setMsiEnable(dev, false);
      this.writeMsiMessage(dev, vectors);
      this.writeMsiMask(dev, this.msiMask(vectors));
      this.setMsiEnable(dev, true);
      return;
    }
    this.changeMsixControl(dev, msixControl.enable | msixControl.maskAll, 0);
    for (let vector = 0; vector < vectors.count; vector++) {
      this.writeEntry(dev, vectors, vector);
      this.maskEntry(dev, vector, !vectors.handlers.has(vector));
    }
    this.changeMsixControl(dev, 0, msixControl.maskAll);
  }

  private line(dev: PciDevice): LineAction | undefined {
    for (const action of this.lines) if (action.dev === dev) return action;
    return undefined;
  }

  private raise(irq: number): void {
    for (const action of this.lines.toArray()) {
      if (action.dev.irq === irq && action.depth === 0 && this.lines.includes(action)) action.handler.interrupt();
    }
  }

  /** Whether the function drives its line: interrupt pending and not switched off in the command register. */
  private lineAsserted(dev: PciDevice): boolean {
    const word = dev.read(4, 4);
    return ((word >>> 16) & status.interrupt) !== 0 && (word & command.intxDisable) === 0;
  }

  private enableMsi(dev: PciDevice, vectors: MessageVectors): void {
    this.setMsiEnable(dev, false);
    this.writeMsiMask(dev, this.msiMask(vectors));
    this.writeMsiMessage(dev, vectors);
    dev.updateCommand(command.intxDisable, 0);
    this.setMsiEnable(dev, true);
    dev.msiEnabled = true;
  }

  private enableMsix(dev: PciDevice, vectors: MessageVectors): void {
    this.changeMsixControl(dev, 0, msixControl.enable);
    this.changeMsixControl(dev, msixControl.enable | msixControl.maskAll, 0);
    for (let vector = 0; vector < vectors.count; vector++) {
      this.writeEntry(dev, vectors, vector);
      this.maskEntry(dev, vector, true);
    }
    dev.updateCommand(command.intxDisable, 0);
    dev.msixEnabled = true;
    this.changeMsixControl(dev, 0, msixControl.maskAll);
  }

  private setMsiEnable(dev: PciDevice, on: boolean): void {
    const control = dev.read(dev.msiCap + 2, 2);
    dev.write(dev.msiCap + 2, 2, on ? control | msiControl.enable : control & ~msiControl.enable);
  }

  private writeMsiMessage(dev: PciDevice, vectors: MessageVectors): void {
    const control = dev.read(dev.msiCap + 2, 2);
    const multiple = Math.ceil(Math.log2(vectors.count));
    dev.write(dev.msiCap + 2, 2, (control & ~msiControl.queueSize) | (multiple << 4));
    dev.write(dev.msiCap + 4, 4, messageAddress | remappable | ((vectors.firstIrq & 0x7fff) << 5));
    const wide = (control & msiControl.bits64) !== 0;
    if (wide) dev.write(dev.msiCap + 8, 4, 0);
    dev.write(dev.msiCap + (wide ? 12 : 8), 2, 0);
  }

  /** A masked bit for every vector that nobody listens to; all of them before the first listener. */
  private msiMask(vectors: MessageVectors): number {
    let mask = 0;
    for (let vector = 0; vector < vectors.count; vector++) if (!vectors.handlers.has(vector)) mask |= 1 << vector;
    return mask >>> 0;
  }

  private writeMsiMask(dev: PciDevice, mask: number): void {
    const control = dev.read(dev.msiCap + 2, 2);
    if ((control & msiControl.perVectorMask) === 0) return;
    dev.write(dev.msiCap + ((control & msiControl.bits64) !== 0 ? 16 : 12), 4, mask);
  }

  private changeMsixControl(dev: PciDevice, set: number, clear: number): void {
    const control = dev.read(dev.msixCap + 2, 2);
    dev.write(dev.msixCap + 2, 2, (control & ~clear) | set);
  }

  private writeEntry(dev: PciDevice, vectors: MessageVectors, vector: number): void {
    const { bar, offset } = this.entry(dev, vector);
    const address = messageAddress | remappable | (((vectors.firstIrq + vector) & 0x7fff) << 5);
    dev.fn.barWrite(bar, offset, 4, address >>> 0);
    dev.fn.barWrite(bar, offset + 4, 4, 0);
    dev.fn.barWrite(bar, offset + 8, 4, 0);
  }

  private maskEntry(dev: PciDevice, vector: number, masked: boolean): void {
    const { bar, offset } = this.entry(dev, vector);
    dev.fn.barWrite(bar, offset + 12, 4, masked ? 1 : 0);
  }

  /** Where the MSI-X table entry of a vector lies: BAR number in the low 3 bits of the table register. */
  private entry(dev: PciDevice, vector: number): { bar: number; offset: number } {
    const table = dev.read(dev.msixCap + 4, 4);
    return { bar: table & 7, offset: (table & ~7) + 16 * vector };
  }
}
