import type { MachineDescription } from '../../../src/hardware';
import { Machine, presets } from '../../../src/hardware';
import { Journal } from '../../../src/history';
import {
  encodeStruct,
  ioctls,
  Kernel,
  O_RDWR,
  Syscalls,
  UserBuffer,
  type CallResult,
  type KernelOptions,
  type Process,
  type StructName,
  type UserArgument,
} from '../../../src/kernel';

/** An address that no process has memory at. */
export const nowhere = 8n;

/** A booted machine with one process, `a`, and short ways to make calls. Calls answer their `ret`. */
export class Lab {
  readonly kernel: Kernel;
  readonly calls: Syscalls;
  readonly a: Process;

  constructor(machine: string | MachineDescription = 'q35-intel', options: KernelOptions = {}) {
    const description = typeof machine === 'string' ? presets[machine]! : machine;
    const journal = new Journal();
    this.kernel = Kernel.boot(journal, Machine.build(journal, description), options);
    this.calls = new Syscalls(this.kernel);
    this.a = this.kernel.spawn({ name: 'a', command: 'agent' });
  }

  another(name = 'b'): Process {
    return this.kernel.spawn({ name, command: 'agent' });
  }

  open(path: string, process = this.a): number {
    return Number(this.calls.open(process, path, O_RDWR).ret);
  }

  eventfd(process = this.a): number {
    return Number(this.calls.eventfd(process, 0).ret);
  }

  ioctl(fd: number, request: string | number, argument: UserArgument = 0, process = this.a): number {
    return Number(this.result(fd, request, argument, process).ret);
  }

  result(fd: number, request: string | number, argument: UserArgument = 0, process = this.a): CallResult {
    const number = typeof request === 'number' ? request : ioctls.get(request)!.number;
    return this.calls.ioctl(process, fd, number, argument);
  }

  echo(path: string, text: string, process = this.a): CallResult {
    return this.calls.echo(process, path, text);
  }

  parameter(module: string, name: string, text: string): void {
    this.echo(`/sys/module/${module}/parameters/${name}`, text);
  }

  /** Takes the device from its driver, and gives it to vfio-pci. */
  bind(bdf: string, driver = 'vfio-pci'): void {
    this.echo(`/sys/bus/pci/devices/${bdf}/driver/unbind`, bdf);
    this.echo(`/sys/bus/pci/devices/${bdf}/driver_override`, driver);
    this.echo('/sys/bus/pci/drivers_probe', bdf);
  }

  /** Path of the vfio group of a device. */
  groupPath(bdf: string): string {
    const group = this.kernel.drivers.device(bdf)!.iommuGroup!;
    return [...this.kernel.vfio.groups.values()].find(({ iommuGroup }) => iommuGroup === group)!.path;
  }

  /** Opens the device's group and puts it into the container. */
  join(container: number, bdf: string, process = this.a): number {
    const group = this.open(this.groupPath(bdf), process);
    this.ioctl(group, 'VFIO_GROUP_SET_CONTAINER', int(container), process);
    return group;
  }

  /** A container of type1v2 (or `type`) with the device's group in it. */
  container(bdf: string, type = 3, process = this.a): { container: number; group: number } {
    const container = this.open('/dev/vfio/vfio', process);
    const group = this.join(container, bdf, process);
    this.ioctl(container, 'VFIO_SET_IOMMU', type, process);
    return { container, group };
  }

  /** The device, bound to vfio-pci and opened. */
  device(bdf: string, type = 3): { container: number; group: number; device: number } {
    this.bind(bdf);
    const { container, group } = this.container(bdf, type);
    return { container, group, device: this.get(group, bdf) };
  }

  get(group: number, name: string, process = this.a): number {
    return this.ioctl(group, 'VFIO_GROUP_GET_DEVICE_FD', UserBuffer.ofString(name), process);
  }

  /** VFIO_DEVICE_SET_IRQS; eventfds are given as numbers, bools as bytes. */
  setIrqs(
    device: number,
    flags: number,
    index: number,
    start: number,
    count: number,
    data: readonly number[] = [],
    process = this.a,
  ): number {
    const wide = (flags & 4) !== 0;
    const buffer = struct('vfio_irq_set', { flags, index, start, count }, data.length * (wide ? 4 : 1));
    data.forEach((value, at) => {
      if (wide) buffer.view.setInt32(20 + 4 * at, value, true);
      else buffer.view.setUint8(20 + at, value);
    });
    return this.ioctl(device, 'VFIO_DEVICE_SET_IRQS', buffer, process);
  }

  memory(length: number, prot = 'rw', process = this.a): bigint {
    return BigInt(this.calls.mmap(process, { length, prot }).ret);
  }

  /** The structure at the very end of memory that cannot be written, or (`room`) with so many bytes behind it that can. */
  readOnly(buffer: UserBuffer, process = this.a): bigint {
    const address = this.memory(4096, 'rw', process);
    this.calls.poke(process, address, buffer.bytes);
    this.calls.mprotect(process, address, 4096, 'r');
    return address;
  }

  /** The bytes at the end of a page behind which no memory is: reading more of it faults. */
  atEnd(bytes: Uint8Array, process = this.a): bigint {
    const page = this.memory(8192, 'rw', process);
    this.calls.munmap(process, page + 4096n, 4096);
    const address = page + 4096n - BigInt(bytes.length);
    this.calls.poke(process, address, bytes);
    return address;
  }

  /** The bytes just before a page that cannot be written. */
  beforeReadOnly(bytes: Uint8Array, process = this.a): bigint {
    const page = this.memory(8192, 'rw', process);
    const address = page + 4096n - BigInt(bytes.length);
    this.calls.poke(process, address, bytes);
    this.calls.mprotect(process, page + 4096n, 4096, 'r');
    return address;
  }

  map(container: number, vaddr: bigint, iova: bigint, size: bigint, flags = 3): number {
    return this.ioctl(
      container,
      'VFIO_IOMMU_MAP_DMA',
      struct('vfio_iommu_type1_dma_map', { flags, vaddr, iova, size }),
    );
  }

  unmap(container: number, iova: bigint, size: bigint): number {
    return this.ioctl(container, 'VFIO_IOMMU_UNMAP_DMA', struct('vfio_iommu_type1_dma_unmap', { iova, size }));
  }
}

/** A pointer to an int. */
export function int(value: number): UserBuffer {
  const buffer = new UserBuffer(new Uint8Array(4));
  buffer.view.setInt32(0, value, true);
  return buffer;
}

/** A structure with `extra` bytes behind it; `argsz` is the whole size unless given. */
export function struct(
  name: StructName,
  values: Readonly<Record<string, number | bigint>> = {},
  extra = 0,
): UserBuffer {
  const bare = encodeStruct(name, values);
  const bytes = new Uint8Array(bare.length + extra);
  bytes.set(bare);
  const buffer = new UserBuffer(bytes);
  if (values.argsz === undefined) buffer.view.setUint32(0, bytes.length, true);
  return buffer;
}
