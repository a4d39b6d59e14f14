import type { PageRange } from './snapshot';

const pageBytes = 4096n;

/** `0x100000`: the address at which a page starts. */
export function addressOf(page: number): string {
  return `0x${(BigInt(page) * pageBytes).toString(16)}`;
}

/** `0x100000 - 0x1fffff`: first and last byte. */
export function rangeText({ page, count }: PageRange): string {
  return `${addressOf(page)} - 0x${(BigInt(page + count) * pageBytes - 1n).toString(16)}`;
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** `1 MiB`, `2.5 GiB`: exact where it is short, else with two decimals. */
export function sizeOf(pages: number): string {
  let size = pages * 4;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${Math.round(size * 100) / 100} ${units[unit]!}`;
}

/** Number of pages that an address of so many bits reaches. */
export function pagesOfWidth(width: number): number {
  return 2 ** Math.max(width - 12, 0);
}
