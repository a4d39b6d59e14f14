import type { PciFunction } from '../../hardware';
import { hex, leaf, type Item } from './item';

const rights = ['', 'R', 'W', 'RW'];

/** The page table entries that lead from a device's root to an IOVA: what the IOMMU does to translate it. */
export function pageWalk(fn: PciFunction, iova: bigint): Item[] {
  const { iommu } = fn.machine;
  if (iommu === null) return [leaf('no IOMMU', 'addresses of the device are physical')];
  const table = iommu.tableOf(fn);
  if (table === null) return [leaf('context entry', 'not present: all DMA of the device is blocked')];
  const path = table.walkTo(Number(iova >> 12n));
  const items = path.map(({ level, index, page }, i): Item => {
    const name = `level ${level}, entry ${index}`;
    if (page !== 0) {
      const size = ['4 KiB', '2 MiB', '1 GiB'][level - 1] ?? 'large';
      return leaf(
        name,
        `page of ${size} at ${hex(BigInt(Math.floor(page / 4)) << 12n)} ${rights[page % 4] ?? ''}`,
        'pte',
      );
    }
    return leaf(name, i === path.length - 1 ? 'empty: not mapped' : 'next table', 'pte');
  });
  return [leaf('context entry', `${fn.bdf}: ${table.width} bits of IOVA`), ...items];
}
