import type { BarShape } from '../bar';
import { setIdentity } from '../capabilities/standard';
import type { AccessWidth, ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import type { PciFunction } from '../pci-function';
import { register } from '../registers';
import { macOf } from './ethernet';
import { optionRom, readRom } from './option-rom';
import { RegistersModel } from './registers-model';

const registersSize = 0x100;
/** Status of the four transmit descriptors, and its bit that says that the host owns the descriptor. */
const transmitStatus = [0x10, 0x14, 0x18, 0x1c] as const;
const hostOwns = 0x2000;
const transmitConfiguration = 0x40;
/** Chip version RTL8139C+ in the transmit configuration register. */
const version = 0x74000000;
const romBar = 6;
const romBlocks = 0x93;
/** Where the capability pointer of the real chip points; QEMU keeps the pointer without a list. */
const capabilityPointer = 0xdc;

/** Realtek 8139: 256 bytes of registers, the same through ports and through memory. */
class Rtl8139Model extends RegistersModel {
  private readonly rom: Uint8Array;

  constructor(fn: PciFunction) {
    super(fn, { 0: registersSize });
    this.rom = optionRom(fn, romBlocks);
    this.start();
  }

  override read(bar: number, offset: number, width: AccessWidth): number {
    return bar === romBar ? readRom(this.rom, offset, width) : super.read(0, offset, width);
  }

  override write(bar: number, offset: number, width: AccessWidth, value: number): void {
    if (bar !== romBar) super.write(0, offset, width, value);
  }

  override reset(): void {
    super.reset();
    this.start();
  }

  private start(): void {
    macOf(this.fn.description.mac).forEach((byte, index) => super.write(0, index, 1, byte));
    for (const offset of transmitStatus) this.put(0, offset, hostOwns);
    this.put(0, transmitConfiguration, version);
  }
}

const bars: readonly BarShape[] = [
  { index: 0, kind: 'io', size: 0x100n, is64: false, prefetchable: false },
  { index: 1, kind: 'memory', size: 0x100n, is64: false, prefetchable: false },
  { index: 6, kind: 'rom', size: 0x40000n, is64: false, prefetchable: false },
];

export const rtl8139: ModelDefinition = {
  name: 'rtl8139',
  title: 'Realtek RTL8139 Fast Ethernet',
  express: false,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x10ec, device: 0x8139, classCode: 0x020000, revision: 0x20, pin: 1 }, description);
    space.set(register.capabilities, 1, capabilityPointer);
    return bars;
  },
  create: (fn) => new Rtl8139Model(fn),
};
