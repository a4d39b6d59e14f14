import { entity, type Journal } from '../../../history';
import type { Answer } from '../../file';
import type { Vma } from '../../mm/vma';
import type { Process } from '../../process';
import type { UserArgument, UserSpan } from '../../user-memory';
import type { MdevDevice } from './mdev-device';

/** Files of a driver in sysfs, by name, as the text that reading them gives. */
export type ShowFiles<Subject> = Readonly<Record<string, (subject: Subject) => string>>;

/** What a driver offers as one type of mediated device (`supported_type_groups`). */
export interface MdevTypeGroup {
  /** Behind the driver's name and a dash it is the type's directory. */
  readonly name: string;
  /** `name`, `device_api`, `available_instances`, `description`. */
  readonly files: ShowFiles<MdevType>;
}

/**
 * A driver that can make mediated devices of its device (`struct mdev_parent_ops`). Errors are negative numbers;
 * operations that are left out answer -EINVAL.
 */
export interface MdevParentOps {
  readonly supportedTypeGroups: readonly MdevTypeGroup[];
  /** Files beside the parent's own (`dev_attr_groups`), by directory. */
  readonly parentFiles?: Readonly<Record<string, ShowFiles<void>>>;
  /** Files of each mediated device (`mdev_attr_groups`), by directory. */
  readonly deviceFiles?: Readonly<Record<string, ShowFiles<MdevDevice>>>;
  create(type: MdevType, mdev: MdevDevice): number;
  remove(mdev: MdevDevice): number;
  open?(mdev: MdevDevice, process: Process): number;
  release?(mdev: MdevDevice, process: Process): void;
  ioctl?(mdev: MdevDevice, process: Process, request: number, argument: UserArgument): Answer;
  read?(mdev: MdevDevice, process: Process, position: bigint, into: Uint8Array, span?: UserSpan): Answer;
  write?(mdev: MdevDevice, process: Process, position: bigint, bytes: Uint8Array, span?: UserSpan): Answer;
  mmap?(mdev: MdevDevice, process: Process, area: Vma): number;
}

/** The device behind a parent, as far as mdev and sysfs need to know it. */
export interface ParentDevice {
  readonly name: string;
  /** Driver, bus or class: what messages and type names begin with (`dev_driver_string`). */
  readonly driverString: string;
  /** Its directory. */
  readonly path: string;
}

/** A type that can be created (`struct mdev_type`). */
export interface MdevType {
  /** `mtty-1`: its directory. */
  readonly name: string;
  readonly parent: MdevParent;
  readonly group: MdevTypeGroup;
}

/** A device that mediated devices can be made of (`struct mdev_parent`). */
export class MdevParent extends entity({
  /** `mdev_unregister_device` has begun: nothing is created or removed one by one any more. */
  unregistering: false,
}) {
  readonly types: readonly MdevType[];

  constructor(
    journal: Journal,
    readonly device: ParentDevice,
    readonly ops: MdevParentOps,
  ) {
    super(journal);
    this.types = ops.supportedTypeGroups.map((group) => ({
      name: `${device.driverString}-${group.name}`,
      parent: this,
      group,
    }));
  }
}
