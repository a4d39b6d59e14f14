import { capabilityId, command, extendedCapabilityId, registers } from '../../pci/registers';

/**
 * What the user may do with each bit of one capability: bits of `virt` are kept in the shadow copy and never reach the
 * hardware; bits of `write` may be written (`struct perm_bits`).
 */
export class Permissions {
  private readonly virt: Uint8Array;
  private readonly write: Uint8Array;

  constructor(length: number) {
    const rounded = (length + 3) & ~3;
    this.virt = new Uint8Array(rounded);
    this.write = new Uint8Array(rounded);
  }

  /** Sets the two masks of a register of `width` bytes. */
  set(offset: number, width: 1 | 2 | 4, virt: number, write: number): this {
    for (let byte = 0; byte < width; byte++) {
      this.virt[offset + byte] = virt >>> (8 * byte);
      this.write[offset + byte] = write >>> (8 * byte);
    }
    return this;
  }

  /** Virtual bits of `width` bytes from `offset`, as a number. */
  virtBits(offset: number, width: number): number {
    return littleEndian(this.virt, offset, width);
  }

  writeBits(offset: number, width: number): number {
    return littleEndian(this.write, offset, width);
  }
}

function littleEndian(bytes: Uint8Array, offset: number, width: number): number {
  let value = 0;
  for (let byte = width - 1; byte >= 0; byte--) value = value * 256 + (bytes[offset + byte] ?? 0);
  return value;
}

const all = 0xffffffff;
const next = 1;

/** The 64 bytes of the header (`init_pci_cap_basic_perm`). */
const header = new Permissions(64)
  .set(registers.vendorId, 2, all, 0)
  .set(registers.deviceId, 2, all, 0)
  .set(registers.command, 2, command.intxDisable, all)
  .set(registers.status, 2, 0x10, 0)
  .set(registers.cacheLineSize, 1, 0, all)
  .set(registers.latencyTimer, 1, 0, all)
  .set(registers.bist, 1, 0, all)
  .set(registers.capabilityPointer, 1, all, 0)
  .set(registers.interruptLine, 1, all, all)
  .set(registers.interruptPin, 1, all, 0)
  .set(registers.rom, 4, all, all);
for (let bar = 0; bar < 6; bar++) header.set(registers.bar0 + 4 * bar, 4, all, all);

/** Writable bits of the AER status, mask and severity registers. */
const uncorrectable = 0x03fff031;
const correctable = 0xf1c1;

/** Capabilities with a table of their own; all others are read straight from the hardware and not written. */
export const capabilityPermissions: Readonly<Record<number, Permissions>> = {
  [capabilityId.basic]: header,
  [capabilityId.powerManagement]: new Permissions(8).set(next, 1, all, 0).set(4, 4, 0, ~0x3),
  [capabilityId.vpd]: new Permissions(8).set(next, 1, all, 0).set(2, 2, all, all).set(4, 4, all, all),
  [capabilityId.pcix]: new Permissions(24).set(next, 1, all, 0).set(2, 2, 0, all).set(8, 4, 0, all),
  [capabilityId.pciExpress]: new Permissions(52)
    .set(next, 1, all, 0)
    .set(8, 2, 0xf0e0, ~0x0200)
    .set(0x28, 2, 0, ~0x0020),
  [capabilityId.advancedFeatures]: new Permissions(6).set(next, 1, all, 0).set(4, 1, 0x01, 0x01),
};

export const extendedCapabilityPermissions: Readonly<Record<number, Permissions>> = {
  [extendedCapabilityId.aer]: new Permissions(0x2c)
    .set(0, 4, all, 0)
    .set(0x04, 4, 0, uncorrectable)
    .set(0x08, 4, 0, uncorrectable)
    .set(0x0c, 4, 0, uncorrectable)
    .set(0x10, 4, 0, correctable)
    .set(0x14, 4, 0, correctable)
    .set(0x18, 4, 0, 0x0140),
  // The data register, not the selector before it: as the kernel has it.
  [extendedCapabilityId.powerBudgeting]: new Permissions(16).set(0, 4, all, 0).set(8, 1, 0, all),
};

/** The table of one device's MSI capability, which depends on its width and masking (`init_pci_cap_msi_perm`). */
export function msiPermissions(length: number, flags: number): Permissions {
  const wide = (flags & 0x80) !== 0;
  const permissions = new Permissions(length).set(next, 1, all, 0).set(2, 1, all, all).set(4, 4, all, all);
  if (wide) permissions.set(8, 4, all, all);
  permissions.set(wide ? 12 : 8, 2, all, all);
  if ((flags & 0x100) !== 0) permissions.set(wide ? 16 : 12, 4, 0, all).set(wide ? 20 : 16, 4, 0, all);
  return permissions;
}
