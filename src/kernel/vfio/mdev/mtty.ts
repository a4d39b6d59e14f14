import { andThen } from '../../blocking';
import { EFAULT, EINVAL, ENOTTY } from '../../errno';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import type { LoadableModule } from '../../modules';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_FLAGS_PCI,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
  VFIO_IRQ_INFO_AUTOMASKED,
  VFIO_IRQ_INFO_EVENTFD,
  VFIO_IRQ_INFO_MASKABLE,
  VFIO_IRQ_INFO_NORESIZE,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_PCI_BAR0_REGION_INDEX,
  VFIO_PCI_BAR1_REGION_INDEX,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
  VFIO_PCI_NUM_IRQS,
  VFIO_PCI_NUM_REGIONS,
  VFIO_PCI_REQ_IRQ_INDEX,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
} from '../../uapi';
import { copyFromUser, copyToUser, type UserArgument, type UserSpan } from '../../user-memory';
import { irqSetOf, irqSetSize, vfio_set_irqs_validate_and_prepare, type IrqSet } from '../irq-set';
import { eventfd_ctx_fdget } from '../virqfd';
import type { MdevDevice } from './mdev-device';
import { mttyBarSize, mttyConfigSize, MttyDevice } from './mtty-device';
import type { MdevParentOps, MdevType, MdevTypeGroup, ParentDevice } from './parent';
import { inPieces } from './pieces';

/** Ports of all cards together; creating more is not refused. */
const allPorts = 24;
/** The kernel gives the first free number from above; which one depends on what else is there. */
const majorNumber = 241;
const infoSize = 16;
const regionInfoSize = 32;

const parentDevice: ParentDevice = { name: 'mtty', driverString: 'mtty', path: '/sys/devices/virtual/mtty/mtty' };

/** The sample driver `mtty`: mediated serial cards, which need no hardware. It pins nothing. */
class MttyDriver implements MdevParentOps {
  readonly supportedTypeGroups: readonly MdevTypeGroup[];
  readonly parentFiles = { mtty_dev: { sample_mtty_dev: () => 'This is phy device\n' } };
  readonly deviceFiles = { vendor: { sample_mdev_dev: (mdev: MdevDevice) => `This is MDEV ${mdev.uuid}\n` } };

  constructor(private readonly kernel: Kernel) {
    this.supportedTypeGroups = [this.typeGroup(1, 'Single port serial'), this.typeGroup(2, 'Dual port serial')];
  }

  private typeGroup(ports: 1 | 2, title: string): MdevTypeGroup {
    return {
      name: String(ports),
      files: {
        name: () => `${title}\n`,
        device_api: () => 'vfio-pci\n',
        available_instances: () => `${Math.trunc((allPorts - this.portsUsed()) / ports)}\n`,
      },
    };
  }

  private portsUsed(): number {
    let used = 0;
    for (const { driverData } of this.kernel.mdev.devices.values()) {
      if (driverData instanceof MttyDevice) used += driverData.ports;
    }
    return used;
  }

  /** `mtty_create`. */
  create(type: MdevType, mdev: MdevDevice): number {
    mdev.driverData = new MttyDevice(mdev, type.group.name === '2' ? 2 : 1);
    return 0;
  }

  /** `mtty_remove`. */
  remove(mdev: MdevDevice): number {
    mdev.driverData = null;
    return 0;
  }

  open(): number {
    this.kernel.log.info('mtty_open');
    return 0;
  }

  release(): void {
    this.kernel.log.info('mtty_close');
  }

  /** `mtty_read`. */
  read(mdev: MdevDevice, process: Process, position: bigint, into: Uint8Array, span?: UserSpan): Answer {
    const card = mdev.driverData as MttyDevice;
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    return inPieces(position, into.length, span, (at, done, width) => card.read(process, at, view, done, width));
  }

  /** `mtty_write`. */
  write(mdev: MdevDevice, process: Process, position: bigint, bytes: Uint8Array, span?: UserSpan): Answer {
    const card = mdev.driverData as MttyDevice;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return inPieces(position, bytes.length, span, (at, done, width) => card.write(process, at, view, done, width));
  }

  /** `mtty_ioctl`. */
  ioctl(mdev: MdevDevice, process: Process, request: number, argument: UserArgument): Answer {
    const card = mdev.driverData as MttyDevice;
    switch (request) {
      case VFIO_DEVICE_GET_INFO:
        return getInfo(card, process, argument);
      case VFIO_DEVICE_GET_REGION_INFO:
        return getRegionInfo(card, process, argument);
      case VFIO_DEVICE_GET_IRQ_INFO:
        return getIrqInfo(card, process, argument);
      case VFIO_DEVICE_SET_IRQS:
        return this.setIrqs(card, process, argument);
      case VFIO_DEVICE_RESET:
        this.kernel.log.info('mtty_reset: called');
        return 0;
      default:
        return -ENOTTY;
    }
  }

  private setIrqs(card: MttyDevice, process: Process, argument: UserArgument): number {
    const header = copyFromUser(process, argument, irqSetSize);
    if (header === null) return -EFAULT;
    const request = irqSetOf(header);
    // The driver takes the number of indexes for the number of interrupts of each.
    const { story } = this.kernel;
    const size = vfio_set_irqs_validate_and_prepare(story, request, card.numIrqs, VFIO_PCI_NUM_IRQS);
    if (size < 0) return size;
    const data = size === 0 ? null : copyFromUser(process, argument, size, irqSetSize);
    if (size > 0 && data === null) return -EFAULT;
    return this.applyIrqs(card, process, request, data);
  }

