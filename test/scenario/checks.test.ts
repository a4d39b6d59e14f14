import { describe, expect, test } from 'vitest';
import { parse } from '../../src/scenario';
import { problemsOf } from './samples';

const inProcess = (text: string): string => `process a {\n${text}\n}`;

describe('names', () => {
  test.each([
    ['print EEXITS', '1:7 EEXITS is not known here'],
    ['opne("/x")', '1:1 there is no function opne'],
    ['let x = 1 let y = x.z', '1:19 a number has no field z'],
    ['function f(a) { } function f(b) { }', '1:19 there is already a function f'],
    ['function f(a) { } f(1, 2)', '1:19 f takes 1 argument, not 2'],
    ['break', '1:1 break stands outside of a loop'],
    ['return 1', '1:1 return stands outside of a function'],
    ['test "a" { } test "a" { }', '1:14 there is already a test "a"'],
    ['kill nobody', '1:1 there is no process nobody'],
    ['1 = 2', '1:1 a value can only be given to a variable, a field or an element'],
    ['expect EEXIST', '1:1 this expectation speaks of a call, and none stands before it'],
    ['include "none.vfio"', '1:1 the file "none.vfio" cannot be read'],
    ['print "${nowhere} and"', '1:10 nowhere is not known here'],
    ['print 99999999999999999999', '1:7 this number does not fit in 64 bits'],
  ])('%s', (text, problem) => expect(problemsOf(text)).toContain(problem));

  test('suggests what was meant', () => {
    const { problems } = parse('process a { ioctl(3, VFIO_IOMMU_MAPDMA) }', 'test.vfio');
    expect(problems.map(({ message, hint }) => [message, hint])).toEqual([
      ['there is no request VFIO_IOMMU_MAPDMA', 'did you mean VFIO_IOMMU_MAP_DMA?'],
    ]);
  });
});

describe('calls', () => {
  test.each([
    ['ioctl(3, VFIO_IOMMU_MAP_DMA, { iovva: 1 })', '2:32 struct vfio_iommu_type1_dma_map has no field iovva'],
    ['ioctl(3, VFIO_IOMMU_MAP_DMA, { flags: REED })', '2:39 REED is not known here'],
    ['let r = ioctl(3, VFIO_IOMMU_GET_INFO) print r.flagz', '2:45 struct vfio_iommu_type1_info has no field flagz'],
    ['ioctl(3, VFIO_SET_IOMMU, { iova: 1 })', '2:26 VFIO_SET_IOMMU takes no structure'],
    [
      'let g = open("/dev/vfio/9") ioctl(g, VFIO_SET_IOMMU, 3)',
      '2:35 VFIO_SET_IOMMU is a request to a container, and this is a group',
    ],
    ['open(5)', '2:6 open takes a path in quotes here'],
    ['close()', '2:1 close takes 1 arguments, not 0'],
    ['bind 5 vfio-pci', '2:6 bind takes a PCI address such as 01:00.0 here'],
    ['1 + 2', '2:1 this does nothing'],
  ])('%s', (text, problem) => expect(problemsOf(inProcess(text))).toContain(problem));
});

describe('machine, kernel, processes', () => {
  test.each([
    ['machine q35-intle', '1:1 there is no machine q35-intle'],
    ['machine { edoo 00:04.0 }', '1:11 there is no device model edoo'],
    ['machine { edu 00:04.0 edu 00:04.0 }', '1:23 there are two devices at 00:04.0'],
    ['machine { colour 5 }', '1:11 a machine has no property colour'],
    ['machine { iommu arm }', '1:11 there is no IOMMU arm'],
    ['machine q35-amd machine q35-intel', '1:17 there is already a machine'],
    ['kernel 6.1', '1:1 the kernel 6.1 is not simulated'],
    ['process a (uidd 5) { }', '1:12 a process has no option uidd'],
  ])('%s', (text, problem) => expect(problemsOf(text)).toContain(problem));
});

test('an included file has its own places', () => {
  const { problems } = parse('include "shared.vfio"\nprint twice(2)', 'main.vfio', (path) => ({
    uri: path,
    text: 'function twice(n) { return n * m }',
  }));
  expect(problems.map(({ uri, range, message }) => [uri, range.start.character, message])).toEqual([
    ['shared.vfio', 31, 'm is not known here'],
  ]);
});
