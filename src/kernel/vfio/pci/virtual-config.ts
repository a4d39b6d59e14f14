import { JournaledBlock } from '../../../history';
import { capabilityId, registers, status } from '../../pci/registers';
import type { PciDevice } from '../../pci/pci-device';
import { PCI_CAP_ID_INVALID } from '../../uapi';
import { capabilityLength, extendedCapabilityLength, msiLength } from './capability-lengths';
import type { VfioPciDevice } from './device';
import { msiPermissions, type Permissions } from './permissions';

const headerSize = 64;
const standardSize = 256;
const lastCapability = 0x14;
const lastExtended = 0x26;
/** The next pointer of an extended capability's header. */
const nextMask = 0xffc00000;

/** VFs with a pin that is known and needs no message: vendor and device. */
const knownBogusPin = { vendor: 0x8086, device: 0x270c };

/**
 * What the user sees of configuration space where it is not the hardware itself: the shadow bytes (`vconfig`), which
 * capability each byte belongs to (`pci_config_map`), and the permissions of this device's MSI capability.
 */
export class VirtualConfig {
  constructor(
    readonly shadow: JournaledBlock,
    /** Capability id of each byte; 0 for the header, PCI_CAP_ID_INVALID for bytes of no visible capability. */
    readonly map: Uint8Array,
    readonly msi: Permissions | null,
  ) {}

  /** Size of configuration space in bytes: 256 or 4096. */
  get size(): number {
    return this.map.length;
  }

  /** `vfio_find_cap_start`: offset of the capability that the byte at `position` belongs to. */
  capabilityStart(position: number): number {
    const id = this.map[position]!;
    if (id === capabilityId.basic) return 0;
    const base = position >= standardSize ? standardSize : headerSize;
    let start = position;
    while (start - 1 >= base && this.map[start - 1] === id) start--;
    return start;
  }
}

/** `vfio_config_init`: takes the shadow from the hardware, capability by capability, leaving hidden ones out. */
export function vfio_config_init(vdev: VfioPciDevice): void {
  const { pdev, kernel } = vdev;
  kernel.story.enter('vfio_config_init', () => ({ device: pdev.name, cfg_size: pdev.configSize }));
  const map = new Uint8Array(pdev.configSize).fill(PCI_CAP_ID_INVALID, headerSize);
  const draft = new Draft(pdev, map);
  draft.fill(0, headerSize);
  vdev.rbar = [0, 1, 2, 3, 4, 5]
    .map((bar) => draft.read(registers.bar0 + 4 * bar, 4))
    .concat(draft.read(registers.rom, 4));
  if (pdev.isVirtfn) presentVirtualFunction(draft);
  if (vdev.nointx) draft.write(registers.interruptPin, 1, 0);
  const extended = walkCapabilities(draft);
  if (extended) walkExtended(draft);
  const msi = pdev.msiCap === 0 ? null : msiPermissions(msiLength(pdev, pdev.msiCap), pdev.read(pdev.msiCap + 2, 2));
  vdev.config = new VirtualConfig(new JournaledBlock(vdev.journal, draft.bytes), map, msi);
  kernel.story.leave('vfio_config_init', 0);
}

/** The shadow while it is made: nobody else knows it yet, so nothing of it needs to be undone. */
class Draft {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(
    readonly pdev: PciDevice,
    readonly map: Uint8Array,
  ) {
    this.bytes = new Uint8Array(map.length);
    this.view = new DataView(this.bytes.buffer);
  }

  read(offset: number, width: 1 | 2 | 4): number {
    if (width === 1) return this.view.getUint8(offset);
    return width === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true);
  }

  write(offset: number, width: 1 | 2 | 4, value: number): void {
    if (width === 1) this.view.setUint8(offset, value);
    else if (width === 2) this.view.setUint16(offset, value, true);
    else this.view.setUint32(offset, value, true);
  }

  /** `vfio_fill_vconfig_bytes`: copies hardware bytes in the largest pieces that alignment allows. */
  fill(offset: number, length: number): void {
    const end = Math.min(offset + length, this.bytes.length);
    for (let at = offset; at < end;) {
      const width = end - at >= 4 && at % 4 === 0 ? 4 : end - at >= 2 && at % 2 === 0 ? 2 : 1;
      this.write(at, width, this.pdev.read(at, width));
      at += width;
    }
  }

  /** Marks the bytes of a capability, saying so where another one claimed them before. */
  claim(offset: number, length: number, id: number, kind: 'cap' | 'ecap'): void {
    const end = Math.min(offset + length, this.map.length);
    for (let at = offset; at < end; at++) {
      const before = this.map[at]!;
      if (before !== PCI_CAP_ID_INVALID) {
        const place = kind === 'cap' ? 'vfio_cap_init' : 'vfio_ecap_init';
        this.pdev.warn(`${place}: PCI config conflict @${hex(at)}, was ${kind} ${hex(before)} now ${kind} ${hex(id)}`);
      }
    }
    this.map.fill(id, offset, end);
    this.fill(offset, length);
  }
}

