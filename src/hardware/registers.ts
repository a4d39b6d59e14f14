/** Offsets in configuration space (PCI 3.0, 6.1; bridges: PCI-to-PCI bridge 1.2, 3.2). */
export const register = {
  vendor: 0x00,
  device: 0x02,
  command: 0x04,
  status: 0x06,
  revision: 0x08,
  programmingInterface: 0x09,
  class: 0x0a,
  cacheLineSize: 0x0c,
  latencyTimer: 0x0d,
  headerType: 0x0e,
  bar0: 0x10,
  subsystemVendor: 0x2c,
  subsystemDevice: 0x2e,
  rom: 0x30,
  capabilities: 0x34,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
  headerEnd: 0x40,
  primaryBus: 0x18,
  secondaryBus: 0x19,
  subordinateBus: 0x1a,
  secondaryLatency: 0x1b,
  ioBase: 0x1c,
  ioLimit: 0x1d,
  secondaryStatus: 0x1e,
  memoryBase: 0x20,
  memoryLimit: 0x22,
  prefetchBase: 0x24,
  prefetchLimit: 0x26,
  prefetchBaseUpper: 0x28,
  prefetchLimitUpper: 0x2c,
  ioUpper: 0x30,
  bridgeRom: 0x38,
  bridgeControl: 0x3e,
} as const;

/** Bits of the command register. */
export const command = { io: 0x1, memory: 0x2, busMaster: 0x4, serr: 0x100, intxDisable: 0x400 } as const;

/** Status register: the function asserts INTx (bit 3). */
export const statusInterrupt = 0x0008;

/** Capability ids. */
export const capabilityId = {
  powerManagement: 0x01,
  msi: 0x05,
  hyperTransport: 0x08,
  hotPlug: 0x0c,
  subsystem: 0x0d,
  secureDevice: 0x0f,
  express: 0x10,
  msix: 0x11,
  sata: 0x12,
  advancedFeatures: 0x13,
} as const;

/** Extended capability ids. */
export const extendedId = { errorReporting: 0x01, serialNumber: 0x03, acs: 0x0d, ari: 0x0e, sriov: 0x10 } as const;

/** Device/port types of the PCI Express capability (PCIe 3.0, 7.8.2). */
export const portType = {
  endpoint: 0,
  rootPort: 4,
  upstream: 5,
  downstream: 6,
  expressToPci: 7,
  pciToExpress: 8,
  rootComplexEndpoint: 9,
} as const;
