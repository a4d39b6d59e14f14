import type { Answer } from '../file';
import type { IommuGroup } from '../iommu/group';
import type { Process } from '../process';
import type { UserArgument } from '../user-memory';
import type { NotifierBlock } from './notifier';

/** An IOMMU backend of containers (`struct vfio_iommu_driver_ops`): type1, or the one for no IOMMU at all. */
export interface VfioIommuDriver {
  readonly name: string;
  /** Whether it serves groups that have no IOMMU. */
  readonly noiommu: boolean;
  /** VFIO_CHECK_EXTENSION; `data` is null while no container uses the driver. */
  checkExtension(data: VfioIommuData | null, extension: bigint): number;
  /** VFIO_SET_IOMMU: what the container keeps from now on, or a negative error. */
  open(process: Process, type: bigint): VfioIommuData | number;
}

/** What a backend keeps for one container (`iommu_data`). */
export interface VfioIommuData {
  /** All ioctls of the container that the core does not answer itself. */
  ioctl(process: Process, request: number, argument: UserArgument): Answer;
  attachGroup(process: Process, group: IommuGroup): number;
  detachGroup(group: IommuGroup): void;
  release(): void;
  /** Pins single pages for a vendor driver: all or none; `physPfn` receives the frames. */
  pinPages?(iovaPages: readonly number[], prot: number, physPfn: number[]): number;
  unpinPages?(iovaPages: readonly number[]): number;
  registerNotifier?(events: number, block: NotifierBlock): number;
  unregisterNotifier?(block: NotifierBlock): number;
  /** Copies from or to what is mapped; `current` is null for a kernel thread. */
  readonly dmaRw?: ((current: Process | null, iova: bigint, data: Uint8Array, write: boolean) => number) | undefined;
}
