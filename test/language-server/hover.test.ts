import { describe, expect, test } from 'vitest';
import { hoverAt } from '../../src/language-server/hover';
import { marked } from './marked';

function hovered(text: string): string | undefined {
  const { tokens, offset } = marked(text);
  return hoverAt(tokens, offset)?.markdown;
}

describe('hover', () => {
  test('describes an ioctl with its structure and its errors', () => {
    const text = hovered('ioctl(container, VFIO_IOMMU_<|>MAP_DMA, {})');
    expect(text).toContain('request 0x3b71 on a container');
    expect(text).toContain('| iova | u64 | 16 | 8 |');
    expect(text).toContain('`EEXIST`: the range overlaps a mapping');
  });

  test('tells what a short flag name stands for', () => {
    expect(hovered('ioctl(c, VFIO_IOMMU_MAP_DMA, { flags: REA<|>D })')).toContain('VFIO_DMA_MAP_FLAG_READ` = 0x1');
  });

  test('tells type and offset of a field', () => {
    expect(hovered('ioctl(c, VFIO_IOMMU_MAP_DMA, { io<|>va: 0 })')).toContain('u64 at offset 16');
  });

  test.each([
    ['EEX<|>IST', '(17)'],
    ['VFIO_TYPE1v2<|>_IOMMU', '= 0x3'],
    ['mm<|>ap', 'mmap(length, prot, flags?, fd?, offset?)'],
    ['vfio_iommu_type1<|>_dma_map', '32 bytes'],
  ])('knows %s', (text, part) => {
    expect(hovered(text)).toContain(part);
  });

  test.each(['unknow<|>n', '"EEX<|>IST"', '// EEX<|>IST', '0x1<|>0', 'constructo<|>r', '<|>'])(
    'says nothing about %s',
    (text) => {
      expect(hovered(text)).toBeUndefined();
    },
  );
});
