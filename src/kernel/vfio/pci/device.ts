import { entity, JournaledList, JournaledMap, type Journal } from '../../../history';
import type { EventFile } from '../../eventfd';
import type { Kernel } from '../../kernel';
import type { PciDevice } from '../../pci/pci-device';
import type { SavedState } from '../../pci/saved-state';
import { VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_NUM_IRQS } from '../../uapi';
import type { IrqBypass } from './irq-bypass';
import { VirqfdSlot } from '../virqfd';
import type { VirtualConfig } from './virtual-config';
import type { VfToken } from './vf-token';
import type { VfioPciParameters } from './parameters';

/** One vector, or INTx, of a device (`struct vfio_pci_irq_ctx`). */
export class IrqContext extends entity({
  /** The user's eventfd; null: none. */
  trigger: null as EventFile | null,
  /** INTx: masked until the user unmasks. */
  masked: false,
  /** Eventfd under which the IRQ bypass knows the vector (`producer.token`); stays when registration failed. */
  token: null as EventFile | null,
  /** It stood in the list of the IRQ bypass once: its links are poisoned since it left, before that they are zero. */
  wasLinked: false,
}) {
  /** Eventfd that unmasks INTx. */
  readonly unmask: VirqfdSlot;

  constructor(journal: Journal) {
    super(journal);
    this.unmask = new VirqfdSlot(journal);
  }
}

/** A write to a BAR that an eventfd sets off (`struct vfio_pci_ioeventfd`). */
export class IoEventfd {
  readonly slot: VirqfdSlot;

  constructor(
    journal: Journal,
    readonly bar: number,
    /** Byte offset in the BAR. */
    readonly position: number,
    /** Bytes written: 1, 2, 4 or 8. */
    readonly count: number,
    readonly data: bigint,
  ) {
    this.slot = new VirqfdSlot(journal);
  }
}

/** A device bound to vfio-pci (`struct vfio_pci_device`). */
export class VfioPciDevice extends entity({
  /** How many device files are open. */
  refcnt: 0,
  /** `VFIO_PCI_*_IRQ_INDEX` of what is enabled, or VFIO_PCI_NUM_IRQS for nothing. */
  irqType: VFIO_PCI_NUM_IRQS,
  /** Log2 of the number of MSI vectors that are enabled. */
  msiQmax: 0,
  /** The user set INTx disable in the (virtual) command register. */
  virqDisabled: false,
  /** INTx can be masked in the command register (PCI 2.3). */
  pci23: false,
  /** The device's INTx is known to be broken: it is hidden. */
  nointx: false,
  /** A function reset worked at the first open. */
  resetWorks: false,
  /** Not clean since the last close: a bus reset would help. */
  needsReset: false,
  /** The device forgets its configuration in D3. */
  needsPmRestore: false,
  /** Configuration before D3, for such devices. */
  pmSave: null as SavedState | null,
  /** Configuration at the first open. */
  pciSavedState: null as SavedState | null,
  /** What the user sees of configuration space; null while the device is closed. */
  config: null as VirtualConfig | null,
  /** Hardware BARs and ROM register at the first open. */
  rbar: [] as readonly number[],
  /** BAR with the MSI-X table, 0xff for none; place and size of the table in bytes. */
  msixBar: 0xff,
  msixOffset: 0,
  msixSize: 0,
  hasVga: false,
  /** BARs whose pages can be mapped by the user, one bit each. */
  mappable: 0,
  /** A process died in SET_IRQS and took the lock (`igate`) with it. */
  igateLost: false,
  errTrigger: null as EventFile | null,
  reqTrigger: null as EventFile | null,
  /** The token that the users of PF and VFs share; null for what is no PF. */
  vfToken: null as VfToken | null,
}) {
  /** Vectors that are enabled; INTx is vector 0. */
  readonly contexts: JournaledMap<number, IrqContext>;
  readonly ioeventfds: JournaledList<IoEventfd>;
  /** BARs that the driver has mapped for its own accesses. */
  readonly mappedBars: JournaledMap<number, true>;

  constructor(
    readonly kernel: Kernel,
    readonly pdev: PciDevice,
    readonly parameters: VfioPciParameters,
    readonly irqBypass: IrqBypass,
  ) {
    super(kernel.journal);
    this.contexts = new JournaledMap(kernel.journal);
    this.ioeventfds = new JournaledList(kernel.journal);
    this.mappedBars = new JournaledMap(kernel.journal);
  }

  /** A message of vfio_pci.c; before 959e1b75cc87 those named the module as well. */
  info(text: string): void {
    this.pdev.info(this.prefix + text);
  }

  notice(site: string, text: string): void {
    this.pdev.limited(site, 5, this.prefix + text);
  }

  warn(text: string): void {
    this.pdev.warn(this.prefix + text);
  }

  /** A message that comes at most 10 times in 5 seconds. */
  infoLimited(site: string, text: string): void {
    this.pdev.limited(site, 6, this.prefix + text);
  }

  private get prefix(): string {
    return this.kernel.has('959e1b75cc87') ? '' : 'vfio_pci: ';
  }

  /** `is_intx`. */
  get isIntx(): boolean {
    return this.irqType === VFIO_PCI_INTX_IRQ_INDEX;
  }

  /** `is_irq_none`. */
  get isIrqNone(): boolean {
    return this.irqType === VFIO_PCI_NUM_IRQS;
  }

  /** Size in bytes of a BAR or the ROM (6); 0n when it is not implemented or not assigned. */
  resourceLength(index: number): bigint {
    const bar = this.pdev.bar(index);
    return bar === undefined || bar.start === 0n ? 0n : bar.size;
  }
}
