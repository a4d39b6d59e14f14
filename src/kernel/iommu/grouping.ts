import type { Device } from '../driver-core';
import type { PciDevice } from '../pci/pci-device';
import { pciExpressType, requiredAcs } from './acs';
import type { IommuGroup } from './group';

/** Where a device belongs, and why. A null group: it gets one of its own. */
export interface Placement {
  readonly group: IommuGroup | null;
  readonly reason: string;
}

/**
 * `pci_device_group`: which devices cannot be told or kept apart.
 * 1. requests of devices behind a PCIe-to-PCI bridge carry the bridge's id: they share its group;
 * 2. from there upwards, below ports without ACS, peers reach each other without passing the IOMMU;
 * 3. functions of one slot without ACS reach each other inside the device.
 */
export function placeDevice(device: Device, devices: Iterable<Device>): Placement {
  const { top, group } = aliasTop(device.pci);
  if (group !== null) {
    return { group, reason: `its requests carry the id of ${top.name}, the bridge to conventional PCI above it` };
  }
  let isolated = top;
  for (let bridge = bridgeAbove(top); bridge !== null; bridge = bridgeAbove(bridge)) {
    if (pathEnabled(bridge)) break;
    isolated = bridge;
    const shared = bridge.device.iommuGroup;
    if (shared !== null) return { group: shared, reason: `the port ${bridge.name} above it has no ACS` };
  }
  return sameSlot(isolated, devices) ?? { group: null, reason: 'everything above it isolates it' };
}

/** The highest device whose id stands for this one's requests, and its group when it has one (`pci_for_each_dma_alias`). */
function aliasTop(pci: PciDevice): { top: PciDevice; group: IommuGroup | null } {
  let top = pci;
  for (let bridge = bridgeAbove(pci); bridge !== null; bridge = bridgeAbove(bridge)) {
    if (bridge.isPcie && !translatesToPci(bridge)) continue;
    top = bridge;
    const group = bridge.device.iommuGroup;
    if (group !== null) return { top, group };
  }
  return { top, group: null };
}

/** Express-to-PCI and PCI-to-Express bridges: what lies below cannot be told apart above. */
function translatesToPci(bridge: PciDevice): boolean {
  const type = pciExpressType(bridge);
  return type === 'pcie-to-pci' || type === 'pci-to-pcie';
}

/** `pci_acs_path_enabled` up to the root. */
function pathEnabled(from: PciDevice): boolean {
  for (let at: PciDevice | null = from; at !== null; at = bridgeAbove(at)) {
    if (!acsEnabled(at)) return false;
  }
  return true;
}

/** `pci_acs_enabled` for the flags that isolation needs. */
function acsEnabled(pci: PciDevice): boolean {
  if (!pci.isPcie) return false;
  switch (pciExpressType(pci)) {
    case 'pcie-to-pci':
    case 'pci-to-pcie':
    case 'event-collector':
      return false;
    case 'root-port':
    case 'downstream':
      return requiredAcs(pci);
    default:
      return !isMultifunction(pci) || requiredAcs(pci);
  }
}

/** `dev->multifunction`: function 0 says so itself; whatever was found at another number of a slot is one of several. */
function isMultifunction(pci: PciDevice): boolean {
  return pci.fn.isMultifunction || (pci.fn.fn > 0 && !pci.isVirtfn);
}

/** `get_pci_function_alias_group`: another function of the slot that nothing keeps apart from this one. */
function sameSlot(pci: PciDevice, devices: Iterable<Device>): Placement | null {
  if (!isMultifunction(pci) || acsEnabled(pci)) return null;
  for (const { pci: other } of devices) {
    if (other === pci || other.bus !== pci.bus || other.fn.slot !== pci.fn.slot || acsEnabled(other)) continue;
    const group = other.device.iommuGroup;
    if (group !== null)
      return { group, reason: `${other.name} is a function of the same slot, without ACS between them` };
  }
  return null;
}

/** The bridge that leads to the device's bus; null on a root bus. */
function bridgeAbove(pci: PciDevice): PciDevice | null {
  return pci.bus.self;
}
