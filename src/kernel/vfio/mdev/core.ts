import { Entity, JournaledMap } from '../../../history';
import { andThen } from '../../blocking';
import { devicePrefix } from '../../driver-core';
import { DriverCore } from '../../driver-core/driver-core';
import { EAGAIN, EEXIST, EINVAL, ENODEV } from '../../errno';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import type { Process } from '../../process';
import { mdevBusType } from './mdev-bus';
import { MdevDevice } from './mdev-device';
import { MdevParent, type MdevParentOps, type MdevType, type ParentDevice } from './parent';

/** Characters of a UUID; one more, a line end, may follow where it is written. */
const uuidLength = 36;
/** `uuid_is_valid`. */
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** `drivers/vfio/mdev`: parents, the mediated devices made of them, and their bus. */
export class MdevCore extends Entity {
  /** Bus `mdev`. */
  readonly bus: DriverCore;
  /** Parents by the name of their device, in the order of their registration. */
  readonly parents: JournaledMap<string, MdevParent>;
  /** All mediated devices, by UUID. */
  readonly devices: JournaledMap<string, MdevDevice>;

  constructor(private readonly kernel: Kernel) {
    super(kernel.journal);
    this.bus = new DriverCore(kernel, mdevBusType(kernel));
    this.parents = new JournaledMap(kernel.journal);
    this.devices = new JournaledMap(kernel.journal);
  }

  device(uuid: string): MdevDevice | undefined {
    return this.devices.get(uuid);
  }

  /**
   * `mdev_register_device`: mediated devices can be made of this device from now on.
   * @returns 0, -EINVAL (no types, or a type without name), -EEXIST (registered already)
   */
  mdev_register_device(device: ParentDevice, ops: MdevParentOps): number {
    const { story, log } = this.kernel;
    if (ops.supportedTypeGroups.length === 0) {
      return story.refuse('mdev_register_device/1', EINVAL, () => 'the driver has no types');
    }
    if (this.parents.get(device.name) !== undefined) {
      return story.refuse('mdev_register_device/3', EEXIST, () => `${device.name} is registered`);
    }
    if (ops.supportedTypeGroups.some(({ name }) => name === '')) {
      log.error('add_mdev_supported_type: Type name empty!');
      story.refuse('add_mdev_supported_type/1', EINVAL, () => 'a type has no name');
      story.refuse('add_mdev_supported_type_groups/1', EINVAL, () => 'the types before it go again');
      story.refuse('parent_create_sysfs_files/3', EINVAL, () => 'there are no types');
      return story.refuse('mdev_register_device/6', EINVAL, () => 'its directories cannot be made');
    }
    this.parents.set(device.name, new MdevParent(this.journal, device, ops));
    log.info(`${parentPrefix(device)}MDEV: Registered`);
    return 0;
  }

  /** `mdev_unregister_device`: removes all of its devices, one after the other, each when its users are done. */
  mdev_unregister_device(process: Process, device: ParentDevice): Answer {
    const parent = this.parents.get(device.name);
    if (parent === undefined) return 0;
    this.kernel.log.info(`${parentPrefix(device)}MDEV: Unregistering`);
    parent.unregistering = true;
    return this.removeChildren(process, parent);
  }

  private removeChildren(process: Process, parent: MdevParent): Answer {
    for (const mdev of this.devices.values()) {
      if (mdev.parent === parent)
        return andThen(this.removeCommon(process, mdev), () => this.removeChildren(process, parent));
    }
    this.parents.delete(parent.device.name);
    return 0;
  }

  /** Writing a UUID to a type's `create` (`create_store`). */
  create(process: Process, type: MdevType, text: string): Answer {
    const { story } = this.kernel;
    story.enter('create_store', () => ({ type: type.name, uuid: text }));
    if (text.length !== uuidLength && text.length !== uuidLength + 1) {
      const why = (): string => `${text.length} characters, a UUID has ${uuidLength}`;
      return story.leave('create_store', story.refuse('create_store/1', EINVAL, why));
    }
    if (!uuidForm.test(text)) {
      return story.leave(
        'create_store',
        story.refuse('create_store/3', EINVAL, () => 'this is no UUID'),
      );
    }
    const answer = this.mdev_device_create(process, type, text.slice(0, uuidLength).toLowerCase());
    return andThen(answer, (created) => {
      if (created < 0) story.refuse('create_store/4', -created, () => 'the device is not created');
      return story.leave('create_store', created);
    });
  }

  /** `mdev_device_create`. That no driver takes the device is no error: it stays free. */
  mdev_device_create(process: Process, type: MdevType, uuid: string): Answer {
    const { story } = this.kernel;
    const { parent } = type;
    if (this.devices.get(uuid) !== undefined) {
      return story.refuse('mdev_device_create/2', EEXIST, () => 'a mediated device has this UUID');
    }
    if (parent.unregistering) {
      return story.refuse('mdev_device_create/4', ENODEV, () => `${parent.device.name} is going away`);
    }
    const mdev = new MdevDevice(this.kernel, type, uuid);
    const refused = parent.ops.create(type, mdev);
    if (refused !== 0) {
      return story.refuse('mdev_device_create/5', -refused, () => 'the vendor driver refuses');
    }
    this.devices.set(uuid, mdev);
    this.bus.add(mdev.device);
    return andThen(this.bus.autoprobe ? this.bus.initialProbe(process, mdev.device) : 0, () => {
      mdev.active = true;
      mdev.removable = true;
      return 0;
    });
  }

  /** Writing a number to a device's `remove` (`remove_store`): the file goes at once, the device when it is free. */
  remove(process: Process, mdev: MdevDevice, number: number): Answer {
    const { story } = this.kernel;
    if (number < 0) return story.refuse('remove_store/1', EINVAL, () => 'a number is needed');
    if (number === 0) return 0;
    mdev.removable = false;
    return andThen(this.mdev_device_remove(process, mdev), (answer) =>
      answer < 0 ? story.refuse('remove_store/2', -answer, () => 'the device is not removed') : 0,
    );
  }

  /** `mdev_device_remove`. */
  mdev_device_remove(process: Process, mdev: MdevDevice): Answer {
    const { story } = this.kernel;
    if (this.devices.get(mdev.uuid) !== mdev) {
      return story.refuse('mdev_device_remove/1', ENODEV, () => `${mdev.uuid} is gone`);
    }
    if (!mdev.active) return story.refuse('mdev_device_remove/2', EAGAIN, () => 'it is being made or removed');
    mdev.active = false;
    if (mdev.parent.unregistering) {
      return story.refuse('mdev_device_remove/3', ENODEV, () => `${mdev.parent.device.name} is going away`);
    }
    return this.removeCommon(process, mdev);
  }

  /** `mdev_device_remove_common`: off the bus, which waits for users, then out of the vendor driver's hands. */
  private removeCommon(process: Process, mdev: MdevDevice): Answer {
    mdev.removable = false;
    return andThen(this.bus.remove(process, mdev.device), () => {
      const answer = mdev.parent.ops.remove(mdev);
      if (answer !== 0) this.kernel.log.error(`${devicePrefix(mdev.device)}Remove failed: err=${answer}`);
      this.devices.delete(mdev.uuid);
      return 0;
    });
  }
}

/** What `dev_info` puts before messages about a parent. */
function parentPrefix({ driverString, name }: ParentDevice): string {
  return `${driverString} ${name}: `;
}
