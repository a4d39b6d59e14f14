import { entity, JournaledList } from '../history';
import { Bar, type BarShape } from './bar';
import { Msi } from './capabilities/msi';
import { Msix } from './capabilities/msix';
import { Sriov } from './capabilities/sriov';
import { ConfigSpace, configSize, extendedConfigSize, type AccessWidth } from './config-space';
import type { FunctionDescription } from './description';
import type { DeviceModel, ModelDefinition } from './device-model';
import { dmaRead, dmaWrite, type DmaRead } from './dma';
import { resetBehind, resetFunction } from './function-reset';
import type { Machine } from './machine';
import { flushMsi, flushMsix, flushMsixVector, sendMessage } from './messages';
import { formatAddress, type PciAddress } from './pci-address';
import { capabilityId, command, extendedId, portType, register, statusInterrupt } from './registers';

const bridgeResetBit = 0x40;
const functionResetBit = 0x8000;

/** Bits of the ACS control register, as `PCI_ACS_*`. */
export const acsBit = {
  sourceValidation: 0x01,
  translationBlocking: 0x02,
  requestRedirect: 0x04,
  completionRedirect: 0x08,
  upstreamForwarding: 0x10,
  egressControl: 0x20,
  directTranslated: 0x40,
} as const;

/** What the machine says about a function besides its model. */
export interface FunctionPlace {
  readonly address: PciAddress;
  readonly parent: PciFunction | null;
  /** Set for virtual functions. */
  readonly physfn: PciFunction | null;
}

