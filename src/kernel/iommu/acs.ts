import type { PciDevice } from '../pci/pci-device';

/** Extended capability id of Access Control Services (PCIe 7.7.8). */
const acsCapabilityId = 0x0d;
/** Source validation, request redirect, completion redirect, upstream forwarding: what isolation needs. */
const requiredFlags = 0x1d;

/** Device or port type of the PCI Express capability. */
export type PciExpressType =
  'endpoint' | 'root-port' | 'upstream' | 'downstream' | 'pcie-to-pci' | 'pci-to-pcie' | 'event-collector' | 'other';

const types: Readonly<Record<number, PciExpressType>> = {
  0: 'endpoint',
  4: 'root-port',
  5: 'upstream',
  6: 'downstream',
  7: 'pcie-to-pci',
  8: 'pci-to-pcie',
  10: 'event-collector',
};

/** Bits 4 to 7 of the PCI Express capabilities register. */
export function pciExpressType(pci: PciDevice): PciExpressType {
  return types[(pci.read(pci.pcieCap + 2, 2) >> 4) & 0xf] ?? 'other';
}

/** `pci_acs_flags_enabled`: whether everything that isolation needs and the port is able to do is switched on. */
export function requiredAcs(pci: PciDevice): boolean {
  const position = pci.extendedCapability(acsCapabilityId);
  if (position === 0) return false;
  const wanted = requiredFlags & pci.read(position + 4, 2);
  return (pci.read(position + 6, 2) & wanted) === wanted;
}
