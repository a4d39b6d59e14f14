import { entity, JournaledBytes } from '../../history';
import type { BarShape } from '../bar';
import { addMsi } from '../capabilities/msi';
import { setIdentity } from '../capabilities/standard';
import type { AccessWidth, ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import { DeviceModel, type ModelDefinition } from '../device-model';
import type { PciFunction } from '../pci-function';
import { register } from '../registers';

/** Registers in BAR 0 (QEMU, docs/specs/edu). */
const reg = {
  identification: 0x00,
  liveness: 0x04,
  factorial: 0x08,
  status: 0x20,
  interruptStatus: 0x24,
  interruptRaise: 0x60,
  interruptAcknowledge: 0x64,
  dmaSource: 0x80,
  dmaDestination: 0x88,
  dmaCount: 0x90,
  dmaCommand: 0x98,
} as const;

const identification = 0x010000ed;
/** Status: a factorial is being computed; raise an interrupt when it is done. */
const computing = 0x01;
const interruptWhenDone = 0x80;
const factorialInterrupt = 0x01;
/** DMA command: start (reads as busy); from the device to memory; raise an interrupt when done. */
const run = 0x1;
const toMemory = 0x2;
const dmaInterruptWanted = 0x4;
const dmaInterrupt = 0x100;

const bufferStart = 0x40000n;
const bufferSize = 4096n;
const dmaDelay = 100;
/** The device can address 28 bits. */
const dmaMask = 0x0fffffffn;
/** Registers below take 32-bit accesses only; from here on 64-bit ones too. */
const wideRegisters = 0x80;

const invalid = 0xffffffff;

class Edu extends entity({
  liveness: 0,
  factorial: 0,
  status: 0,
  interrupts: 0,
  source: 0n,
  destination: 0n,
  count: 0n,
  command: 0n,
  /** Virtual ms at which the DMA happens, or Infinity. */
  dmaAt: Infinity,
}) {}

/** QEMU's educational device: an inverter, a factorial unit, interrupts and a DMA engine with a 4 KiB buffer. */
class EduModel extends DeviceModel {
  private readonly registers: Edu;
  private readonly buffer: JournaledBytes;

  constructor(fn: PciFunction) {
    super(fn);
    this.registers = new Edu(fn.journal);
    this.buffer = new JournaledBytes(fn.journal);
  }

  /** Accesses of 1 and 2 bytes do not reach the registers: they read 0. */
  override read(_bar: number, offset: number, width: AccessWidth): number {
    if (width !== 4) return 0;
    const edu = this.registers;
    switch (offset) {
      case reg.identification:
        return identification;
      case reg.liveness:
        return edu.liveness;
      case reg.factorial:
        return edu.factorial;
      case reg.status:
        return edu.status;
      case reg.interruptStatus:
        return edu.interrupts;
      case reg.dmaSource:
        return low(edu.source);
      case reg.dmaDestination:
        return low(edu.destination);
      case reg.dmaCount:
        return low(edu.count);
      case reg.dmaCommand:
        return low(edu.command);
      default:
        return invalid;
    }
  }

  override write(_bar: number, offset: number, width: AccessWidth, value: number): void {
    if (width !== 4) return;
    if (offset >= wideRegisters) {
      this.writeDma(offset, BigInt(value));
      return;
    }
    const edu = this.registers;
    if (offset === reg.liveness) edu.liveness = ~value >>> 0;
    else if (offset === reg.factorial) this.compute(value);
    else if (offset === reg.status) edu.status = (edu.status & ~interruptWhenDone) | (value & interruptWhenDone);
    else if (offset === reg.interruptRaise) this.raise(value);
    else if (offset === reg.interruptAcknowledge) this.lower(value);
  }

  override reset(): void {
    // QEMU's model has no reset of its own: its registers keep what they hold, and a transfer under way goes on.
  }

  override nextEvent(): number {
    return this.registers.dmaAt;
  }

  override advance(): void {
    const edu = this.registers;
    edu.dmaAt = Infinity;
    if ((edu.command & BigInt(run)) === 0n) return;
    this.transfer();
    edu.command &= ~BigInt(run);
    if ((edu.command & BigInt(dmaInterruptWanted)) !== 0n) this.raise(dmaInterrupt);
  }

  override state(): Record<string, number | bigint | string> {
    const { liveness, factorial, status, interrupts, source, destination, count, command } = this.registers;
    return { liveness, factorial, status, interrupts, source, destination, count, command };
  }

  private compute(value: number): void {
    if ((this.registers.status & computing) !== 0) return;
    let product = 1;
    for (let factor = value; factor > 0 && product !== 0; factor--) product = Math.imul(product, factor) >>> 0;
    this.registers.factorial = product;
    if ((this.registers.status & interruptWhenDone) !== 0) this.raise(factorialInterrupt);
  }

  private raise(bits: number): void {
    const edu = this.registers;
    edu.interrupts = (edu.interrupts | bits) >>> 0;
    if (edu.interrupts === 0) return;
    if (this.fn.msi?.enabled === true) this.fn.sendMessage(0);
    else this.fn.setIntx(true);
  }

  private lower(bits: number): void {
    const edu = this.registers;
    edu.interrupts = (edu.interrupts & ~bits) >>> 0;
    if (edu.interrupts === 0 && this.fn.msi?.enabled !== true) this.fn.setIntx(false);
  }

  /** While a transfer is under way, the DMA registers take no write. */
  private writeDma(offset: number, value: bigint): void {
    const edu = this.registers;
    if ((edu.command & BigInt(run)) !== 0n) return;
    if (offset === reg.dmaSource) edu.source = value;
    else if (offset === reg.dmaDestination) edu.destination = value;
    else if (offset === reg.dmaCount) edu.count = value;
    else if (offset === reg.dmaCommand && (value & BigInt(run)) !== 0n) {
      edu.command = value;
      edu.dmaAt = this.fn.machine.now + dmaDelay;
    }
  }

  /** Moves the bytes when the device's side lies in its buffer; addresses of memory are cut to 28 bits. */
  private transfer(): void {
    const { source, destination, count, command } = this.registers;
    const write = (command & BigInt(toMemory)) !== 0n;
    const inside = write ? source : destination;
    if (inside < bufferStart || inside + count > bufferStart + bufferSize) return;
    const at = Number(inside - bufferStart);
    const length = Number(count);
    if (write) this.fn.dmaWrite(destination & dmaMask, this.buffer.read(at, length));
    else this.buffer.write(at, this.fn.dmaRead(source & dmaMask, length).bytes);
  }
}

const low = (value: bigint): number => Number(value & 0xffffffffn);

const bar0: BarShape = { index: 0, kind: 'memory', size: 0x100000n, is64: false, prefetchable: false };

export const edu: ModelDefinition = {
  name: 'edu',
  title: 'QEMU edu device',
  express: false,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    const identity = { vendor: 0x1234, device: 0x11e8, classCode: 0x00ff00, revision: 0x10, pin: 1 };
    setIdentity(space, identity, description);
    addMsi(space, { offset: register.headerEnd, vectors: 1, is64: true, maskable: false });
    return [bar0];
  },
  create: (fn) => new EduModel(fn),
};
