import { Entity, JournaledList } from '../../history';
import type { BarShape } from '../bar';
import type { ConfigSpace } from '../config-space';
import type { PciFunction } from '../pci-function';
import { extendedId } from '../registers';

/** Offsets in the SR-IOV capability (SR-IOV 1.1, 3.3). */
const field = {
  control: 0x08,
  initialVfs: 0x0c,
  totalVfs: 0x0e,
  numVfs: 0x10,
  offset: 0x14,
  stride: 0x16,
  vfDevice: 0x1a,
  supportedPages: 0x1c,
  systemPage: 0x20,
  bar0: 0x24,
  length: 0x40,
} as const;

const vfEnable = 0x01;
const vfMemory = 0x08;
const ariHierarchy = 0x10;

export interface SriovLayout {
  readonly offset: number;
  readonly totalVfs: number;
  /** Distance of the first VF's routing id from the PF's, and between VFs. */
  readonly vfOffset: number;
  readonly stride: number;
  readonly vfDevice: number;
  /** BARs of one VF. */
  readonly bars: readonly BarShape[];
}

/** Lays out the SR-IOV extended capability. */
export function addSriov(space: ConfigSpace, layout: SriovLayout): void {
  const at = space.addExtendedCapability(extendedId.sriov, 1, layout.offset, field.length);
  space.set(at + field.initialVfs, 2, layout.totalVfs);
  space.set(at + field.totalVfs, 2, layout.totalVfs);
  space.set(at + field.offset, 2, layout.vfOffset);
  space.set(at + field.stride, 2, layout.stride);
  space.set(at + field.vfDevice, 2, layout.vfDevice);
  space.set(at + field.supportedPages, 4, 0x553);
  space.set(at + field.systemPage, 4, 1);
  space.allow(at + field.control, 2, vfEnable | vfMemory | ariHierarchy);
  space.allow(at + field.numVfs, 2, 0xffff);
  space.allow(at + field.systemPage, 4, 0x553);
  for (const bar of layout.bars) {
    const register = at + field.bar0 + 4 * bar.index;
    space.set(register, 4, (bar.is64 ? 4 : 0) | (bar.prefetchable ? 8 : 0));
    space.allow(register, 4, Number(BigInt.asUintN(32, -bar.size)));
    if (bar.is64) space.allow(register + 4, 4, 0xffffffff);
  }
}

/** The SR-IOV capability of a PF: virtual functions appear and vanish with its VF enable bit. */
export class Sriov extends Entity {
  /** VFs that were there before: they come back as the same objects. */
  private readonly known: JournaledList<PciFunction>;

  constructor(
    private readonly pf: PciFunction,
    /** Offset of the capability. */
    readonly offset: number,
    /** BARs of one VF. */
    readonly vfBars: readonly BarShape[],
  ) {
    super(pf.journal);
    this.known = new JournaledList(pf.journal);
  }

  /** @internal The VF of that number, when it was enabled before. */
  knownVf(index: number): PciFunction | undefined {
    return this.known.at(index);
  }

  /** @internal */
  remember(vf: PciFunction): void {
    this.known.push(vf);
  }

  get totalVfs(): number {
    return this.pf.config.read(this.offset + field.totalVfs, 2);
  }

  /** The NumVFs register. */
  get numVfs(): number {
    return this.pf.config.read(this.offset + field.numVfs, 2);
  }

  get vfOffset(): number {
    return this.pf.config.read(this.offset + field.offset, 2);
  }

  get stride(): number {
    return this.pf.config.read(this.offset + field.stride, 2);
  }

  /** Device id of the VFs. */
  get vfDevice(): number {
    return this.pf.config.read(this.offset + field.vfDevice, 2);
  }

  get enabled(): boolean {
    return (this.pf.config.read(this.offset + field.control, 2) & vfEnable) !== 0;
  }

  /** Whether the memory of the VFs answers (VF MSE). */
  get memoryEnabled(): boolean {
    return (this.pf.config.read(this.offset + field.control, 2) & vfMemory) !== 0;
  }

  /** Offset in configuration space of the register of VF BAR `index`. */
  barRegister(index: number): number {
    return this.offset + field.bar0 + 4 * index;
  }

  /** Writes NumVFs and the control register as Linux's `sriov_enable` does. @returns the VFs, in order */
  enable(count: number): PciFunction[] {
    this.pf.configWrite(this.offset + field.numVfs, 2, count);
    const control = this.pf.config.read(this.offset + field.control, 2);
    this.pf.configWrite(this.offset + field.control, 2, control | vfEnable | vfMemory);
    return this.pf.virtualFunctions;
  }

  /** Writes as `sriov_disable` does: the VFs are gone afterwards. */
  disable(): void {
    const control = this.pf.config.read(this.offset + field.control, 2);
    this.pf.configWrite(this.offset + field.control, 2, control & ~(vfEnable | vfMemory));
    this.pf.configWrite(this.offset + field.numVfs, 2, 0);
  }

  /** Tells the hardware that functions up to 255 can be reached (`PCI_SRIOV_CTRL_ARI`). */
  setAriHierarchy(): void {
    this.pf.config.change(this.offset + field.control, 2, 0, ariHierarchy);
  }

  /** The control register was written. */
  settle(): void {
    const wanted = this.enabled ? Math.min(this.numVfs, this.totalVfs) : 0;
    if (wanted > 0 && this.pf.virtualFunctions.length === 0) {
      for (let index = 0; index < wanted; index++) this.pf.machine.addVirtualFunction(this.pf, index);
    } else if (wanted === 0) {
      for (const vf of this.pf.virtualFunctions.reverse()) this.pf.machine.removeVirtualFunction(vf);
    }
  }

  /** A reset of the PF takes its VFs away; whether routing ids go up to 255 stays, as the port above still says so. */
  reset(): void {
    this.pf.config.change(this.offset + field.control, 2, vfEnable | vfMemory, 0);
    this.pf.config.set(this.offset + field.numVfs, 2, 0);
    this.settle();
  }
}
