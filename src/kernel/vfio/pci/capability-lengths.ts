import { capabilityId, extendedCapabilityId, pcie } from '../../pci/registers';
import type { PciDevice } from '../../pci/pci-device';

/** Bytes of capabilities whose length is fixed, by id. Ids that are in neither table are hidden from the user. */
const fixedLengths: Readonly<Record<number, number>> = { 0x01: 8, 0x02: 12, 0x03: 8, 0x11: 12, 0x13: 6 };

/** The same for extended capabilities. */
const fixedExtendedLengths: Readonly<Record<number, number>> = {
  0x01: 0x2c,
  0x03: 12,
  0x04: 16,
  0x0e: 8,
  0x0f: 8,
  0x10: 64,
  0x12: 40,
  0x13: 16,
  0x18: 8,
};

/** Lengths that depend on what the capability says about itself. */
const lengths: Readonly<Record<number, (dev: PciDevice, at: number) => number>> = {
  [capabilityId.msi]: msiLength,
  [capabilityId.pcix]: (dev, at) => (((dev.read(at + 2, 2) >>> 12) & 3) === 0 ? 8 : 24),
  [capabilityId.hyperTransport]: (dev, at) => ((dev.read(at + 3, 1) & 0xe0) !== 0 ? 24 : 28),
  [capabilityId.vendorSpecific]: (dev, at) => dev.read(at + 2, 1),
  [capabilityId.pciExpress]: expressLength,
  [capabilityId.sata]: (dev, at) => ((dev.read(at + 4, 1) & 0xf) === 0xf ? 16 : 8),
};

const extendedLengths: Readonly<Record<number, (dev: PciDevice, at: number) => number>> = {
  [extendedCapabilityId.virtualChannel]: channelLength,
  [extendedCapabilityId.virtualChannel9]: channelLength,
  [extendedCapabilityId.multifunctionVc]: channelLength,
  [extendedCapabilityId.vendorSpecific]: (dev, at) => dev.read(at + 4, 4) >>> 20,
  [extendedCapabilityId.acs]: acsLength,
  [extendedCapabilityId.resizableBar]: (dev, at) => 4 + 8 * ((dev.read(at + 8, 1) & 0xe0) >>> 5),
  [extendedCapabilityId.dynamicPower]: (dev, at) => 16 + (dev.read(at + 4, 1) & 0x1f) + 1,
  [extendedCapabilityId.tph]: tphLength,
};

/** `vfio_cap_len` and its table: bytes of the capability at `at`; 0: hidden. */
export function capabilityLength(dev: PciDevice, id: number, at: number): number {
  return lengths[id]?.(dev, at) ?? fixedLengths[id] ?? 0;
}

/** `vfio_ext_cap_len` and its table. */
export function extendedCapabilityLength(dev: PciDevice, id: number, at: number): number {
  return extendedLengths[id]?.(dev, at) ?? fixedExtendedLengths[id] ?? 0;
}

/** 10 bytes, 4 more for 64-bit addresses, 10 more for masking. */
export function msiLength(dev: PciDevice, at: number): number {
  const flags = dev.read(at + 2, 2);
  return 10 + ((flags & 0x80) !== 0 ? 4 : 0) + ((flags & 0x100) !== 0 ? 10 : 0);
}

/** By version; an endpoint inside the root complex has no link registers. */
function expressLength(dev: PciDevice, at: number): number {
  const flags = dev.read(at + pcie.flags, 2);
  const integrated = ((flags >>> 4) & 0xf) === 9;
  if ((flags & 0xf) === 1) return integrated ? 0x0c : 0x14;
  return integrated ? 0x2c : 0x34;
}

/** One set of registers per channel, and the arbitration table, if any, behind them. */
function channelLength(dev: PciDevice, at: number): number {
  const length = 16 + 12 * (1 + (dev.read(at + 4, 4) & 7));
  const arbitration = dev.read(at + 8, 4);
  const phases = (arbitration & 8) !== 0 ? 128 : (arbitration & 4) !== 0 ? 64 : (arbitration & 2) !== 0 ? 32 : 0;
  return phases === 0 ? length : roundUp(length, 16) + (phases * 4) / 8;
}

function acsLength(dev: PciDevice, at: number): number {
  if ((dev.read(at + 4, 1) & 0x20) === 0) return 8;
  const bits = dev.read(at + 5, 1);
  return 8 + (bits === 0 ? 256 : roundUp(bits, 32)) / 8;
}

/** The steering tag table may be part of the capability. */
function tphLength(dev: PciDevice, at: number): number {
  const requester = dev.read(at + 4, 4);
  return (requester & 0x600) === 0x200 ? 12 + 2 * ((requester & 0x7ff0000) >>> 16) + 2 : 12;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
