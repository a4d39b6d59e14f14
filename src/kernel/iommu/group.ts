import { entity, JournaledList, type Journal } from '../../history';
import type { Device } from '../driver-core';
import type { IommuDomain } from './domain';

/** What a group hears about its devices (`IOMMU_GROUP_NOTIFY_*`). */
export type GroupEvent =
  'ADD_DEVICE' | 'DEL_DEVICE' | 'BIND_DRIVER' | 'BOUND_DRIVER' | 'UNBIND_DRIVER' | 'UNBOUND_DRIVER';

/** Somebody who wants to hear them: a vfio group while it exists. */
export interface GroupListener {
  groupEvent(event: GroupEvent, device: Device): void;
}

/** Devices that the IOMMU cannot tell or keep apart (`struct iommu_group`). */
export class IommuGroup extends entity({
  /** `/sys/kernel/iommu_groups/N/name`; vfio's own groups without IOMMU have one. */
  name: null as string | null,
  /** The domain of the kernel's own DMA; null for groups without IOMMU. */
  defaultDomain: null as IommuDomain | null,
  /** The domain that the devices use now. */
  domain: null as IommuDomain | null,
  /** Marks groups that vfio made without an IOMMU (`iommu_group_set_iommudata`). */
  iommudata: null as object | null,
  /** References besides those of the devices: the number stays taken while somebody holds the group. */
  holders: 0,
  /** Why its devices share a group, or why the device is alone: for people. */
  reason: '',
}) {
  /** Members, in the order in which they came. */
  readonly devices: JournaledList<Device>;
  /** Notifier chain. */
  readonly listeners: JournaledList<GroupListener>;

  constructor(
    journal: Journal,
    readonly id: number,
  ) {
    super(journal);
    this.devices = new JournaledList(journal);
    this.listeners = new JournaledList(journal);
  }

  notify(event: GroupEvent, device: Device): void {
    if (this.listeners.length === 0) return;
    for (const listener of this.listeners.toArray()) listener.groupEvent(event, device);
  }
}
