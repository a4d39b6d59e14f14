import type { AccessWidth } from '../config-space';
import type { PciFunction } from '../pci-function';
import { optionRom, readRom } from './option-rom';
import { RegistersModel } from './registers-model';

const defaultMac = '52:54:00:12:34:56';
const romBar = 6;

/** The six bytes of a function's MAC address. @throws RangeError for a text that is none */
export function macOf(text: string | undefined): number[] {
  const bytes = (text ?? defaultMac).split(':').map((part) => parseInt(part, 16));
  if (bytes.length !== 6 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) {
    throw new RangeError(`'${text}' is not a MAC address like ${defaultMac}`);
  }
  return bytes;
}

/** Registers in BAR 0 of Intel's 8254x and 82574 cards. */
const reg = {
  control: 0x00,
  status: 0x08,
  causeRead: 0xc0,
  causeSet: 0xc8,
  maskSet: 0xd0,
  maskClear: 0xd8,
  addressLow: 0x5400,
  addressHigh: 0x5404,
} as const;

/** What differs between the cards after a reset. */
export interface EthernetDefaults {
  /** Device control: link set up, speed 1000, software pins, and full duplex on the 82574. */
  readonly control: number;
  readonly status: number;
}

const addressValid = 0x80000000;

/** Intel's gigabit cards: registers are storage, except the interrupt block and the ROM. */
export class IntelEthernetModel extends RegistersModel {
  private readonly rom: Uint8Array;

  constructor(
    fn: PciFunction,
    private readonly defaults: EthernetDefaults,
    romBlocks: number,
    sizes: Readonly<Record<number, number>>,
  ) {
    super(fn, sizes);
    this.rom = optionRom(fn, romBlocks);
    this.start();
  }

  override read(bar: number, offset: number, width: AccessWidth): number {
    if (bar === romBar) return readRom(this.rom, offset, width);
    const value = super.read(bar, offset, width);
    if (bar === 0 && offset === reg.causeRead && width === 4) this.setCause(0);
    return value;
  }

  override write(bar: number, offset: number, width: AccessWidth, value: number): void {
    if (bar === romBar) return;
    if (bar !== 0 || width !== 4) {
      super.write(bar, offset, width, value);
      return;
    }
    const cause = super.read(0, reg.causeRead, 4);
    const mask = super.read(0, reg.maskSet, 4);
    if (offset === reg.causeRead) this.setCause((cause & ~value) >>> 0);
    else if (offset === reg.causeSet) this.setCause((cause | value) >>> 0);
    else if (offset === reg.maskSet) this.setMask((mask | value) >>> 0);
    else if (offset === reg.maskClear) this.setMask((mask & ~value) >>> 0);
    else if (offset !== reg.status) super.write(bar, offset, width, value);
  }

  override reset(): void {
    super.reset();
    this.start();
  }

  override state(): Record<string, number> {
    const value = (offset: number): number => super.read(0, offset, 4);
    return { CTRL: value(reg.control), STATUS: value(reg.status), ICR: value(reg.causeRead), IMS: value(reg.maskSet) };
  }

  private start(): void {
    const mac = macOf(this.fn.description.mac);
    this.put(0, reg.control, this.defaults.control);
    this.put(0, reg.status, this.defaults.status);
    this.put(0, reg.addressLow, ((mac[0]! | (mac[1]! << 8) | (mac[2]! << 16)) + mac[3]! * 0x1000000) >>> 0);
    this.put(0, reg.addressHigh, (mac[4]! | (mac[5]! << 8)) + addressValid);
  }

  private setCause(cause: number): void {
    this.put(0, reg.causeRead, cause);
    this.updateInterrupt();
  }

  private setMask(mask: number): void {
    this.put(0, reg.maskSet, mask);
    this.updateInterrupt();
  }

  private updateInterrupt(): void {
    const wanted = (super.read(0, reg.causeRead, 4) & super.read(0, reg.maskSet, 4)) !== 0;
    if (this.fn.messagesEnabled) {
      if (wanted) this.fn.sendMessage(0);
    } else this.fn.setIntx(wanted);
  }
}
