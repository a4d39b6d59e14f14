import { entity, JournaledList, JournaledSet } from '../../history';
import { devicePrefix, type Device } from '../driver-core';
import { EINVAL, EPERM } from '../errno';
import type { GroupEvent, GroupListener, IommuGroup } from '../iommu/group';
import type { VfioContainer } from './container';
import type { VfioCore } from './core';
import type { VfioDevice } from './device';
import { VFIO_GROUP_NOTIFY_SET_KVM, type NotifierBlock } from './notifier';

/** Why a group is not viable: the device that is in the way, and the driver that has it. */
export interface Obstacle {
  readonly device: Device;
  readonly driver: string;
}

/** An IOMMU group as vfio sees it (`struct vfio_group`): it exists while it has vfio devices or an open file. */
export class VfioGroup
  extends entity({
    /** Whether its file is open; only one can be. */
    opened: false,
    /** `container_users`: the group itself, each device file, and users inside the kernel. */
    containerUsers: 0,
    container: null as VfioContainer | null,
    /** The virtual machine that KVM said the group belongs to. */
    kvm: null as object | null,
    /** Still known to the core: neither dissolved nor replaced. */
    registered: true,
  })
  implements GroupListener
{
  /** Devices that bus drivers gave, the newest first (`device_list`). */
  readonly devices: JournaledList<VfioDevice>;
  /** Devices that are just being let go by their vfio driver (`unbound_list`). */
  readonly unbound: JournaledSet<Device>;
  /** Drivers of mediated devices that hear of {@link kvm}. */
  readonly notifiers: JournaledList<NotifierBlock>;

  constructor(
    readonly core: VfioCore,
    readonly iommuGroup: IommuGroup,
    readonly noiommu: boolean,
  ) {
    super(core.kernel.journal);
    this.devices = new JournaledList(core.kernel.journal);
    this.unbound = new JournaledSet(core.kernel.journal);
    this.notifiers = new JournaledList(core.kernel.journal);
  }

  /** The node under `/dev/vfio`. */
  get path(): string {
    return `/dev/vfio/${this.noiommu ? 'noiommu-' : ''}${this.iommuGroup.id}`;
  }

  /** `vfio_group_set_kvm`: the KVM device was given the group, or (null) gave it back. */
  setKvm(kvm: object | null): void {
    this.kvm = kvm;
    for (const block of this.notifiers.toArray()) block.notify(VFIO_GROUP_NOTIFY_SET_KVM, kvm);
  }

  /** `vfio_group_get_device`. */
  find(device: Device): VfioDevice | undefined {
    for (const member of this.devices) if (member.device === device) return member;
    return undefined;
  }

  /** The last reference of a vfio device is gone (`vfio_device_release`). */
  forget(member: VfioDevice): void {
    this.devices.remove(member);
    this.core.deviceReleased();
    this.core.dropGroup(this);
  }

  /** The first device that keeps the group from being viable, or null (`vfio_group_viable`). */
  obstacle(): Obstacle | null {
    for (const device of this.iommuGroup.devices) {
      if (!this.allows(device)) return { device, driver: device.driver!.name };
    }
    return null;
  }

  get viable(): boolean {
    return this.obstacle() === null;
  }

  /** `vfio_dev_viable`: free, or with a driver that does no DMA, or with vfio. */
  private allows(device: Device): boolean {
    if (this.unbound.has(device)) return true;
    const driver = device.driver;
    if (driver === null || driver.name === 'pci-stub') return true;
    if (device.isPci && device.pci.headerType !== 0) return true;
    return this.find(device) !== undefined;
  }

  /** `vfio_group_add_container_user`: somebody inside the kernel counts on the container: 0 or a negative error. */
  addContainerUser(): number {
    const { story } = this.core.kernel;
    if (this.containerUsers === 0) {
      return story.refuse('vfio_group_add_container_user/1', EINVAL, () => 'the group is in no container');
    }
    if (this.noiommu) {
      return story.refuse('vfio_group_add_container_user/2', EPERM, () => 'the group has no IOMMU');
    }
    if ((this.container?.driver ?? null) === null || !this.viable) {
      return story.refuse('vfio_group_add_container_user/3', EINVAL, () => this.whyNoUser());
    }
    this.containerUsers++;
    return 0;
  }

  private whyNoUser(): string {
    if ((this.container?.driver ?? null) === null)
      return 'the container has no IOMMU driver: VFIO_SET_IOMMU is missing';
    const obstacle = this.obstacle();
    const which = obstacle === null ? '' : `: ${obstacle.device.name} is bound to ${obstacle.driver}`;
    return `group ${this.iommuGroup.id} is not viable${which}`;
  }

  /** `vfio_group_try_dissolve_container`: one user less; the last one takes the group out of its container. */
  dissolveContainer(): void {
    if (this.containerUsers === 0) return;
    this.containerUsers--;
    if (this.containerUsers === 0) this.leaveContainer();
  }

  /** `__vfio_group_unset_container`. */
  leaveContainer(): void {
    const container = this.container;
    if (container === null) return;
    container.removeGroup(this);
    this.core.dropContainer(container);
  }

  /** `vfio_iommu_group_notifier`. */
  groupEvent(event: GroupEvent, device: Device): void {
    const { log } = this.core.kernel;
    if (event === 'ADD_DEVICE' && this.containerUsers > 0) {
      log.warn(`${devicePrefix(device)}Device added to live group ${this.iommuGroup.id}!`);
    } else if (event === 'BOUND_DRIVER' && this.containerUsers > 0 && !this.allows(device)) {
      this.core.kernel.drivers.bug = 'drivers/vfio/vfio.c:755';
    } else if (event === 'UNBOUND_DRIVER') {
      this.unbound.delete(device);
    }
  }
}