  /** `mtty_set_irqs`: INTx and MSI have one eventfd each; what is no trigger has no effect. */
  private applyIrqs(card: MttyDevice, process: Process, { flags, index }: IrqSet, data: DataView | null): number {
    if (index !== VFIO_PCI_INTX_IRQ_INDEX && index !== VFIO_PCI_MSI_IRQ_INDEX) {
      this.kernel.log.info(`mtty_set_irqs: ${otherIndexes[index] ?? ''}_IRQ`);
      return 0;
    }
    if ((flags & VFIO_IRQ_SET_ACTION_TRIGGER) === 0) return 0;
    const isMsi = index === VFIO_PCI_MSI_IRQ_INDEX;
    if ((flags & VFIO_IRQ_SET_DATA_NONE) !== 0) {
      this.kernel.log.info(`mtty_set_irqs: disable ${isMsi ? 'MSI' : 'INTx'}`);
      // The eventfd is put, and still used: the driver forgets to forget it.
      if (isMsi) card.irqIndex = VFIO_PCI_INTX_IRQ_INDEX;
      return 0;
    }
    if ((flags & VFIO_IRQ_SET_DATA_EVENTFD) === 0 || data === null || data.byteLength < 4) return 0;
    return setTrigger(card, process, index, data.getInt32(0, true));
  }
}

/** The eventfd of INTx or MSI; that of MSI is set once and stays. */
function setTrigger(card: MttyDevice, process: Process, index: number, fd: number): number {
  const isMsi = index === VFIO_PCI_MSI_IRQ_INDEX;
  if (fd <= 0 || (isMsi && card.msi !== null)) return 0;
  const event = eventfd_ctx_fdget(process, fd);
  if (typeof event === 'number') return event;
  if (isMsi) card.msi = event;
  else card.intx = event;
  card.irqIndex = index;
  return 0;
}

const otherIndexes: Readonly<Record<number, string>> = { 2: 'MSIX', 3: 'ERR', 4: 'REQ' };

/** VFIO_DEVICE_GET_INFO; what it tells about interrupts is what other requests are compared with. */
function getInfo(card: MttyDevice, process: Process, argument: UserArgument): number {
  const given = copyFromUser(process, argument, infoSize);
  if (given === null) return -EFAULT;
  const argsz = given.getUint32(0, true);
  if (argsz < infoSize) return -EINVAL;
  card.numIrqs = VFIO_PCI_NUM_IRQS;
  return give(process, argument, [argsz, VFIO_DEVICE_FLAGS_PCI, VFIO_PCI_NUM_REGIONS, VFIO_PCI_NUM_IRQS]);
}

/** VFIO_DEVICE_GET_REGION_INFO. */
function getRegionInfo(card: MttyDevice, process: Process, argument: UserArgument): number {
  const given = copyFromUser(process, argument, regionInfoSize);
  if (given === null) return -EFAULT;
  const [argsz, index, capOffset] = [0, 8, 12].map((at) => given.getUint32(at, true)) as [number, number, number];
  if (argsz < regionInfoSize || index >= VFIO_PCI_NUM_REGIONS) return -EINVAL;
  const flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
  // The offset is the index at bit 40: bit 8 of the high word.
  return give(process, argument, [argsz, flags, index, capOffset, regionSize(card, index), 0, 0, index << 8]);
}

function regionSize(card: MttyDevice, index: number): number {
  if (index === VFIO_PCI_CONFIG_REGION_INDEX) return mttyConfigSize;
  const ports = [VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_BAR1_REGION_INDEX].slice(0, card.ports);
  return ports.includes(index) ? mttyBarSize : 0;
}

/** VFIO_DEVICE_GET_IRQ_INFO. */
function getIrqInfo(card: MttyDevice, process: Process, argument: UserArgument): number {
  const given = copyFromUser(process, argument, infoSize);
  if (given === null) return -EFAULT;
  const argsz = given.getUint32(0, true);
  const index = given.getUint32(8, true);
  if (argsz < infoSize || index >= card.numIrqs) return -EINVAL;
  const known = [VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX, VFIO_PCI_REQ_IRQ_INDEX];
  if (!known.includes(index)) return -EINVAL;
  const isIntx = index === VFIO_PCI_INTX_IRQ_INDEX;
  const kind = isIntx ? VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED : VFIO_IRQ_INFO_NORESIZE;
  return give(process, argument, [argsz, VFIO_IRQ_INFO_EVENTFD | kind, index, 1]);
}

/** `copy_to_user` of a structure of 32-bit fields. */
function give(process: Process, argument: UserArgument, fields: readonly number[]): number {
  return copyToUser(process, argument, new Uint8Array(Uint32Array.from(fields).buffer)) ? 0 : -EFAULT;
}

/** The module `mtty`. */
export function mttyModule(kernel: Kernel): LoadableModule {
  return {
    name: 'mtty',
    needs: ['mdev'],
    load() {
      kernel.log.info('mtty_dev: mtty_dev_init');
      kernel.log.info(`major_number:${majorNumber}`);
      return kernel.mdev.mdev_register_device(parentDevice, new MttyDriver(kernel));
    },
    unload(process) {
      return andThen(kernel.mdev.mdev_unregister_device(process, parentDevice), () => {
        kernel.log.info('mtty_dev: Unloaded!');
        return 0;
      });
    },
  };
}
