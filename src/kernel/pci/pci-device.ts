import { entity } from '../../history';
import type { PciFunction, Bar } from '../../hardware';
import { Device, devicePrefix } from '../driver-core';
import type { Kernel } from '../kernel';
import type { PciBus } from './pci-bus';
import type { SavedState } from './saved-state';
import type { Sriov } from './sriov';
import { capabilityId, command, extendedCapabilityId, pcie, registers } from './registers';

/** Power states as `pci_power_t` counts them; 4 is D3cold, 5 unknown. */
export const powerState = { d0: 0, d1: 1, d2: 2, d3hot: 3, d3cold: 4, unknown: 5 } as const;

/** Nobody has asked yet; typed so that every state may follow. */
const stateAfterBoot: number = powerState.unknown;

/** `struct pci_dev`: what the PCI core knows of a function. */
export class PciDevice extends entity({
  /** `current_state`, one of {@link powerState}. */
  currentState: stateAfterBoot,
  /** How many `pci_enable_device` are not undone. */
  enableCount: 0,
  /** `saved_config_space` and the saved capabilities; null: nothing saved (`state_saved` is false). */
  savedState: null as SavedState | null,
  /** `msi_enabled`, `msix_enabled`. */
  msiEnabled: false,
  msixEnabled: false,
  /** Somebody wrote to its file `remove`, which is gone since then. */
  removing: false,
}) {
  readonly device: Device;
  /** `0000:01:00.0`. */
  readonly name: string;
  /** The SR-IOV side of a PF (`is_physfn`); null for everything else. */
  sriov: Sriov | null = null;
  /** Capability offsets that Linux remembers from enumeration; 0: no such capability. */
  readonly pmCap: number;
  readonly msiCap: number;
  readonly msixCap: number;
  readonly pcieCap: number;
  /** Vendor and device id; a VF's come from its PF. */
  readonly vendor: number;
  readonly deviceId: number;
  readonly subsystemVendor: number;
  readonly subsystemDevice: number;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode: number;
  readonly headerType: number;
  /** Bytes of configuration space: 256 or 4096. */
  readonly configSize: number;
  /** `dev->irq`: the Linux interrupt number of its line, 0 for none. */
  readonly irq: number;
  /** INTx cannot be masked in the command register (`broken_intx_masking`). */
  readonly brokenIntxMasking: boolean;
  /** `reset_fn`: whether a function reset looked possible when the device was found. */
  resettable = false;

  constructor(
    readonly kernel: Kernel,
    private readonly found: PciFunction,
    /** The bus that it sits on. */
    readonly bus: PciBus,
    /** The PF of a VF. */
    readonly physfn: PciDevice | null,
  ) {
    super(kernel.journal);
    const fn = found;
    this.name = fn.bdf;
    this.device = new Device(kernel.journal, fn.bdf, 'pci', this);
    this.vendor = fn.vendorId;
    this.deviceId = fn.deviceId;
    this.classCode = fn.classCode;
    this.headerType = fn.headerType;
    const subsystem = subsystemRegister(fn);
    this.subsystemVendor = subsystem === 0 ? 0 : this.read(subsystem, 2);
    this.subsystemDevice = subsystem === 0 ? 0 : this.read(subsystem + 2, 2);
    this.configSize = fn.configSize;
    this.pmCap = fn.capability(capabilityId.powerManagement);
    this.msiCap = fn.capability(capabilityId.msi);
    this.msixCap = fn.capability(capabilityId.msix);
    this.pcieCap = fn.capability(capabilityId.pciExpress);
    this.irq = lineOf(fn, physfn !== null);
    this.brokenIntxMasking = !this.takesIntxDisable();
  }

  /** The hardware. A VF's is replaced when its PF is reset; while it is missing, nobody answers. */
  get fn(): PciFunction {
    return this.physfn === null ? this.found : (this.kernel.machine.function(this.name) ?? this.found);
  }

  /** `is_virtfn`. */
  get isVirtfn(): boolean {
    return this.physfn !== null;
  }

  /** `pci_is_pcie`. */
  get isPcie(): boolean {
    return this.pcieCap !== 0;
  }

  /** Device/port type of the PCI Express capability; -1 for conventional PCI. */
  get portType(): number {
    return this.pcieCap === 0 ? -1 : (this.read(this.pcieCap + pcie.flags, 2) >>> 4) & 0xf;
  }

  /** Root port, switch upstream or downstream port: what `pcieport` drives. */
  get isPort(): boolean {
    return this.portType === 4 || this.portType === 5 || this.portType === 6;
  }

  get devfn(): number {
    return (this.fn.slot << 3) | this.fn.fn;
  }

  /** `pci_num_vf`: VFs that are enabled. */
  get numVfs(): number {
    return this.sriov?.numVfs ?? 0;
  }

  /** The function's BAR, or its ROM for 6; undefined: not implemented. */
  bar(index: number): Bar | undefined {
    return this.fn.bar(index);
  }

  /** `pci_restore_bars`: writes the assigned addresses into the BARs again. */
  restoreBars(): void {
    if (this.isVirtfn) return;
    for (const bar of this.fn.bars) {
      const low = Number(BigInt.asUintN(32, bar.start)) | bar.lowBits;
      const keep = bar.kind === 'rom' ? this.read(bar.register, 4) & 1 : 0;
      this.write(bar.register, 4, (low | keep) >>> 0);
      if (bar.is64) this.write(bar.register + 4, 4, Number(bar.start >> 32n));
    }
  }

  /** `pci_read_config_*`: `width` bytes of hardware configuration space. */
  read(offset: number, width: 1 | 2 | 4): number {
    return this.fn.configRead(offset, width);
  }

  /** `pci_write_config_*`. */
  write(offset: number, width: 1 | 2 | 4, value: number): void {
    this.fn.configWrite(offset, width, value >>> 0);
  }

  extendedCapability(id: number): number {
    return this.fn.extendedCapability(id);
  }

  /** Sets and clears bits of the command register, leaving hardware alone when nothing changes. */
  updateCommand(set: number, clear: number): void {
    const old = this.read(registers.command, 2);
    const value = (old & ~clear) | set;
    if (value !== old) this.write(registers.command, 2, value);
  }

  /** Tries whether the command register takes INTx disable (`pci_intx_mask_broken`). */
  private takesIntxDisable(): boolean {
    const before = this.read(registers.command, 2);
    this.write(registers.command, 2, before ^ command.intxDisable);
    const taken = this.read(registers.command, 2) !== before;
    this.write(registers.command, 2, before);
    return taken;
  }

  /** `pci_device_can_probe`: VFs may be kept from drivers by their PF's `sriov_drivers_autoprobe`. */
  mayProbe(): boolean {
    const policy = this.physfn?.sriov ?? null;
    return policy === null || policy.driversAutoprobe || this.device.driverOverride !== null;
  }

  /** What `pci_device_remove` does after the driver let the device go. */
  driverGone(): void {
    if (this.numVfs > 0) this.warn('driver left SR-IOV enabled after remove');
    if (this.currentState === powerState.d0) this.currentState = powerState.unknown;
  }

  /** `pci_info` and its siblings: a log line that names driver and device. */
  info(text: string): void {
    this.kernel.log.info(devicePrefix(this.device) + text);
  }

  notice(text: string): void {
    this.kernel.log.notice(devicePrefix(this.device) + text);
  }

  warn(text: string): void {
    this.kernel.log.warn(devicePrefix(this.device) + text);
  }

  error(text: string): void {
    this.kernel.log.error(devicePrefix(this.device) + text);
  }

  /** A message of a place that prints at most 10 lines in 5 seconds. */
  limited(site: string, level: number, text: string): void {
    this.kernel.log.limited(site, level, devicePrefix(this.device) + text);
  }

  /** Whether the function has Advanced Error Reporting and so on: an extended capability by name. */
  hasExtended(name: keyof typeof extendedCapabilityId): boolean {
    return this.extendedCapability(extendedCapabilityId[name]) !== 0;
  }
}

/** VFs have no line. A function without a pin has none either. */
function lineOf(fn: PciFunction, isVirtual: boolean): number {
  if (isVirtual || fn.interruptPin === 0) return 0;
  return fn.description.irq ?? fn.config.read(registers.interruptLine, 1);
}

/** Where the subsystem ids stand: in the header, or for a bridge in a capability, if it has that one; else 0. */
function subsystemRegister(fn: PciFunction): number {
  if (fn.headerType === 0) return registers.subsystemVendor;
  const capability = fn.capability(capabilityId.bridgeSubsystem);
  return capability === 0 ? 0 : capability + 4;
}
