import type { BarShape } from '../bar';
import { addMsi } from '../capabilities/msi';
import { setIdentity, type Identity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { ModelDefinition } from '../device-model';
import { capabilityId, register } from '../registers';
import { BareModel } from './registers-model';

const multifunction = 0x80;

/** A function of the q35 chipset: identity and the registers that firmware leaves with a value. */
function chipset(
  name: string,
  title: string,
  identity: Identity,
  fill: (space: ConfigSpace) => readonly BarShape[],
): ModelDefinition {
  return {
    name,
    title,
    express: false,
    bridge: false,
    driver: null,
    layout(space, description) {
      setIdentity(space, identity, description);
      return fill(space);
    },
    create: (fn) => new BareModel(fn),
  };
}

/** Memory controller hub of q35: the root complex's own function. */
export const hostBridge = chipset(
  'host-bridge',
  'Intel 82G33/Q35 DRAM controller',
  { vendor: 0x8086, device: 0x29c0, classCode: 0x060000 },
  (space) => {
    // Base of the memory-mapped configuration space at 0xb0000000, 256 buses, on.
    space.set(0x50, 4, 0x10);
    space.set(0x60, 4, 0xb0000001);
    // Memory behind the BIOS areas is readable and writable, the areas for extension ROMs and the BIOS as set up.
    [0x10, 0x11, 0x11, 0x11, 0x11, 0x11, 0x33].forEach((value, index) => space.set(0x90 + index, 1, value));
    space.set(0x9d, 2, 0x380a);
    return [];
  },
);

/** ISA bridge of ICH9. */
export const lpc = chipset(
  'lpc',
  'Intel ICH9 LPC interface controller',
  { vendor: 0x8086, device: 0x2918, classCode: 0x060100, revision: 2 },
  (space) => {
    space.set(register.headerType, 1, multifunction);
    // Power management ports at 0x600, on.
    space.set(0x40, 4, 0x0601);
    space.set(0x44, 1, 0x80);
    // Interrupt routing: PIRQA to PIRQH, not to a legacy interrupt.
    [0x8a, 0x8a, 0x8b, 0x8b].forEach((value, index) => {
      space.set(0x60 + index, 1, value);
      space.set(0x68 + index, 1, value);
    });
    space.set(0x82, 1, 0x01);
    space.set(0xa0, 1, 0x10);
    // Root complex register block.
    space.set(0xf0, 4, 0xfed1c001);
    return [];
  },
);

/** SATA controller of ICH9 in AHCI mode. */
export const ahci = chipset(
  'ahci',
  'Intel ICH9 SATA controller',
  { vendor: 0x8086, device: 0x2922, classCode: 0x010601, revision: 2, pin: 1 },
  (space) => {
    space.set(register.headerType, 1, multifunction);
    space.addCapability(capabilityId.sata, 0xa8, 8);
    space.set(0xaa, 2, 0x0010);
    space.set(0xac, 4, 0x48);
    addMsi(space, { offset: 0x80, vectors: 1, is64: true, maskable: false });
    space.set(0x90, 1, 0x40);
    return [
      { index: 4, kind: 'io', size: 0x20n, is64: false, prefetchable: false },
      { index: 5, kind: 'memory', size: 0x1000n, is64: false, prefetchable: false },
    ];
  },
);

/** SMBus controller of ICH9. */
export const smbus = chipset(
  'smbus',
  'Intel ICH9 SMBus controller',
  { vendor: 0x8086, device: 0x2930, classCode: 0x0c0500, revision: 2, pin: 1 },
  (space) => {
    space.set(register.headerType, 1, multifunction);
    space.set(0x40, 1, 0x01);
    return [{ index: 4, kind: 'io', size: 0x40n, is64: false, prefetchable: false }];
  },
);

/** The PCI function of an AMD-Vi IOMMU: capability block 0xf (secure device), MSI, and an interrupt mapping block. */
export const amdIommu = chipset(
  'amd-iommu',
  'AMD-Vi IOMMU',
  { vendor: 0x1022, device: 0x0008, classCode: 0x080600, pin: 0 },
  (space) => {
    space.addCapability(capabilityId.secureDevice, 0x40, 0x18);
    space.set(0x42, 2, 0x1f03);
    // Registers at 0xfed80000; buses 0 to 255; address sizes.
    space.set(0x44, 4, 0xfed80000);
    space.set(0x4c, 4, 0xff000000);
    space.set(0x50, 4, 0x00182840);
    space.addCapability(capabilityId.msi, 0x58, 4);
    space.addCapability(capabilityId.hyperTransport, 0x5c, 4);
    addMsi(space, { offset: 0x60, vectors: 1, is64: true, maskable: false });
    return [];
  },
);
