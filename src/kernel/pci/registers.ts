/** Offsets in the configuration header that the PCI core and vfio-pci use (PCI Local Bus 3.0, chapter 6). */
export const registers = {
  vendorId: 0x00,
  deviceId: 0x02,
  command: 0x04,
  status: 0x06,
  classRevision: 0x08,
  cacheLineSize: 0x0c,
  latencyTimer: 0x0d,
  headerType: 0x0e,
  bist: 0x0f,
  bar0: 0x10,
  bar5: 0x24,
  subsystemVendor: 0x2c,
  subsystemId: 0x2e,
  rom: 0x30,
  capabilityPointer: 0x34,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
  bridgeControl: 0x3e,
} as const;

/** Bits of the command register. */
export const command = { io: 0x1, memory: 0x2, master: 0x4, intxDisable: 0x400 } as const;

/** Bits of the status register. */
export const status = { interrupt: 0x8, capabilityList: 0x10 } as const;

/** `PCI_CAP_ID_*`. */
export const capabilityId = {
  basic: 0x00,
  powerManagement: 0x01,
  vpd: 0x03,
  msi: 0x05,
  pcix: 0x07,
  hyperTransport: 0x08,
  vendorSpecific: 0x09,
  bridgeSubsystem: 0x0d,
  pciExpress: 0x10,
  msix: 0x11,
  sata: 0x12,
  advancedFeatures: 0x13,
} as const;

/** `PCI_EXT_CAP_ID_*`. */
export const extendedCapabilityId = {
  aer: 0x01,
  virtualChannel: 0x02,
  powerBudgeting: 0x04,
  multifunctionVc: 0x08,
  virtualChannel9: 0x09,
  vendorSpecific: 0x0b,
  acs: 0x0d,
  sriov: 0x10,
  resizableBar: 0x15,
  dynamicPower: 0x16,
  tph: 0x17,
  ltr: 0x18,
} as const;

/** Offsets in the PCI Express capability. */
export const pcie = {
  flags: 2,
  deviceCapabilities: 4,
  deviceControl: 8,
  deviceControl2: 0x28,
  linkControl: 0x10,
  slotControl: 0x18,
  rootControl: 0x1c,
  linkControl2: 0x30,
  slotControl2: 0x38,
} as const;

/** Offset of the control and status register in the power management capability, and its bits. */
export const pm = { control: 4, stateMask: 0x3, noSoftReset: 0x8 } as const;
