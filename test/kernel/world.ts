import { Machine, presets } from '../../src/hardware';
import { Journal } from '../../src/history';
import {
  Kernel,
  O_RDWR,
  Syscalls,
  UserBuffer,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
  type KernelOptions,
  type Process,
} from '../../src/kernel';

/** A booted machine and the calls on it. */
export interface World {
  readonly journal: Journal;
  readonly kernel: Kernel;
  readonly calls: Syscalls;
}

export function boot(machine = 'q35-intel', options: KernelOptions = {}): World {
  const description = presets[machine];
  if (description === undefined) throw new Error(`no machine ${machine}`);
  const journal = new Journal();
  const kernel = Kernel.boot(journal, Machine.build(journal, description), options);
  return { journal, kernel, calls: new Syscalls(kernel) };
}

/** Binds a device to vfio-pci, as an administrator does. */
export function bind({ calls, kernel }: World, bdf: string): void {
  const root = kernel.spawn({ name: `root-${bdf}` });
  calls.echo(root, `/sys/bus/pci/devices/${bdf}/driver_override`, 'vfio-pci');
  calls.echo(root, '/sys/bus/pci/drivers_probe', bdf);
}

export function intPointer(value: number): UserBuffer {
  const buffer = new UserBuffer(new Uint8Array(4));
  buffer.view.setInt32(0, value, true);
  return buffer;
}

/** A container of `model` with the groups in it: their file descriptors, the container's first. */
export function containerWith({ calls }: World, process: Process, model: number, groups: readonly number[]): number[] {
  const container = Number(calls.open(process, '/dev/vfio/vfio', O_RDWR).ret);
  const files = groups.map((id) => Number(calls.open(process, `/dev/vfio/${id}`, O_RDWR).ret));
  for (const fd of files) calls.ioctl(process, fd, VFIO_GROUP_SET_CONTAINER, intPointer(container));
  calls.ioctl(process, container, VFIO_SET_IOMMU, model);
  return [container, ...files];
}

export function map(
  { calls }: World,
  process: Process,
  container: number,
  request: { vaddr: bigint; iova: bigint; size: bigint; flags?: number; argsz?: number },
): number {
  const buffer = new UserBuffer(new Uint8Array(32));
  buffer.view.setUint32(0, request.argsz ?? 32, true);
  buffer.view.setUint32(4, request.flags ?? 3, true);
  buffer.view.setBigUint64(8, request.vaddr, true);
  buffer.view.setBigUint64(16, request.iova, true);
  buffer.view.setBigUint64(24, request.size, true);
  return Number(calls.ioctl(process, container, VFIO_IOMMU_MAP_DMA, buffer).ret);
}

/** The size that was unmapped, or a negative error. */
export function unmap(world: World, process: Process, container: number, iova: bigint, size: bigint): bigint {
  const buffer = new UserBuffer(new Uint8Array(24));
  buffer.view.setUint32(0, 24, true);
  buffer.view.setBigUint64(8, iova, true);
  buffer.view.setBigUint64(16, size, true);
  const { ret } = world.calls.ioctl(process, container, VFIO_IOMMU_UNMAP_DMA, buffer);
  return Number(ret) < 0 ? BigInt(ret) : buffer.view.getBigUint64(16, true);
}
