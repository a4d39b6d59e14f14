import type { KernelOptions, MdevDevice } from '../../../src/kernel';
import { int, Lab } from './lab';

/** UUID of the device that a machine begins with. */
export const first = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001';

/** Registers and commands of mpin (docs/mdev.md). */
export const command = { pin: 1, unpin: 2, read: 3, write: 4, listen: 5, ignore: 6 } as const;
export const flag = { keep: 1, leak: 2, thread: 4 } as const;

/** A machine with a mediated device of mpin. */
export class Mediated extends Lab {
  constructor(options: KernelOptions = {}, module = 'mpin', machine = 'q35-intel') {
    super(machine, options);
    this.calls.loadModule(this.a, module);
    this.create(first, module);
  }

  create(uuid: string, module = 'mpin'): number {
    return Number(this.echo(`/sys/class/mdev_bus/${module}/mdev_supported_types/${module}-1/create`, uuid).ret);
  }

  remove(uuid: string, process = this.a): number {
    return Number(this.echo(`/sys/bus/mdev/devices/${uuid}/remove`, '1', process).ret);
  }

  mdev(uuid = first): MdevDevice {
    return this.kernel.mdev.device(uuid)!;
  }

  /** The device's group in a container of `type`; -1 as device when it is not opened. */
  opened(type = 3, process = this.a): { container: number; group: number; engine: number } {
    const container = this.open('/dev/vfio/vfio', process);
    const group = this.joinMediated(container, process);
    this.ioctl(container, 'VFIO_SET_IOMMU', type, process);
    return { container, group, engine: this.get(group, first, process) };
  }

  joinMediated(container: number, process = this.a): number {
    const group = this.open(`/dev/vfio/${this.mdev().device.iommuGroup!.id}`, process);
    this.ioctl(group, 'VFIO_GROUP_SET_CONTAINER', int(container), process);
    return group;
  }

  register(engine: number, offset: number, value: number | bigint, process = this.a): number {
    const wide = typeof value === 'bigint';
    const bytes = new DataView(new ArrayBuffer(wide ? 8 : 4));
    if (wide) bytes.setBigUint64(0, value, true);
    else bytes.setUint32(0, value, true);
    return Number(this.calls.pwrite(process, engine, BigInt(offset), new Uint8Array(bytes.buffer)).ret);
  }

  run(engine: number, number: number, iova: bigint, count: number, prot = 3, process = this.a): number {
    this.register(engine, 0x00, iova, process);
    this.register(engine, 0x08, count, process);
    this.register(engine, 0x0c, prot, process);
    return this.register(engine, 0x14, number, process);
  }
}
