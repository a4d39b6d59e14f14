import { extendedCapabilityId, pcie } from './registers';
import type { PciDevice } from './pci-device';

/** A register of a capability that is saved with the header. */
interface SavedRegister {
  readonly offset: number;
  readonly width: 2 | 4;
  readonly value: number;
}

/** `struct pci_saved_state`: the header's 16 dwords and the registers of capabilities that Linux restores. */
export interface SavedState {
  readonly header: readonly number[];
  readonly capabilities: readonly SavedRegister[];
}

/** Registers of the AER capability that come back: masks, severity, control. */
const aerRegisters = [0x08, 0x0c, 0x14, 0x18];

/** `pci_save_state`. */
export function saveState(dev: PciDevice): void {
  const header = Array.from({ length: 16 }, (_, index) => dev.read(4 * index, 4));
  const capabilities = savedRegisters(dev).map(({ offset, width }) => ({
    offset,
    width,
    value: dev.read(offset, width),
  }));
  dev.savedState = { header, capabilities };
}

/** `pci_restore_state`: writes back what was saved last, then forgets it. Does nothing when nothing is saved. */
export function restoreState(dev: PciDevice): void {
  const saved = dev.savedState;
  if (saved === null) return;
  for (const { offset, width, value } of saved.capabilities) dev.write(offset, width, value);
  restoreHeader(dev, saved.header);
  dev.kernel.pci.interrupts.restoreMessages(dev);
  enableAcs(dev);
  dev.sriov?.restore();
  dev.savedState = null;
}

/** What Linux wants of ACS: source validation, request and completion redirect, upstream forwarding. */
const acsWanted = 0x1d;

/** `pci_enable_acs`: every isolation that the function offers, when there is an IOMMU to profit from it. */
function enableAcs(dev: PciDevice): void {
  const at = dev.extendedCapability(extendedCapabilityId.acs);
  if (at === 0 || dev.kernel.machine.iommu === null) return;
  const control = dev.read(at + 6, 2);
  dev.write(at + 6, 2, control | (dev.read(at + 4, 2) & acsWanted));
}

/** `pci_load_saved_state`: null forgets the present one. */
export function loadState(dev: PciDevice, state: SavedState | null): void {
  dev.savedState = state;
}

/** BARs come back before the command register switches decoding on; a dword that has its value is left alone. */
function restoreHeader(dev: PciDevice, header: readonly number[]): void {
  for (let index = 15; index >= 0; index--) {
    const value = header[index]!;
    if (dev.read(4 * index, 4) !== value) dev.write(4 * index, 4, value);
  }
}

function savedRegisters(dev: PciDevice): { offset: number; width: 2 | 4 }[] {
  const list: { offset: number; width: 2 | 4 }[] = [];
  const ltr = dev.extendedCapability(extendedCapabilityId.ltr);
  if (ltr !== 0) list.push({ offset: ltr + 4, width: 2 }, { offset: ltr + 6, width: 2 });
  if (dev.pcieCap !== 0) {
    for (const offset of expressRegisters(dev)) list.push({ offset: dev.pcieCap + offset, width: 2 });
  }
  const aer = dev.extendedCapability(extendedCapabilityId.aer);
  if (aer !== 0) for (const offset of aerRegisters) list.push({ offset: aer + offset, width: 4 });
  return list;
}

/** Control registers of the PCI Express capability that a function of this type has (`pcie_capability_reg_implemented`). */
function expressRegisters(dev: PciDevice): number[] {
  const flags = dev.read(dev.pcieCap + pcie.flags, 2);
  const version = flags & 0xf;
  const type = (flags >>> 4) & 0xf;
  const hasLink = type !== 0x9 && type !== 0xa;
  const isPort = type === 0x4 || type === 0x6;
  const hasSlot = isPort && (flags & 0x100) !== 0;
  const offsets: number[] = [pcie.deviceControl];
  if (hasLink) offsets.push(pcie.linkControl);
  if (hasSlot) offsets.push(pcie.slotControl);
  if (type === 0x4 || type === 0xa) offsets.push(pcie.rootControl);
  if (version >= 2) offsets.push(pcie.deviceControl2);
  if (version >= 2 && hasLink) offsets.push(pcie.linkControl2);
  if (version >= 2 && hasSlot) offsets.push(pcie.slotControl2);
  return offsets;
}
