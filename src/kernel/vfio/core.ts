import { entity, JournaledList, JournaledMap } from '../../history';
import { BlockedCall, andThen } from '../blocking';
import { devicePrefix, type Device } from '../driver-core';
import { EBUSY, EINVAL, EPERM } from '../errno';
import type { Answer, OpenFile } from '../file';
import type { IommuGroup } from '../iommu/group';
import type { Kernel } from '../kernel';
import type { ModuleParameter } from '../module-parameters';
import type { Process } from '../process';
import { requestInterval } from '../uapi';
import { ContainerFile, type VfioContainer } from './container';
import { VfioDevice } from './device';
import type { VfioDeviceOps } from './device-ops';
import { ExternalInterface } from './external';
import { VfioGroup } from './group';
import { GroupFile } from './group-file';
import type { VfioIommuDriver } from './iommu-driver';
import { NoiommuDriver, noiommuMark } from './noiommu';
import { Type1Driver } from './type1/driver';

/** `drivers/vfio/vfio.c`: containers, groups and devices, and the bus drivers' way in and out. */
export class VfioCore extends entity({
  /** Counts vfio devices that were finally released: the event that unbinding waits for (`release_q`). */
  released: 0,
  containersMade: 0,
}) {
  /** Groups in the order of their making, by IOMMU group. */
  readonly groups: JournaledMap<IommuGroup, VfioGroup>;
  /** Containers that are open or hold a group. */
  readonly containers: JournaledList<VfioContainer>;
  /** Backends, the newest first. */
  readonly iommuDrivers: readonly VfioIommuDriver[];
  /** For drivers of mediated devices. */
  readonly external: ExternalInterface;
  /** Parameter `enable_unsafe_noiommu_mode`. */
  readonly noiommuMode: ModuleParameter;

  constructor(readonly kernel: Kernel) {
    super(kernel.journal);
    this.groups = new JournaledMap(kernel.journal);
    this.containers = new JournaledList(kernel.journal);
    this.external = new ExternalInterface(this);
    this.noiommuMode = kernel.parameters.register('vfio', 'enable_unsafe_noiommu_mode', 'bool', 0);
    this.iommuDrivers = [new Type1Driver(kernel), new NoiommuDriver(kernel)];
    kernel.log.info('VFIO - User Level meta-driver version: 0.3');
    kernel.characterDevices.set('/dev/vfio/vfio', {
      mode: 0o666,
      owner: 0,
      open: (process) => new ContainerFile(this, process),
    });
  }

  /**
   * `vfio_iommu_group_get`: the device's IOMMU group; without any IOMMU, and when the unsafe mode is on, a new one.
   */
  vfio_iommu_group_get(device: Device): IommuGroup | null {
    const { iommu, log } = this.kernel;
    if (device.iommuGroup !== null || !this.noiommuMode.on || iommu.present) return device.iommuGroup;
    const group = iommu.allocateGroup();
    group.name = 'vfio-noiommu';
    group.iommudata = noiommuMark;
    iommu.addToGroup(group, device);
    log.warn(`${devicePrefix(device)}Adding kernel taint for vfio-noiommu group on device`);
    return group;
  }

  /** `vfio_iommu_group_put`: a group that vfio made goes with its device. */
  vfio_iommu_group_put(group: IommuGroup, device: Device): void {
    if (group.iommudata === noiommuMark) this.kernel.iommu.removeDevice(device);
  }

  /**
   * `vfio_add_group_dev`: a bus driver gives a device to vfio. `device.driverData` becomes the vfio device.
   * @returns 0, -EINVAL (no IOMMU group) or -EBUSY (given already)
   */
  vfio_add_group_dev(device: Device, ops: VfioDeviceOps, data: unknown): number {
    const { story } = this.kernel;
    story.enter('vfio_add_group_dev', () => ({ device: device.name, driver: ops.name }));
    return story.leave('vfio_add_group_dev', this.addDevice(device, ops, data));
  }

  private addDevice(device: Device, ops: VfioDeviceOps, data: unknown): number {
    const { story } = this.kernel;
    const iommuGroup = device.iommuGroup;
    if (iommuGroup === null) {
      return story.refuse('vfio_add_group_dev/1', EINVAL, () => `${device.name} is in no IOMMU group`);
    }
    const group = this.groups.get(iommuGroup) ?? this.createGroup(iommuGroup);
    if (group.find(device) !== undefined) {
      return story.refuse('vfio_add_group_dev/3', EBUSY, () => `${device.name} was given already`);
    }
    const member = new VfioDevice(this.kernel.journal, group, device, ops, data);
    group.devices.unshift(member);
    device.driverData = member;
    return 0;
  }

  /** What the bus driver passed to `vfio_add_group_dev` (`vfio_device_data` of `vfio_device_get_from_dev`). */
  deviceData(device: Device): unknown {
    const { driverData } = device;
    return driverData instanceof VfioDevice ? driverData.data : undefined;
  }

  /** The vfio device of a device, or undefined. */
  vfioDevice(device: Device): VfioDevice | undefined {
    const { driverData } = device;
    return driverData instanceof VfioDevice && driverData.references > 0 ? driverData : undefined;
  }

  /**
   * `vfio_del_group_dev`: takes a device back. Waits while it is open (asking its user every 10 seconds through
   * `request`), and, when it was the group's last one, until the group has left its container.
   */
  vfio_del_group_dev(process: Process, device: Device): Answer {
    const member = device.driverData as VfioDevice;
    const { group } = member;
    const { story } = this.kernel;
    story.enter('vfio_del_group_dev', () => ({ device: device.name, group: group.iommuGroup.id }));
    group.unbound.add(device);
    member.put();
    const removal = new Removal(process, member);
    return andThen(removal.waitForUsers(), () => {
      device.driverData = null;
      return story.leave('vfio_del_group_dev', 0);
    });
  }

  /**
   * `vfio_group_get_external_user`: takes a user for the group of a group file: the group, -EINVAL (no group file, no
   * container, not viable) or -EPERM (no IOMMU). Given back with `group.dissolveContainer()`.
   */
  vfio_group_get_external_user(file: OpenFile): VfioGroup | number {
    const { story } = this.kernel;
    if (!(file instanceof GroupFile)) {
      return story.refuse('vfio_group_get_external_user/1', EINVAL, () => `${file.name} is no group file`);
    }
    const answer = file.group.addContainerUser();
    if (answer === 0) return file.group;
    return story.refuse('vfio_group_get_external_user/2', -answer, () => 'the group cannot be used now');
  }

  nextContainerId(): number {
    return ++this.containersMade;
  }

  /** A vfio device is gone for good: wakes all removals. */
  deviceReleased(): void {
    this.released++;
  }

  /** A container that is neither open nor has groups is gone. */
  dropContainer(container: VfioContainer): void {
    if (!container.fileOpen && container.groups.length === 0) this.containers.remove(container);
  }

  /** A group without devices and without open file is gone, and its node with it (`vfio_group_release`). */
  dropGroup(group: VfioGroup): void {
    if (group.devices.length > 0 || group.opened || !group.registered) return;
    group.registered = false;
    this.kernel.characterDevices.delete(group.path);
    this.groups.delete(group.iommuGroup);
    group.iommuGroup.listeners.remove(group);
    this.kernel.iommu.dropHolder(group.iommuGroup);
  }

  /** `vfio_create_group`. */
  private createGroup(iommuGroup: IommuGroup): VfioGroup {
    const group = new VfioGroup(this, iommuGroup, iommuGroup.iommudata === noiommuMark);
    this.groups.set(iommuGroup, group);
    iommuGroup.listeners.push(group);
    iommuGroup.holders++;
    this.kernel.characterDevices.set(group.path, {
      mode: 0o600,
      owner: 0,
      open: (process) => this.openGroup(process, group),
    });
    return group;
  }

  /** `vfio_group_fops_open`. */
  private openGroup(process: Process, group: VfioGroup): GroupFile | number {
    const { story } = this.kernel;
    if (group.noiommu && !process.capable('sys_rawio')) {
      return story.refuse('vfio_group_fops_open/2', EPERM, () => 'without IOMMU the caller needs CAP_SYS_RAWIO');
    }
    if (group.opened) return story.refuse('vfio_group_fops_open/3', EBUSY, () => 'the group is open already');
    if (group.container !== null) {
      return story.refuse('vfio_group_fops_open/4', EBUSY, () => 'the group is still in a container');
    }
    if (group.notifiers.length > 0) {
      this.kernel.log.warning('drivers/vfio/vfio.c:1589 vfio_group_fops_open', openTrace);
      group.notifiers.clear();
    }
    group.opened = true;
    return new GroupFile(group);
  }
}

