import { entity, JournaledBlock } from '../../../history';
import type { EventFile } from '../../eventfd';
import type { Answer } from '../../file';
import { oops } from '../../oops';
import type { Process } from '../../process';
import {
  VFIO_PCI_BAR0_REGION_INDEX,
  VFIO_PCI_BAR1_REGION_INDEX,
  VFIO_PCI_BAR5_REGION_INDEX,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
} from '../../uapi';
import type { MdevDevice } from './mdev-device';
import type { Width } from './pieces';
import { Uart } from './uart';

/** Bits of a position that count inside a region. */
const indexShift = 40n;
const configSize = 0x100;
/** Bytes of configuration space that the device says it has: one less than it should. */
export const mttyConfigSize = 0xff;
/** Bytes of a port's BAR. */
export const mttyBarSize = 8;

/** What is in configuration space at first, by offset: 4 bytes each. */
const configAtFirst: readonly (readonly [number, number])[] = [
  [0x00, 0x32534348],
  [0x04, 0x02000001],
  [0x08, 0x07000210],
  [0x10, 0x00000001],
  [0x2c, 0x32534348],
  [0x3c, 0x00000100],
  [0x40, 0x80000023],
  [0x44, 0x00000023],
  [0x48, 0x00000023],
  [0x4c, 0x00000023],
  // "PCI Serial/UART"
  [0x60, 0x20494350],
  [0x64, 0x69726553],
  [0x68, 0x552f6c61],
  [0x6c, 0x00545241],
];

/** A mediated serial card (`struct mdev_state` of mtty). */
export class MttyDevice extends entity({
  intx: null as EventFile | null,
  msi: null as EventFile | null,
  /** Which of the two is used; -1: none was ever set. */
  irqIndex: -1,
  /** As VFIO_DEVICE_GET_INFO told; 0 before it was asked: the driver compares with this later. */
  numIrqs: 0,
}) {
  readonly config: JournaledBlock;
  readonly uarts: readonly Uart[];

  constructor(
    readonly mdev: MdevDevice,
    readonly ports: 1 | 2,
  ) {
    super(mdev.kernel.journal);
    this.config = new JournaledBlock(this.journal, new Uint8Array(configSize));
    for (const [offset, value] of configAtFirst) this.config.set(offset, 4, value);
    if (ports === 2) this.config.set(0x14, 4, 1);
    this.uarts = [new Uart(this.journal), new Uart(this.journal)];
  }

  /** Reads a piece of a region into `into`; -1 for a region that there is not. */
  read(process: Process, position: bigint, into: DataView, done: number, width: Width): Answer {
    const { index, offset } = placeOf(position);
    let value = 0;
    let interrupts = 0;
    if (index === VFIO_PCI_CONFIG_REGION_INDEX) {
      value = offset + width <= configSize ? this.config.get(offset, width) : 0;
    } else if (index <= VFIO_PCI_BAR5_REGION_INDEX) {
      ({ value, interrupts } = this.uarts[index]?.read(offset) ?? { value, interrupts });
    } else {
      return -1;
    }
    if (width === 4) into.setUint32(done, value, true);
    else if (width === 2) into.setUint16(done, value, true);
    else into.setUint8(done, value);
    return this.interrupt(process, interrupts);
  }

  /** Writes a piece of a region; -1 for a region that there is not. */
  write(process: Process, position: bigint, from: DataView, done: number, width: Width): Answer {
    const { index, offset } = placeOf(position);
    if (index === VFIO_PCI_CONFIG_REGION_INDEX) {
      this.writeConfig(offset, from, done, width);
      return 0;
    }
    if (index > VFIO_PCI_BAR5_REGION_INDEX) return -1;
    // Ports have registers of one byte: the rest of a wider piece is lost.
    return this.interrupt(process, this.uarts[index]?.write(offset, from.getUint8(done)) ?? 0);
  }

  private writeConfig(offset: number, from: DataView, done: number, width: Width): void {
    const { log } = this.mdev.kernel;
    switch (offset) {
      case 0x04:
      case 0x06:
      case 0x3d:
        return;
      case 0x3c:
        this.config.set(0x3c, 1, from.getUint8(done));
        return;
      case 0x10:
      case 0x14:
        this.writeBar(offset, from, done, width);
        return;
      case 0x18:
      case 0x1c:
      case 0x20:
        this.config.set(offset, 4, 0);
        return;
      default:
        log.info(`PCI config write @0x${offset.toString(16)} of ${width} bytes not handled`);
    }
  }

  private writeBar(offset: number, from: DataView, done: number, width: Width): void {
    const bar = offset === 0x10 ? VFIO_PCI_BAR0_REGION_INDEX : VFIO_PCI_BAR1_REGION_INDEX;
    if (bar >= this.ports) {
      this.config.set(offset, 4, 0);
      return;
    }
    const given = width === 4 ? from.getUint32(done, true) : from.getUint8(done);
    this.mdev.kernel.log.info(`BAR${bar} addr 0x${given.toString(16)}`);
    const address = given === 0xffffffff ? (given & -mttyBarSize) >>> 0 : given;
    this.config.set(offset, 4, (address | (this.config.get(offset, 1) & 3)) >>> 0);
  }

  /** `mtty_trigger_interrupt`, so many times. Without any eventfd ever set it looks for one behind a NULL pointer. */
  private interrupt(process: Process, times: number): Answer {
    for (let time = 0; time < times; time++) {
      const isMsi = this.irqIndex === VFIO_PCI_MSI_IRQ_INDEX;
      const event = isMsi ? this.msi : this.intx;
      if (event !== null) event.signal();
      else if (this.irqIndex === VFIO_PCI_INTX_IRQ_INDEX)
        this.mdev.kernel.log.info('mtty_trigger_interrupt: Intr eventfd not found');
      else if (!isMsi) return oops(process, '0000000000000008', 'eventfd_signal of mtty without eventfd');
    }
    return 0;
  }
}

function placeOf(position: bigint): { readonly index: number; readonly offset: number } {
  // The driver keeps 16 bits of the offset.
  return { index: Number(position >> indexShift), offset: Number(position & 0xffffn) };
}
