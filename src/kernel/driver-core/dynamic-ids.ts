import { Entity, JournaledList, type Journal } from '../../history';
import type { PciDevice } from '../pci/pci-device';

/** Matches every subsystem id (`PCI_ANY_ID`). */
export const anyId = 0xffffffff;

/** `struct pci_device_id`: unsigned 32-bit numbers; `anyId` in an id field matches all. */
export interface PciId {
  readonly vendor: number;
  readonly device: number;
  readonly subvendor: number;
  readonly subdevice: number;
  readonly class: number;
  readonly classMask: number;
}

/** Ids that `new_id` added to one driver, in the order they came. */
export class DynamicIds extends Entity {
  private readonly list: JournaledList<PciId>;

  constructor(journal: Journal) {
    super(journal);
    this.list = new JournaledList(journal);
  }

  add(id: PciId): void {
    this.list.push(id);
  }

  /** Removes the first entry that fits (`remove_id`); whether there was one. */
  remove(id: PciId): boolean {
    for (const entry of this.list) {
      if (removes(id, entry)) return this.list.remove(entry);
    }
    return false;
  }

  matches(device: PciDevice): boolean {
    for (const id of this.list) if (matchesId(id, device)) return true;
    return false;
  }
}

/** `pci_match_one_device`. */
export function matchesId(id: PciId, device: PciDevice): boolean {
  return (
    fits(id.vendor, device.vendor) &&
    fits(id.device, device.deviceId) &&
    fits(id.subvendor, device.subsystemVendor) &&
    fits(id.subdevice, device.subsystemDevice) &&
    ((id.class ^ device.classCode) & id.classMask) === 0
  );
}

/** The same for a device that would have just these numbers: whether a driver's table covers a new id. */
export function coversId(id: PciId, given: PciId): boolean {
  return (
    fits(id.vendor, given.vendor) &&
    fits(id.device, given.device) &&
    fits(id.subvendor, given.subvendor) &&
    fits(id.subdevice, given.subdevice) &&
    ((id.class ^ given.class) & id.classMask) === 0
  );
}

function fits(wanted: number, actual: number): boolean {
  return wanted === anyId || wanted === actual;
}

/** Omitted subsystem ids of a `remove_id` fit any entry; the class has to be the same under the mask given. */
function removes(id: PciId, entry: PciId): boolean {
  return (
    entry.vendor === id.vendor &&
    entry.device === id.device &&
    fits(id.subvendor, entry.subvendor) &&
    fits(id.subdevice, entry.subdevice) &&
    ((entry.class ^ id.class) & id.classMask) === 0
  );
}

/** Bits of the fields of `new_id`: six of 32 bits, then `driver_data`. */
const fieldBits: readonly number[] = [32, 32, 32, 32, 32, 32, 64];

/**
 * Reads blank-separated hexadecimal fields as `sscanf("%x %x …")` does: up to the first that is no number. What does
 * not fit a field is cut off.
 */
function hexadecimalFields(text: string): bigint[] {
  const fields: bigint[] = [];
  let rest = text;
  for (const bits of fieldBits) {
    const match = /^\s*(?:0x)?([0-9a-f]+)/i.exec(rest);
    if (match === null) break;
    fields.push(BigInt.asUintN(bits, BigInt(`0x${match[1]!}`)));
    rest = rest.slice(match[0].length);
  }
  return fields;
}

/** The id that `new_id` and `remove_id` are given. Undefined when fewer than vendor and device were given. */
export function parsePciId(text: string): PciId | undefined {
  const [vendor, device, subvendor = anyId, subdevice = anyId, classCode = 0, classMask = 0] =
    hexadecimalFields(text).map(Number);
  if (vendor === undefined || device === undefined) return undefined;
  return { vendor, device, subvendor, subdevice, class: classCode, classMask };
}

/** The seventh field of `new_id`, `driver_data`; undefined when it was not given. */
export function parseDriverData(text: string): bigint | undefined {
  return hexadecimalFields(text)[6];
}
