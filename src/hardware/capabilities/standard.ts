import type { FunctionDescription } from '../description';
import type { ConfigSpace } from '../config-space';
import { capabilityId, extendedId, register } from '../registers';

/** Default numbers of a model; a description may replace each. */
export interface Identity {
  readonly vendor: number;
  readonly device: number;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode: number;
  readonly revision?: number;
  readonly subsystemVendor?: number;
  readonly subsystemDevice?: number;
  /** 1 INTA# to 4 INTD#; default none. */
  readonly pin?: number;
}

/** Subsystem that QEMU gives to devices without one of their own. */
const defaultSubsystem = { vendor: 0x1af4, device: 0x1100 };

/** Writes the identity of a device (header type 0), or of a bridge when `bridge`. */
export function setIdentity(
  space: ConfigSpace,
  identity: Identity,
  description: FunctionDescription,
  bridge = false,
): void {
  space.set(register.vendor, 2, description.vendor ?? identity.vendor);
  space.set(register.device, 2, description.device ?? identity.device);
  const classCode = description.classCode ?? identity.classCode;
  space.set(register.revision, 4, ((classCode << 8) | (description.revision ?? identity.revision ?? 0)) >>> 0);
  space.set(register.interruptPin, 1, identity.pin ?? 0);
  if (bridge) return;
  space.set(
    register.subsystemVendor,
    2,
    description.subsystemVendor ?? identity.subsystemVendor ?? defaultSubsystem.vendor,
  );
  space.set(
    register.subsystemDevice,
    2,
    description.subsystemDevice ?? identity.subsystemDevice ?? defaultSubsystem.device,
  );
}

/** Power management capability, version 1.2 (`pmc` 3): `pmcsr` is its control register, `writable` its bits. */
export function addPowerManagement(
  space: ConfigSpace,
  offset: number,
  registers: { pmc: number; control?: number; writable?: number; clearing?: number },
): void {
  space.addCapability(capabilityId.powerManagement, offset, 8);
  space.set(offset + 2, 2, registers.pmc);
  space.set(offset + 4, 2, registers.control ?? 0);
  space.allow(offset + 4, 2, registers.writable ?? 0);
  space.allowClear(offset + 4, 2, registers.clearing ?? 0);
}

/** Bridge subsystem ids. */
export function addSubsystem(space: ConfigSpace, offset: number, vendor: number, device: number): void {
  space.addCapability(capabilityId.subsystem, offset, 8);
  space.set(offset + 4, 2, vendor);
  space.set(offset + 6, 2, device);
}

/** Bits of errors that this kind of function reports (PCIe 3.0, 7.10). */
const uncorrectable = 0x03fff030;
const severityDefault = 0x00462030;
const correctable = 0x0000f1c1;
const correctableMaskDefault = 0x0000e000;
/** ECRC generation and checking can be switched on; both are supported. */
const ecrc = { supported: 0xa0, enable: 0x140 };

/** Advanced error reporting; ports record several headers, and a root port has root registers. */
export function addErrorReporting(
  space: ConfigSpace,
  offset: number,
  kind: 'endpoint' | 'port' | 'root port',
  version = 2,
): void {
  space.addExtendedCapability(extendedId.errorReporting, version, offset, 0x48);
  space.allowClear(offset + 0x04, 4, uncorrectable);
  space.allow(offset + 0x08, 4, uncorrectable);
  space.set(offset + 0x0c, 4, severityDefault);
  space.allow(offset + 0x0c, 4, uncorrectable);
  space.allowClear(offset + 0x10, 4, correctable);
  space.set(offset + 0x14, 4, correctableMaskDefault);
  space.allow(offset + 0x14, 4, correctable);
  const recorded = kind === 'endpoint' ? 0 : 0x200;
  space.set(offset + 0x18, 4, ecrc.supported | recorded);
  space.allow(offset + 0x18, 4, ecrc.enable | (kind === 'endpoint' ? 0 : 0x400));
  if (kind !== 'root port') return;
  space.allow(offset + 0x2c, 4, 0x7);
  space.allowClear(offset + 0x30, 4, 0x7f);
}

/** Access control services: what of it the port can do. */
export function addAcs(space: ConfigSpace, offset: number, capabilities: number): void {
  space.addExtendedCapability(extendedId.acs, 1, offset, 8);
  space.set(offset + 4, 2, capabilities);
  space.allow(offset + 6, 2, capabilities);
}

/** Device serial number, EUI-64. */
export function addSerialNumber(space: ConfigSpace, offset: number, serial: bigint): void {
  space.addExtendedCapability(extendedId.serialNumber, 1, offset, 12);
  space.set(offset + 4, 4, Number(serial & 0xffffffffn));
  space.set(offset + 8, 4, Number(serial >> 32n));
}

/** Alternative routing id interpretation: which function comes next. */
export function addAri(space: ConfigSpace, offset: number, nextFunction: number): void {
  space.addExtendedCapability(extendedId.ari, 1, offset, 8);
  space.set(offset + 4, 2, nextFunction << 8);
}

const bridgeControlBits = 0x0fff;

/** What every PCI-to-PCI bridge (header type 1) has: bus numbers, windows, bridge control. */
export function addBridgeHeader(space: ConfigSpace, windows: { io: 16 | 32; prefetch: 32 | 64 }): void {
  space.set(register.headerType, 1, 1);
  space.allow(register.primaryBus, 4, 0xffffffff);
  const io = windows.io === 32 ? 1 : 0;
  space.set(register.ioBase, 2, io | (io << 8));
  space.allow(register.ioBase, 2, 0xf0f0);
  space.allow(register.memoryBase, 4, 0xfff0fff0);
  const prefetch = windows.prefetch === 64 ? 1 : 0;
  space.set(register.prefetchBase, 4, prefetch | (prefetch << 16));
  space.allow(register.prefetchBase, 4, 0xfff0fff0);
  space.allow(register.prefetchBaseUpper, 4, 0xffffffff);
  space.allow(register.prefetchLimitUpper, 4, 0xffffffff);
  space.allow(register.bridgeControl, 2, bridgeControlBits);
  space.allowClear(register.secondaryStatus, 2, 0xf900);
}
