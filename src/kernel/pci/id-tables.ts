import { anyId, type PciId } from '../driver-core';

/** An entry of a driver's own table (`struct pci_device_id`), with what the driver keeps in `driver_data`. */
export interface TableId extends PciId {
  readonly driverData: bigint;
}

function byDevice(vendor: number, device: number, driverData: bigint): TableId {
  return { vendor, device, subvendor: anyId, subdevice: anyId, class: 0, classMask: 0, driverData };
}

function byClass(code: number, mask: number): TableId {
  const ids = { vendor: anyId, device: anyId, subvendor: anyId, subdevice: anyId };
  return { ...ids, class: code, classMask: mask, driverData: 0n };
}

/** `port_pci_ids` of `pcieport`: PCI-to-PCI bridges, with and without subtractive decoding. */
export const portTable: readonly TableId[] = [byClass(0x060400, 0xffffffff), byClass(0x060401, 0xffffffff)];

/** `nvme_id_table`: controllers with quirks, whose bits are `driver_data`, and all others by their class. */
export const nvmeTable: readonly TableId[] = [
  byDevice(0x8086, 0x0953, 0x5n),
  byDevice(0x8086, 0x0a53, 0x5n),
  byDevice(0x8086, 0x0a54, 0x5n),
  byDevice(0x8086, 0x0a55, 0x5n),
  byDevice(0x8086, 0xf1a5, 0x40a0n),
  byDevice(0x8086, 0xf1a6, 0x100n),
  byDevice(0x8086, 0x5845, 0x202n),
  byDevice(0x126f, 0x2263, 0x8000n),
  byDevice(0x1bb1, 0x0100, 0x8n),
  byDevice(0x1c58, 0x0003, 0x8n),
  byDevice(0x1c58, 0x0023, 0x8n),
  byDevice(0x1c5f, 0x0540, 0x8n),
  byDevice(0x144d, 0xa821, 0x8n),
  byDevice(0x144d, 0xa822, 0x8n),
  byDevice(0x1d1d, 0x1f1f, 0x40n),
  byDevice(0x1d1d, 0x2807, 0x40n),
  byDevice(0x1d1d, 0x2601, 0x40n),
  byDevice(0x10ec, 0x5762, 0x100n),
  byDevice(0x1cc1, 0x8201, 0x120n),
  byClass(0x010802, 0xffffff),
  byDevice(0x106b, 0x2001, 0x800n),
  byDevice(0x106b, 0x2003, 0n),
  byDevice(0x106b, 0x2005, 0x3800n),
];
