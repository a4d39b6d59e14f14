import { describe, expect, it } from 'vitest';
import type { ReservedRegion, ReservedType } from '../../../../src/kernel';
import { exclude, isValid, resize } from '../../../../src/kernel/vfio/type1/iova-list';

const region = (startPage: number, endPage: number, type: ReservedType): ReservedRegion => ({
  startPage,
  endPage,
  start: BigInt(startPage) << 12n,
  end: (BigInt(endPage + 1) << 12n) - 1n,
  type,
});

describe('IOVA lists', () => {
  it('an empty list becomes the aperture, and means that everything is valid before', () => {
    expect(isValid([], 0, 2 ** 52 - 1)).toBe(true);
    expect(resize([], 0, 99)).toEqual([{ startPage: 0, endPage: 99 }]);
  });

  it('resizing keeps holes and drops ranges outside', () => {
    const list = [
      { startPage: 0, endPage: 9 },
      { startPage: 20, endPage: 29 },
      { startPage: 40, endPage: 49 },
    ];
    expect(resize(list, 5, 24)).toEqual([
      { startPage: 5, endPage: 9 },
      { startPage: 20, endPage: 24 },
    ]);
  });

  it('reserved regions are cut out, relaxable ones are not', () => {
    const list = resize([], 0, 99);
    expect(exclude(list, [region(0, 9, 'direct-relaxable'), region(50, 59, 'msi')])).toEqual([
      { startPage: 0, endPage: 49 },
      { startPage: 60, endPage: 99 },
    ]);
    expect(exclude(list, [region(0, 99, 'reserved')])).toEqual([]);
  });

  it('a request must lie inside one range', () => {
    const list = [
      { startPage: 0, endPage: 9 },
      { startPage: 10, endPage: 19 },
    ];
    expect(isValid(list, 0, 9)).toBe(true);
    expect(isValid(list, 9, 10)).toBe(false);
  });
});
