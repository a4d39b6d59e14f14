import type { AccessWidth } from '../config-space';
import type { PciFunction } from '../pci-function';

const dataStructure = 0x1c;

/**
 * The expansion ROM of a card: the header and PCI data structure of an image for x86 firmware (PCI Firmware 3.0,
 * 5.1), with no code behind them.
 */
export function optionRom(fn: PciFunction, blocks: number): Uint8Array {
  const image = new Uint8Array(blocks * 512);
  const view = new DataView(image.buffer);
  image.set([0x55, 0xaa, blocks, 0xe9]);
  view.setUint16(0x18, dataStructure, true);
  image.set(new TextEncoder().encode('PCIR'), dataStructure);
  view.setUint16(dataStructure + 4, fn.config.read(0, 2), true);
  view.setUint16(dataStructure + 6, fn.config.read(2, 2), true);
  view.setUint16(dataStructure + 10, 0x18, true);
  image[dataStructure + 13] = fn.classCode & 0xff;
  view.setUint16(dataStructure + 14, fn.classCode >>> 8, true);
  view.setUint16(dataStructure + 16, blocks, true);
  image[dataStructure + 21] = 0x80;
  return image;
}

/** Little-endian value in an image; all ones behind its end. */
export function readRom(image: Uint8Array, offset: number, width: AccessWidth): number {
  let value = 0;
  for (let at = offset + width - 1; at >= offset; at--) value = value * 256 + (image[at] ?? 0xff);
  return value;
}
