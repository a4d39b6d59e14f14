import { reach, type ErrnoCase } from './case';
import { Lab, nowhere, struct } from './lab';

const edu = '0000:00:04.0';
const page = 4096n;

function withContainer(): { lab: Lab; container: number; memory: bigint } {
  const lab = new Lab();
  lab.bind(edu);
  return { lab, container: lab.container(edu).container, memory: lab.memory(65536) };
}

/** `drivers/vfio/vfio_iommu_type1.c` */
export const type1: readonly ErrnoCase[] = [
  reach(
    'structures of the container',
    ['vfio_iommu_type1_ioctl/1', 'vfio_iommu_type1_ioctl/6', 'vfio_iommu_type1_ioctl/9', 'vfio_iommu_type1_ioctl/13'],
    () => {
      const { lab, container } = withContainer();
      lab.ioctl(container, 'VFIO_IOMMU_GET_INFO', nowhere);
      lab.ioctl(container, 'VFIO_IOMMU_MAP_DMA', nowhere);
      lab.ioctl(container, 'VFIO_IOMMU_UNMAP_DMA', nowhere);
      lab.ioctl(container, 0x3b99);
    },
  ),
  reach(
    'answers that cannot be written',
    ['vfio_iommu_type1_ioctl/4', 'vfio_iommu_type1_ioctl/5', 'vfio_iommu_type1_ioctl/12'],
    () => {
      const { lab, container, memory } = withContainer();
      lab.ioctl(container, 'VFIO_IOMMU_GET_INFO', lab.readOnly(struct('vfio_iommu_type1_info')));
      const roomy = struct('vfio_iommu_type1_info', { argsz: 200 });
      lab.ioctl(container, 'VFIO_IOMMU_GET_INFO', lab.beforeReadOnly(roomy.bytes));
      lab.map(container, memory, 0x100000n, page);
      const unmap = struct('vfio_iommu_type1_dma_unmap', { iova: 0x100000n, size: page });
      lab.ioctl(container, 'VFIO_IOMMU_UNMAP_DMA', lab.readOnly(unmap));
    },
  ),
  reach(
    'over the limit of locked memory',
    [
      'vfio_pin_pages_remote/3',
      'vfio_pin_pages_remote/4',
      'vfio_pin_map_dma/1',
      'vfio_dma_do_map/8',
      'vfio_iommu_type1_ioctl/8',
    ],
    () => {
      const { lab, container, memory } = withContainer();
      lab.calls.memlock(lab.a, 8192);
      lab.calls.capdrop(lab.a, 'ipc_lock');
      // Frames of a huge page follow each other: the limit is met inside a chunk.
      const huge = BigInt(lab.calls.mmap(lab.a, { length: 2 ** 21, prot: 'rw', hugetlb: true }).ret);
      lab.map(container, huge, 0x100000n, 4n * page);
      lab.map(container, memory, 0x100000n, 2n * page);
      lab.map(container, memory, 0x200000n, page);
    },
  ),
  reach(
    'tests of the numbers',
    [
      'vfio_iommu_type1_ioctl/7',
      'vfio_iommu_type1_ioctl/10',
      'vfio_iommu_type1_ioctl/11',
      'vfio_dma_do_map/2',
      'vfio_dma_do_map/3',
      'vfio_dma_do_map/4',
      'vfio_dma_do_map/6',
      'vfio_dma_do_unmap/1',
      'vfio_dma_do_unmap/2',
      'vfio_dma_do_unmap/3',
      'vfio_dma_do_unmap/4',
      'vfio_dma_do_unmap/5',
      'vaddr_get_pfn/1',
      'vfio_pin_pages_remote/2',
    ],
    () => {
      const { lab, container, memory } = withContainer();
      lab.ioctl(container, 'VFIO_IOMMU_MAP_DMA', struct('vfio_iommu_type1_dma_map', { argsz: 8 }));
      lab.ioctl(container, 'VFIO_IOMMU_UNMAP_DMA', struct('vfio_iommu_type1_dma_unmap', { flags: 1 }));
      lab.map(container, memory, 0x100000n, 0n);
      lab.map(container, memory, 2n ** 64n - page, 2n * page);
      lab.map(container, memory, 0x100000n, 4n * page);
      lab.map(container, memory, 0x100000n, page);
      lab.map(container, memory, 0xfee00000n, page);
      lab.map(container, 0x1000n, 0x200000n, page);
      lab.unmap(container, 1n, page);
      lab.unmap(container, 0n, 0n);
      lab.unmap(container, 2n ** 64n - page, 2n * page);
      lab.unmap(container, 0x101000n, page);
      lab.unmap(container, 0x100000n, page);
    },
  ),
  reach('mapping limit', ['vfio_dma_do_map/5'], () => {
    const lab = new Lab();
    lab.parameter('vfio_iommu_type1', 'dma_entry_limit', '0');
    lab.bind(edu);
    const { container } = lab.container(edu);
    lab.map(container, lab.memory(4096), 0x100000n, page);
  }),
  reach('beyond the tables of VT-d', ['vfio_iommu_map/1', 'vfio_pin_map_dma/2'], () => {
    const lab = new Lab('q35-intel-39');
    lab.bind(edu);
    const { container } = lab.container(edu);
    lab.map(container, lab.memory(4096), 2n ** 40n, page);
  }),
  reach(
    'nesting',
    ['vfio_iommu_type1_attach_group/6', '__vfio_container_attach_groups/2', 'vfio_ioctl_set_iommu/4'],
    () => {
      const lab = new Lab();
      lab.bind(edu);
      lab.container(edu, 6);
    },
  ),
  reach('mapping by a process that is gone', ['vfio_lock_acct/1'], () => {
    const { lab, container, memory } = withContainer();
    lab.map(container, memory, 0x100000n, page);
    const heir = lab.another();
    heir.install(lab.a.file(container)!);
    for (const fd of [...lab.a.files.keys()]) heir.install(lab.a.file(fd)!);
    lab.calls.kill(lab.a);
    lab.calls.kill(heir);
  }),
  reach('v1 over mappings', ['vfio_ioctl_set_iommu/2', 'vfio_ioctl_set_iommu/1'], () => {
    const { lab, container } = withContainer();
    lab.ioctl(container, 'VFIO_SET_IOMMU', 3);
    const other = lab.open('/dev/vfio/vfio');
    lab.bind('0000:02:00.0');
    lab.join(other, '0000:02:00.0');
    lab.ioctl(other, 'VFIO_SET_IOMMU', 99);
  }),
];
