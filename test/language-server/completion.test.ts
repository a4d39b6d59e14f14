import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proposalsAt } from '../../src/language-server/completion';
import { tokensOf } from '../../src/language-server/tokens';
import { marked } from './marked';

const opened = `
let container = open("/dev/vfio/vfio", O_RDWR)
let group = open(group_of(00:04.0), O_RDWR)
let device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")
`;

function proposed(text: string): string[] {
  const { tokens, offset } = marked(text);
  return proposalsAt(tokens, offset)
    .toSorted((a, b) => (a.rank ?? 5) - (b.rank ?? 5))
    .map(({ label }) => label);
}

describe('completion', () => {
  test.each([
    ['container', 'VFIO_GET_API_VERSION'],
    ['group', 'VFIO_GROUP_GET_STATUS'],
    ['device', 'VFIO_DEVICE_GET_INFO'],
  ])('offers the requests of a %s first', (file, first) => {
    expect(proposed(`${opened}ioctl(${file}, <|>`)[0]).toBe(first);
    expect(proposed(`${opened}ioctl(${file}, VFIO_<|>)`)[0]).toBe(first);
  });

  test('offers the fields that a structure still lacks', () => {
    const fields = proposed('ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, <|> })');
    expect(fields).toEqual(['vaddr', 'iova', 'size', 'argsz']);
  });

  test('offers the short names of flags, also behind a bar', () => {
    expect(proposed('ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: <|>')).toEqual(['READ', 'WRITE']);
    expect(proposed('ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | <|>, iova: 0 })')).toContain('WRITE');
  });

  test('offers IOMMU models for VFIO_SET_IOMMU', () => {
    expect(proposed('ioctl(container, VFIO_SET_IOMMU, <|>)').slice(0, 2)).toEqual([
      'VFIO_TYPE1_IOMMU',
      'VFIO_TYPE1v2_IOMMU',
    ]);
  });

  test('offers errno names behind expect', () => {
    expect(proposed('ioctl(container, VFIO_IOMMU_MAP_DMA, { size: 1 }) expect <|>')).toContain('EEXIST');
  });

  test('offers what the file names, and words of the language', () => {
    const names = proposed(`${opened}<|>`);
    expect(names.slice(0, 3)).toEqual(['container', 'group', 'device']);
    expect(names).toContain('process');
  });

  test.each(['// open <|>', 'let a = 12<|>', 'let a = b.<|>', '/* x <|> */', 'print "VFIO_<|>"'])(
    'stays silent in %s',
    (text) => {
      expect(proposed(text)).toEqual([]);
    },
  );

  test('takes any text', () => {
    const piece = fc.constantFrom(
      'ioctl(',
      'c, ',
      'VFIO_IOMMU_MAP_DMA',
      '{',
      '}',
      ')',
      'flags:',
      '"',
      '//',
      '\n',
      ' ',
      '|',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(200), (pieces, at) => {
        const text = pieces.join('');
        proposalsAt(tokensOf(text), Math.min(at, text.length));
      }),
    );
  });
});
