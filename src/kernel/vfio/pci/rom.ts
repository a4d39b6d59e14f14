import type { PciDevice } from '../../pci/pci-device';

/** Signatures of an image's header, and of its data structure: `PCIR`. */
const imageSignature = 0xaa55;
const dataSignature = 0x52494350;
const romIndex = 6;

/** `pci_map_rom`: switches the ROM on. @returns bytes of its images, or 0 (and it is off again) when there is none */
export function mapRom(dev: PciDevice): number {
  const bar = dev.bar(romIndex);
  if (bar === undefined || bar.start === 0n) return 0;
  dev.write(bar.register, 4, (Number(bar.start) | 1) >>> 0);
  const size = imageSize(dev, Number(bar.size));
  if (size === 0) unmapRom(dev);
  return size;
}

/** `pci_unmap_rom`: switches the ROM off. */
export function unmapRom(dev: PciDevice): void {
  const bar = dev.bar(romIndex)!;
  dev.write(bar.register, 4, (dev.read(bar.register, 4) & ~1) >>> 0);
}

/** `pci_get_rom_size`: walks the images, each with its length in units of 512 bytes, up to the one marked as last. */
function imageSize(dev: PciDevice, limit: number): number {
  const read = (offset: number, width: 1 | 2 | 4): number => dev.fn.barRead(romIndex, offset, width);
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  let image = 0;
  for (;;) {
    const header = read(image, 2);
    if (header !== imageSignature) {
      dev.info(`Invalid PCI ROM header signature: expecting 0xaa55, got ${hex(header, 4)}`);
      break;
    }
    const data = image + read(image + 24, 2);
    const signature = read(data, 4);
    if (signature !== dataSignature) {
      dev.info(`Invalid PCI ROM data signature: expecting 0x52494350, got ${hex(signature, 8)}`);
      break;
    }
    const last = (read(data + 21, 1) & 0x80) !== 0;
    const length = read(data + 16, 2);
    image += 512 * length;
    if (image >= limit || last || length === 0) break;
    if (read(image, 2) !== imageSignature) {
      dev.info('No more image in the PCI ROM');
      break;
    }
  }
  return Math.min(image, limit);
}
