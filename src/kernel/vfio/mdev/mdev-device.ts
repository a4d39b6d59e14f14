import { entity } from '../../../history';
import { Device } from '../../driver-core';
import type { Kernel } from '../../kernel';
import type { MdevParent, MdevType } from './parent';

/** No driver data; typed so that anything may follow. */
const nothing: unknown = null;

/** A mediated device (`struct mdev_device`). */
export class MdevDevice extends entity({
  /** Created to the end, and nobody removes it yet. */
  active: false,
  /** Its file `remove` is there: the file takes itself away first when it is written. */
  removable: false,
  /** `mdev_set_drvdata`: what the parent's driver keeps for it. */
  driverData: nothing,
}) {
  /** On the bus `mdev`; its name is the UUID. */
  readonly device: Device;

  constructor(
    readonly kernel: Kernel,
    readonly type: MdevType,
    /** Lower case, with dashes. */
    readonly uuid: string,
  ) {
    super(kernel.journal);
    this.device = new Device(kernel.journal, uuid, 'mdev');
  }

  get parent(): MdevParent {
    return this.type.parent;
  }

  /** Its directory in sysfs. */
  get path(): string {
    return `${this.parent.device.path}/${this.uuid}`;
  }
}
