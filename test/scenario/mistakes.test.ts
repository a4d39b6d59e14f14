import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mistakesOf, parse } from '../../src/scenario';

const opened = `let container = open("/dev/vfio/vfio")
let group = open(group_of(00:04.0))
`;
const checked = `${opened}print ioctl(group, VFIO_GROUP_GET_STATUS)
`;
const joined = `${checked}ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
`;
const ready = `${joined}ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
`;

function mistakes(text: string): string[] {
  return mistakesOf(parse(text, 'test.vfio')).map(({ message }) => message);
}

/** The text after all fixes. */
function fixed(text: string): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  const edits = mistakesOf(parse(text, 'test.vfio')).flatMap(({ fix }) => fix?.edits ?? []);
  let changed = text;
  for (const { range, text: replacement } of edits.toReversed())
    changed = changed.slice(0, offset(range.start)) + replacement + changed.slice(offset(range.end));
  return changed;
}

describe('mistakes that show before a run', () => {
  test.each([
    ['no group', `${opened}ioctl(container, VFIO_SET_IOMMU, 3)`, 'the container has no group yet'],
    ['no model', `${joined}ioctl(container, VFIO_IOMMU_MAP_DMA, { size: 4K })`, 'VFIO_IOMMU_MAP_DMA answers EINVAL'],
    ['device without container', `${opened}ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")`, 'in no container'],
    ['device without model', `${joined}ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")`, 'no IOMMU model'],
    ['descriptor by value', `${checked}ioctl(group, VFIO_GROUP_SET_CONTAINER, container)`, 'takes a pointer'],
    ['argsz', `${ready}ioctl(container, VFIO_IOMMU_GET_INFO, { argsz: 8 })`, 'argsz 8 is too small'],
    ['token', `${ready}ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0 vf_token=12")`, '"12" is no UUID'],
    ['not asked whether viable', `${opened}ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)`, 'viable'],
    [
      'overlap',
      `${ready}ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 1M, size: 1M }) ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 0x1ff000, size: 4K })`,
      'overlaps the mapping 0x100000-0x1fffff',
    ],
    ['closed', `${ready}close(container) ioctl(container, VFIO_GET_API_VERSION)`, 'container is closed'],
    ['ended', 'process a { exit() open("/dev/vfio/vfio") }', 'this is never done: the process a has ended'],
    [
      'INTx of a VF',
      `machine { root_port 00:08.0 { nvme 01:00.0 { vfs 2 } } } ${ready}let vf = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.1")
      ioctl(vf, VFIO_DEVICE_SET_IRQS, { flags: DATA_NONE | ACTION_TRIGGER, index: INTX, count: 1 })`,
      'is a virtual function: it has no INTx',
    ],
    [
      'bus master',
      `${ready}let device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0") let bar = mmap(4K, PROT_READ, device, 0)
      ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 1M, size: 1M }) poke32(bar + 0x80, 1)`,
      'bus mastering is off',
    ],
    [
      'the last group leaves',
      `${ready}ioctl(group, VFIO_GROUP_UNSET_CONTAINER) ioctl(container, VFIO_IOMMU_MAP_DMA, { })`,
      'no IOMMU model yet',
    ],
  ])('%s', (_, text, part) => {
    const found = mistakes(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(part);
  });

  test.each([
    ['expected', `${opened}ioctl(container, VFIO_SET_IOMMU, 3) expect EINVAL`],
    ['in a branch', `${opened}if 1 { ioctl(container, VFIO_SET_IOMMU, 3) }`],
    [
      'through a function',
      `function join(c, g) { } ${opened}join(container, group) ioctl(container, VFIO_SET_IOMMU, 3)`,
    ],
    [
      'unmapped between',
      `${ready}ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 1M, size: 1M }) ioctl(container, VFIO_IOMMU_UNMAP_DMA, { iova: 1M, size: 1M })
      ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 1M, size: 1M })`,
    ],
    ['each test by itself', `test "a" { ${ready} } test "b" { ${ready} }`],
  ])('nothing is said when %s', (_, text) => expect(mistakes(text)).toEqual([]));

  test('fixes make the mistakes go away', () => {
    for (const text of [
      `${checked}ioctl(group, VFIO_GROUP_SET_CONTAINER, container)`,
      `${opened}  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)`,
      `${joined}  ioctl(container, VFIO_IOMMU_MAP_DMA, { iova: 1M, size: 4K })`,
      `${ready}ioctl(container, VFIO_IOMMU_GET_INFO, { argsz: 8, flags: 0 })`,
    ]) {
      expect(mistakes(text)).toHaveLength(1);
      expect(mistakes(fixed(text))).toEqual([]);
    }
  });
});

const folder = join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.vfio'));

test.each(examples)('%s has no mistake', (name) => {
  const file = join(folder, name);
  const found = mistakesOf(parse(readFileSync(file, 'utf8'), file)).filter(({ severity }) => severity !== 'info');
  expect(found).toEqual([]);
});