/** Numbers as the kernel's `%#x` prints them: with its prefix for 0, too (unlike C's). */
function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** VFs do not implement their ids and interrupt pin: the user sees what the PF says, and no pin. */
function presentVirtualFunction(draft: Draft): void {
  const { pdev } = draft;
  draft.write(registers.vendorId, 2, pdev.vendor);
  draft.write(registers.deviceId, 2, pdev.deviceId);
  const pin = draft.read(registers.interruptPin, 1);
  const known = pdev.vendor === knownBogusPin.vendor && pdev.deviceId === knownBogusPin.device;
  if (pin !== 0 && !known) pdev.warn(`Hardware bug: VF reports bogus INTx pin ${pin}`);
  draft.write(registers.interruptPin, 1, 0);
}

/** `vfio_cap_init`. @returns whether there is extended configuration space to look at */
function walkCapabilities(draft: Draft): boolean {
  const { pdev } = draft;
  if ((pdev.read(registers.status, 2) & status.capabilityList) === 0) return false;
  let extended = false;
  let visible = 0;
  /** Where the pointer to the next visible capability stands. */
  let pointer: number = registers.capabilityPointer;
  let at = pdev.read(registers.capabilityPointer, 1);
  for (let left = (standardSize - headerSize) / 4; at !== 0 && left > 0; left--) {
    const id = pdev.read(at, 1);
    const following = pdev.read(at + 1, 1);
    const length = id !== 0 && id <= lastCapability ? capabilityLength(pdev, id, at) : 0;
    if (length === 0) {
      pdev.info(`vfio_cap_init: hiding cap ${hex(id)}@${hex(at)}`);
      draft.write(pointer, 1, following);
    } else {
      extended ||= leadsToExtended(pdev, id, at);
      draft.claim(at, length, id, 'cap');
      pointer = at + 1;
      visible++;
    }
    at = following;
  }
  if (visible === 0) draft.write(registers.status, 2, draft.read(registers.status, 2) & ~status.capabilityList);
  return extended;
}

/** PCI Express, and PCI-X of version 2, come with extended space; an all-zero first dword means that it is empty. */
function leadsToExtended(pdev: PciDevice, id: number, at: number): boolean {
  const express = id === capabilityId.pciExpress;
  const pcix2 = id === capabilityId.pcix && ((pdev.read(at + 2, 2) >>> 12) & 3) !== 0;
  return (express || pcix2) && pdev.configSize > standardSize && pdev.read(standardSize, 4) !== 0;
}

/** `vfio_ecap_init`: a hidden first capability stays as a placeholder, because the chain starts there. */
function walkExtended(draft: Draft): void {
  const { pdev } = draft;
  let visible = 0;
  let previous = 0;
  let at = standardSize;
  for (let left = (pdev.configSize - standardSize) / 4; left > 0 && at >= standardSize; left--) {
    const word = pdev.read(at, 4);
    const id = word & 0xffff;
    const following = (word >>> 20) & 0xffc;
    const length = id <= lastExtended ? extendedCapabilityLength(pdev, id, at) : 0;
    if (length === 0) pdev.info(`vfio_ecap_init: hiding ecap ${hex(id)}@${hex(at)}`);
    if (length === 0 && previous !== 0) {
      const kept = draft.read(previous, 4) & ~nextMask;
      draft.write(previous, 4, (kept | (following << 20)) >>> 0);
      at = following;
      continue;
    }
    draft.claim(at, length === 0 ? 4 : length, id, 'ecap');
    if (length === 0) draft.write(at, 4, (draft.read(at, 4) & nextMask) >>> 0);
    else visible++;
    previous = at;
    at = following;
  }
  if (visible === 0) draft.write(standardSize, 4, 0);
}