/** A PCI function: configuration space, BARs, interrupts and DMA, around the model of the device. */
export class PciFunction extends entity({
  /** The device's interrupt condition, before the command register's INTx disable. */
  intxRequested: false,
  /** Unplugged or, for a VF, disabled: reads answer all ones. */
  present: true,
}) {
  readonly bdf: string;
  readonly segment: number;
  readonly bus: number;
  readonly slot: number;
  readonly fn: number;
  /** The bridge above; null on bus 0. */
  readonly parent: PciFunction | null;
  readonly physfn: PciFunction | null;
  readonly config: ConfigSpace;
  /** By `index`, ascending; unimplemented BARs are missing. */
  readonly bars: readonly Bar[];
  readonly msi: Msi | null;
  readonly msix: Msix | null;
  readonly sriov: Sriov | null;
  readonly model: DeviceModel;
  /** Linux's number of its interrupt after boot, as sysfs `irq` shows it. Set while the machine starts. */
  irq = 0;
  private readonly vfs: JournaledList<PciFunction>;

  constructor(
    readonly machine: Machine,
    readonly definition: ModelDefinition,
    readonly description: FunctionDescription,
    place: FunctionPlace,
  ) {
    super(machine.journal);
    ({ segment: this.segment, bus: this.bus, slot: this.slot, fn: this.fn } = place.address);
    this.bdf = formatAddress(place.address);
    this.parent = place.parent;
    this.physfn = place.physfn;
    this.config = new ConfigSpace(this.journal, definition.express ? extendedConfigSize : configSize);
    const shapes = definition.layout(this.config, description);
    this.bars = shapes.map((shape) => this.makeBar(shape)).sort((a, b) => a.index - b.index);
    this.vfs = new JournaledList(this.journal);
    const msi = this.capability(capabilityId.msi);
    this.msi = msi === 0 ? null : new Msi(this.config, msi);
    const msix = this.capability(capabilityId.msix);
    this.msix = msix === 0 ? null : new Msix(this.journal, this.config, msix);
    const sriov = this.extendedCapability(extendedId.sriov);
    this.sriov = sriov === 0 ? null : new Sriov(this, sriov, definition.virtualBars ?? []);
    this.model = definition.create(this);
  }

  // --- identity ---

  /** Vendor as Linux knows it: a VF's own register reads ffff, its PF tells. */
  get vendorId(): number {
    return (this.physfn ?? this).config.read(register.vendor, 2);
  }

  get deviceId(): number {
    return this.physfn?.sriov?.vfDevice ?? this.config.read(register.device, 2);
  }

  /** 24 bits: class, subclass, programming interface. */
  get classCode(): number {
    return this.config.read(register.revision, 4) >>> 8;
  }

  get revision(): number {
    return this.config.read(register.revision, 1);
  }

  /** Without the multifunction bit: 0 device, 1 bridge. */
  get headerType(): number {
    return this.config.read(register.headerType, 1) & 0x7f;
  }

  get isMultifunction(): boolean {
    return (this.config.read(register.headerType, 1) & 0x80) !== 0;
  }

  get isBridge(): boolean {
    return this.headerType === 1;
  }

  get isVirtual(): boolean {
    return this.physfn !== null;
  }

  get isPcie(): boolean {
    return this.capability(capabilityId.express) !== 0;
  }

  /** Device/port type of the PCI Express capability, or null for conventional PCI. */
  get portType(): number | null {
    const offset = this.capability(capabilityId.express);
    return offset === 0 ? null : (this.config.read(offset + 2, 2) >>> 4) & 0xf;
  }

  /** Bytes of configuration space: 256 or 4096. */
  get configSize(): number {
    return this.config.size;
  }

  /** Interrupt pin: 0 none, 1 INTA# to 4 INTD#. */
  get interruptPin(): number {
    return this.config.read(register.interruptPin, 1);
  }

  /** Functions on the bus behind this bridge, in order. */
  get children(): PciFunction[] {
    return [...this.machine.functions].filter((fn) => fn.parent === this);
  }

  /** Enabled VFs of a PF, in order. */
  get virtualFunctions(): PciFunction[] {
    return this.vfs.toArray();
  }

  // --- configuration space ---

  capability(id: number): number {
    return this.config.capability(id);
  }

  extendedCapability(id: number): number {
    return this.config.extendedCapability(id);
  }

  /** The ACS capability, or null. */
  get acs(): { readonly offset: number; readonly capabilities: number; readonly control: number } | null {
    const offset = this.extendedCapability(extendedId.acs);
    if (offset === 0) return null;
    return { offset, capabilities: this.config.read(offset + 4, 2), control: this.config.read(offset + 6, 2) };
  }

  /** A configuration read from the bus; all ones when nobody answers or past the end. */
  configRead(offset: number, width: AccessWidth): number {
    return this.present ? this.config.read(offset, width) : 2 ** (8 * width) - 1;
  }

  /** A configuration write from the bus, with what it sets off. */
  configWrite(offset: number, width: AccessWidth, value: number): void {
    if (!this.present) return;
    const intx = this.intxAsserted;
    const bridgeControl = this.isBridge ? this.config.read(register.bridgeControl, 2) : 0;
    this.config.write(offset, width, value);
    if (this.intxAsserted !== intx) this.machine.interrupts?.intx(this, !intx);
    const covers = (at: number, length: number): boolean => offset < at + length && at < offset + width;
    if (this.isBridge && covers(register.bridgeControl, 2)) this.settleBridgeControl(bridgeControl);
    const express = this.capability(capabilityId.express);
    if (express !== 0 && covers(express + 8, 2)) this.settleDeviceControl(express);
    if (this.sriov !== null && covers(this.sriov.offset + 8, 2)) this.sriov.settle();
    if (this.msi !== null && covers(this.msi.offset, 24)) flushMsi(this, this.msi);
    if (this.msix !== null && covers(this.msix.offset + 2, 2)) flushMsix(this, this.msix);
    this.model.configWritten(offset, width);
  }

  private get command(): number {
    return this.config.read(register.command, 2);
  }

  /** 0 to 3: the state in the power management control register. */
  get powerState(): number {
    const offset = this.capability(capabilityId.powerManagement);
    return offset === 0 ? 0 : this.config.read(offset + 4, 2) & 3;
  }

  // --- BARs ---

  bar(index: number): Bar | undefined {
    return this.bars.find((bar) => bar.index === index);
  }

  /**
   * Whether accesses to the BAR reach the device: decoding is on and the register holds the assigned address.
   * A VF answers when both its own command register and VF MSE of its PF say so.
   */
  decodes(bar: Bar): boolean {
    if (!this.present) return false;
    if ((this.command & (bar.kind === 'io' ? command.io : command.memory)) === 0) return false;
    if (this.physfn !== null) return this.physfn.sriov?.memoryEnabled === true;
    return this.barAddress(bar) === bar.start;
  }

  /** Address in the BAR's register; null for an expansion ROM that is off. */
  barAddress(bar: Bar): bigint | null {
    const low = this.config.read(bar.register, 4);
    if (bar.kind === 'rom') return (low & 1) === 0 ? null : BigInt((low & ~0x7ff) >>> 0);
    if (bar.kind === 'io') return BigInt((low & ~3) >>> 0);
    const high = bar.is64 ? this.config.read(bar.register + 4, 4) : 0;
    return (BigInt(high) << 32n) | BigInt((low & ~0xf) >>> 0);
  }

  /**
   * A read of device memory or ports at the BAR's assigned address. When nobody answers, ports read all ones and
   * memory reads 0, as on the recorded machines (a real PCI bus answers all ones for both).
   */
  barRead(index: number, offset: number, width: AccessWidth): number {
    const bar = this.bar(index);
    if (bar === undefined || !this.decodes(bar)) return bar?.kind === 'io' ? 2 ** (8 * width) - 1 : 0;
    const msix = this.msix?.covers(index, offset) ?? null;
    return msix === null ? this.model.read(index, offset, width) : this.msix!.read(msix, offset, width);
  }

  barWrite(index: number, offset: number, width: AccessWidth, value: number): void {
    const bar = this.bar(index);
    if (bar === undefined || !this.decodes(bar)) return;
    const msix = this.msix?.covers(index, offset) ?? null;
    if (msix === null) {
      this.model.write(index, offset, width, value);
      return;
    }
    const vector = this.msix!.write(msix, offset, width, value);
    if (vector >= 0) flushMsixVector(this, this.msix!, vector);
  }

  // --- interrupts ---

  /** Whether the function drives its INTx line. */
  get intxAsserted(): boolean {
    return this.intxRequested && (this.command & command.intxDisable) === 0;
  }

  /** The device's interrupt condition changed: sets interrupt status, and the line unless INTx is disabled. */
  setIntx(requested: boolean): void {
    if (requested === this.intxRequested) return;
    const before = this.intxAsserted;
    this.intxRequested = requested;
    this.config.change(register.status, 2, statusInterrupt, requested ? statusInterrupt : 0);
    if (this.intxAsserted !== before) this.machine.interrupts?.intx(this, !before);
  }

  /** Sends the message of a vector, or leaves it pending while it is masked; nothing while messages are off. */
  sendMessage(vector: number): void {
    sendMessage(this, vector);
  }

  /** Whether MSI or MSI-X took the place of INTx. */
  get messagesEnabled(): boolean {
    return this.msi?.enabled === true || this.msix?.enabled === true;
  }

  // --- DMA ---

  /** Reads memory by DMA, through the IOMMU, page by page. */
  dmaRead(iova: bigint, length: number): DmaRead {
    return dmaRead(this, iova, length);
  }

  /** Writes memory by DMA, page by page. @returns whether all bytes arrived */
  dmaWrite(iova: bigint, bytes: Uint8Array): boolean {
    return dmaWrite(this, iova, bytes);
  }

  // --- resets ---

  /** Function level reset by the PCI Express (or advanced features) capability. */
  get hasFlr(): boolean {
    const express = this.capability(capabilityId.express);
    if (express !== 0 && (this.config.read(express + 4, 4) & 0x10000000) !== 0) return true;
    const advanced = this.capability(capabilityId.advancedFeatures);
    return advanced !== 0 && (this.config.read(advanced + 3, 1) & 3) === 3;
  }

  /** Whether leaving D3hot resets the function (`No_Soft_Reset` clear). */
  get hasPmReset(): boolean {
    const offset = this.capability(capabilityId.powerManagement);
    return offset !== 0 && (this.config.read(offset + 4, 2) & 8) === 0;
  }

  /** Back to the state after power-on; software has to set up BARs, command register and interrupts again. */
  functionReset(): void {
    resetFunction(this);
  }

  /** Resets everything on the bus behind this bridge. */
  resetSecondaryBus(): void {
    resetBehind(this);
  }

  /** @internal used by SR-IOV */
  noteVirtualFunction(vf: PciFunction, here: boolean): void {
    if (here) this.vfs.push(vf);
    else this.vfs.remove(vf);
  }

  private settleBridgeControl(before: number): void {
    const after = this.config.read(register.bridgeControl, 2);
    if ((after & ~before & bridgeResetBit) !== 0) this.resetSecondaryBus();
  }

  private settleDeviceControl(express: number): void {
    if ((this.config.read(express + 8, 2) & functionResetBit) === 0) return;
    this.config.change(express + 8, 2, functionResetBit, 0);
    const bridging = this.portType === portType.rootPort || this.portType === portType.downstream;
    if (this.hasFlr && !bridging) this.functionReset();
  }

  private makeBar(shape: BarShape): Bar {
    if (this.physfn !== null) return this.makeVirtualBar(shape, this.physfn);
    const bridge = this.isBridge;
    const rom = bridge ? register.bridgeRom : register.rom;
    const at = shape.kind === 'rom' ? rom : register.bar0 + 4 * shape.index;
    const address = this.description.addresses?.[shape.kind === 'rom' ? 'rom' : String(shape.index)] ?? 0;
    const bar = new Bar(shape, at, BigInt(address));
    const mask = Number(BigInt.asUintN(32, -shape.size));
    this.config.set(at, 4, bar.lowBits);
    this.config.allow(at, 4, shape.kind === 'rom' ? (mask | 1) >>> 0 : mask);
    if (shape.is64) this.config.allow(at + 4, 4, Number(BigInt.asUintN(64, -shape.size) >> 32n));
    return bar;
  }

  /** A VF's memory: its own piece of the range that the PF's VF BAR holds. */
  private makeVirtualBar(shape: BarShape, pf: PciFunction): Bar {
    const at = pf.sriov!.barRegister(shape.index);
    const low = BigInt((pf.config.read(at, 4) & ~0xf) >>> 0);
    const high = shape.is64 ? BigInt(pf.config.read(at + 4, 4)) : 0n;
    return new Bar(shape, at, ((high << 32n) | low) + shape.size * BigInt(pf.virtualFunctions.length));
  }
}
