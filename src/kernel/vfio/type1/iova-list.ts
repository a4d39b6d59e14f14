import type { ReservedRegion } from '../../iommu/reserved-regions';

/** IOVAs that may be used, as page numbers; both ends inclusive (`struct vfio_iova`). */
export interface IovaRange {
  readonly startPage: number;
  readonly endPage: number;
}

/** The valid ranges of a container by ascending address; empty: everything is valid. */
export type IovaList = readonly IovaRange[];

/** Whether the range lies inside one of the valid ranges (`vfio_iommu_iova_dma_valid`). */
export function isValid(list: IovaList, startPage: number, endPage: number): boolean {
  for (const range of list) if (startPage >= range.startPage && endPage <= range.endPage) return true;
  return list.length === 0;
}

/** Narrows the list to an aperture (`vfio_iommu_aper_resize`). An empty list becomes the aperture. */
export function resize(list: IovaList, startPage: number, endPage: number): IovaList {
  if (list.length === 0) return [{ startPage, endPage }];
  const inside: IovaRange[] = [];
  for (const range of list) {
    if (range.endPage < startPage || range.startPage > endPage) continue;
    inside.push({ startPage: Math.max(range.startPage, startPage), endPage: Math.min(range.endPage, endPage) });
  }
  return inside;
}

/** Cuts the reserved regions out, except those that no longer need to be kept (`vfio_iommu_resv_exclude`). */
export function exclude(list: IovaList, regions: readonly ReservedRegion[]): IovaList {
  let left = list;
  for (const region of regions) {
    if (region.type !== 'direct-relaxable') left = left.flatMap((range) => without(range, region));
  }
  return left;
}

function without(range: IovaRange, region: ReservedRegion): IovaRange[] {
  if (region.startPage > range.endPage || region.endPage < range.startPage) return [range];
  const pieces: IovaRange[] = [];
  if (region.startPage > range.startPage) pieces.push({ startPage: range.startPage, endPage: region.startPage - 1 });
  if (region.endPage < range.endPage) pieces.push({ startPage: region.endPage + 1, endPage: range.endPage });
  return pieces;
}