/** How opening a group gets to the place that looks for notifiers of the user before. */
const openTrace: readonly string[] = ['vfio_group_fops_open', 'chrdev_open', 'do_dentry_open', 'path_openat'];

/** A device on its way out of vfio. */
class Removal extends entity({ requests: 0, interrupted: false }) {
  constructor(
    private readonly process: Process,
    private readonly member: VfioDevice,
  ) {
    super(member.journal);
  }

  /** Asks the user for the device and waits, again and again, until it is released. */
  waitForUsers(): Answer {
    const { member, process } = this;
    const { group, device, ops, data } = member;
    const core = group.core;
    if (member.references === 0) return this.waitForContainer();
    ops.request?.(data, this.requests++);
    if (member.references === 0) return this.waitForContainer();
    const seen = core.released;
    return new BlockedCall(
      process,
      `until ${device.name} is released`,
      () => core.released !== seen,
      () => this.waitForUsers(),
      core.kernel.clock.now + requestInterval,
      this.interrupted ? null : () => this.interrupt(),
    );
  }

  /** A signal came: says so once; from now on nothing interrupts the wait. */
  private interrupt(): Answer {
    const { process, member } = this;
    this.interrupted = true;
    const task = `task "${process.command}" (${process.pid})`;
    member.group.core.kernel.log.warn(
      `${devicePrefix(member.device)}Device is currently in use, ${task} blocked until device is released`,
    );
    return this.waitForUsers();
  }

  private waitForContainer(): Answer {
    const { group, device } = this.member;
    if (group.devices.length > 0 || group.container === null) return 0;
    return new BlockedCall(
      this.process,
      `until group ${group.iommuGroup.id} of ${device.name} has left its container`,
      () => group.container === null,
      () => this.waitForContainer(),
    );
  }
}
