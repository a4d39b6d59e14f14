import type { BlockedCall } from '../blocking';
import type { Answer } from '../file';
import type { Vma } from '../mm/vma';
import type { Process } from '../process';
import type { UserArgument, UserSpan } from '../user-memory';

/**
 * What a bus driver (vfio-pci) does for the devices that it gives to vfio (`struct vfio_device_ops`).
 * `Data` is what the driver passed to `vfio_add_group_dev`.
 */
export interface VfioDeviceOps<Data = unknown> {
  readonly name: string;
  /** A device file is made: 0 or a negative error. */
  open(data: Data, process: Process): number;
  /** The last reference of a device file is gone. `process` is who closed it. */
  release(data: Data, process: Process): BlockedCall | void;
  ioctl?(data: Data, process: Process, request: number, argument: UserArgument): Answer;
  /** Most bytes that a read at `position` can give. */
  longestRead?(data: Data, position: bigint): number;
  read?(data: Data, process: Process, position: bigint, into: Uint8Array, span?: UserSpan): Answer;
  write?(data: Data, process: Process, position: bigint, bytes: Uint8Array, span?: UserSpan): Answer;
  mmap?(data: Data, process: Process, area: Vma): Answer;
  /** Asks the user to let go of the device, for the `count`-th time (from 0). */
  request?(data: Data, count: number): void;
  /** Whether `name`, as given to VFIO_GROUP_GET_DEVICE_FD, means this device: 1 yes, 0 no, negative: refused. */
  match?(data: Data, name: string): number;
}
