import { Machine, presets } from '../src/hardware';
import { Journal } from '../src/history';
import {
  Kernel,
  O_RDWR,
  Syscalls,
  UserBuffer,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
  VFIO_TYPE1v2_IOMMU,
  type Process,
} from '../src/kernel';
import { median, type Measure } from './measurement';

const page = 4096;
const loops = 200_000;
const distinct = 60_000;
const rounds = 5;

interface Bench {
  readonly calls: Syscalls;
  readonly process: Process;
  readonly container: number;
  readonly memory: bigint;
}

/** A container with the edu device's group in it, and memory to map. */
function prepare(recording: boolean): Bench {
  const journal = new Journal({ recording });
  const kernel = Kernel.boot(journal, Machine.build(journal, presets['q35-intel']!));
  const calls = new Syscalls(kernel);
  const process = kernel.spawn({ name: 'bench' });
  calls.echo(process, '/sys/bus/pci/devices/0000:00:04.0/driver_override', 'vfio-pci');
  calls.echo(process, '/sys/bus/pci/drivers_probe', '0000:00:04.0');
  const container = Number(calls.open(process, '/dev/vfio/vfio', O_RDWR).ret);
  const group = Number(calls.open(process, '/dev/vfio/1', O_RDWR).ret);
  const pointer = new UserBuffer(new Uint8Array(4));
  pointer.view.setInt32(0, container, true);
  const joined = calls.ioctl(process, group, VFIO_GROUP_SET_CONTAINER, pointer).ret;
  const set = calls.ioctl(process, container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU).ret;
  if (joined !== 0 || set !== 0) throw new Error(`no container: ${joined} ${set}`);
  const memory = BigInt(calls.mmap(process, { length: distinct * page, prot: 'rw' }).ret);
  return { calls, process, container, memory };
}

function mapArgument(vaddr: bigint, iova: bigint): UserBuffer {
  const map = new UserBuffer(new Uint8Array(32));
  map.view.setUint32(0, 32, true);
  map.view.setUint32(4, 3, true);
  map.view.setBigUint64(8, vaddr, true);
  map.view.setBigUint64(16, iova, true);
  map.view.setBigUint64(24, BigInt(page), true);
  return map;
}

function unmapArgument(iova: bigint): UserBuffer {
  const unmap = new UserBuffer(new Uint8Array(24));
  unmap.view.setUint32(0, 24, true);
  unmap.view.setBigUint64(8, iova, true);
  unmap.view.setBigUint64(16, BigInt(page), true);
  return unmap;
}

/** Ioctls a second of mapping and unmapping the same page. */
function mapAndUnmap({ calls, process, container, memory }: Bench): number {
  const map = mapArgument(memory, 0x100000n);
  const unmap = unmapArgument(0x100000n);
  const start = performance.now();
  for (let index = 0; index < loops; index++) {
    if (calls.ioctl(process, container, VFIO_IOMMU_MAP_DMA, map).ret !== 0) throw new Error('map failed');
    unmap.view.setBigUint64(16, BigInt(page), true);
    if (calls.ioctl(process, container, VFIO_IOMMU_UNMAP_DMA, unmap).ret !== 0) throw new Error('unmap failed');
  }
  return (2 * loops * 1000) / (performance.now() - start);
}

/** Ioctls a second of mapping 60,000 pages, each for itself. */
function mapDistinct({ calls, process, container, memory }: Bench): number {
  const map = mapArgument(memory, 0x100000n);
  const start = performance.now();
  for (let index = 0; index < distinct; index++) {
    const offset = BigInt(index * page);
    map.view.setBigUint64(8, memory + offset, true);
    map.view.setBigUint64(16, 0x100000n + offset * 2n, true);
    if (calls.ioctl(process, container, VFIO_IOMMU_MAP_DMA, map).ret !== 0) throw new Error('map failed');
  }
  return (distinct * 1000) / (performance.now() - start);
}

function measured(run: (bench: Bench) => number, recording: boolean): number {
  return median(Array.from({ length: rounds }, () => run(prepare(recording))));
}

/** How fast the simulated kernel maps, with and without history. */
export const measure: Measure = () => {
  const aim = '> 250000';
  const unit = 'ioctls/s';
  return [
    { what: 'map and unmap 4 KiB, with history', value: measured(mapAndUnmap, true), unit, aim },
    { what: 'map and unmap 4 KiB, --no-history', value: measured(mapAndUnmap, false), unit, aim },
    { what: 'map 60,000 pages one by one, with history', value: measured(mapDistinct, true), unit, aim },
    { what: 'map 60,000 pages one by one, --no-history', value: measured(mapDistinct, false), unit, aim },
  ];
};
