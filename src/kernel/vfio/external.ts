import type { Device } from '../driver-core';
import { E2BIG, EINVAL, ENODEV, ENOENT, ENOTTY } from '../errno';
import type { Process } from '../process';
import type { VfioCore } from './core';
import type { VfioGroup } from './group';
import type { VfioIommuData } from './iommu-driver';
import { VFIO_GROUP_NOTIFY_SET_KVM, type NotifierBlock } from './notifier';

/** Most pages of one call (`VFIO_PIN_PAGES_MAX_ENTRIES`). */
const mostPages = 512;

/** What is told about: mappings of the group's container, or the virtual machine of the group. */
export type NotifierType = 'iommu' | 'group';

/**
 * What vfio offers to drivers of mediated devices (`vfio_pin_pages`, `vfio_dma_rw` and siblings in vfio.c). Each call
 * counts as a user of the group's container while it lasts; errors are negative numbers.
 */
export class ExternalInterface {
  constructor(private readonly core: VfioCore) {}

  /**
   * `vfio_pin_pages`: pins user pages at page numbers of IOVA.
   * @param prot `IOMMU_READ | IOMMU_WRITE`
   * @param physPfn receives the page frames
   * @returns how many, always all of them
   */
  vfio_pin_pages(device: Device, userPfn: readonly number[], prot: number, physPfn: number[]): number {
    return this.pages('vfio_pin_pages', device, userPfn, 'pin_pages', (data) =>
      data.pinPages?.(userPfn, prot, physPfn),
    );
  }

  /** `vfio_unpin_pages`: how many pages were in a mapping. */
  vfio_unpin_pages(device: Device, userPfn: readonly number[]): number {
    return this.pages('vfio_unpin_pages', device, userPfn, 'unpin_pages', (data) => data.unpinPages?.(userPfn));
  }

  private pages(
    name: string,
    device: Device,
    userPfn: readonly number[],
    operation: string,
    act: (data: VfioIommuData) => number | undefined,
  ): number {
    const { story } = this.core.kernel;
    story.enter(name, () => ({ device: device.name, npage: userPfn.length }));
    const answer = this.checkedPages(name, device, userPfn, operation, act);
    return story.leave(name, answer);
  }

  private checkedPages(
    name: string,
    device: Device,
    userPfn: readonly number[],
    operation: string,
    act: (data: VfioIommuData) => number | undefined,
  ): number {
    const { story } = this.core.kernel;
    if (userPfn.length === 0) return story.refuse(`${name}/1`, EINVAL, () => 'no page is given');
    if (userPfn.length > mostPages) return story.refuse(`${name}/2`, E2BIG, () => `more than ${mostPages} pages`);
    const group = this.groupOf(device);
    if (group === undefined) return story.refuse(`${name}/3`, ENODEV, () => `${device.name} is not with vfio`);
    const refused = group.addContainerUser();
    if (refused < 0) return story.refuse(`${name}/4`, -refused, () => 'the group cannot be used now');
    const answer = act(group.container!.data!);
    group.dissolveContainer();
    if (answer === undefined) return story.refuse(`${name}/6`, ENOTTY, () => `the IOMMU driver has no ${operation}`);
    return answer < 0 ? story.refuse(`${name}/5`, -answer, () => 'the answer of the IOMMU driver') : answer;
  }

  /**
   * `vfio_group_get_external_user_from_dev`: the device's group, with one more user of its container, for the calls
   * that follow; given back with {@link vfio_group_put_external_user}.
   */
  vfio_group_get_external_user_from_dev(device: Device): VfioGroup | number {
    const { story } = this.core.kernel;
    const site = 'vfio_group_get_external_user_from_dev';
    const group = this.groupOf(device);
    if (group === undefined) return story.refuse(`${site}/1`, ENODEV, () => `${device.name} is not with vfio`);
    const refused = group.addContainerUser();
    return refused < 0 ? story.refuse(`${site}/2`, -refused, () => 'the group cannot be used now') : group;
  }

  vfio_group_put_external_user(group: VfioGroup): void {
    group.dissolveContainer();
  }

  /** `vfio_group_pin_pages`: {@link vfio_pin_pages} for who holds the group. */
  vfio_group_pin_pages(group: VfioGroup, userPfn: readonly number[], prot: number, physPfn: number[]): number {
    return this.groupPages('vfio_group_pin_pages', group, userPfn, (data) => data.pinPages?.(userPfn, prot, physPfn));
  }

  /** `vfio_group_unpin_pages`. */
  vfio_group_unpin_pages(group: VfioGroup, userPfn: readonly number[]): number {
    return this.groupPages('vfio_group_unpin_pages', group, userPfn, (data) => data.unpinPages?.(userPfn));
  }

  private groupPages(
    name: string,
    group: VfioGroup,
    userPfn: readonly number[],
    act: (data: VfioIommuData) => number | undefined,
  ): number {
    const { story } = this.core.kernel;
    if (userPfn.length === 0) return story.refuse(`${name}/1`, EINVAL, () => 'no page is given');
    if (userPfn.length > mostPages) return story.refuse(`${name}/2`, E2BIG, () => `more than ${mostPages} pages`);
    const answer = act(group.container!.data!);
    if (answer === undefined) return story.refuse(`${name}/4`, ENOTTY, () => 'the IOMMU driver does not pin pages');
    return answer < 0 ? story.refuse(`${name}/3`, -answer, () => 'the answer of the IOMMU driver') : answer;
  }

  /**
   * `vfio_dma_rw`: copies between `data` and user memory at an IOVA, without pinning. 0, or a negative error.
   * @param current the process in whose call this happens; null: a kernel thread
   */
  vfio_dma_rw(current: Process | null, group: VfioGroup, iova: bigint, data: Uint8Array, write: boolean): number {
    const { story } = this.core.kernel;
    if (data.length === 0) return story.refuse('vfio_dma_rw/1', EINVAL, () => 'nothing is to be copied');
    const answer = group.container!.data!.dmaRw?.(current, iova, data, write);
    if (answer === undefined) return story.refuse('vfio_dma_rw/3', ENOTTY, () => 'the IOMMU driver cannot copy');
    return answer < 0 ? story.refuse('vfio_dma_rw/2', -answer, () => 'the answer of the IOMMU driver') : answer;
  }

  /**
   * `vfio_register_notifier`.
   * @param events bits: `VFIO_IOMMU_NOTIFY_DMA_UNMAP`, or `VFIO_GROUP_NOTIFY_SET_KVM`
   */
  vfio_register_notifier(device: Device, type: NotifierType, events: number, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    if (events === 0) return story.refuse('vfio_register_notifier/1', EINVAL, () => 'no event is asked for');
    const group = this.groupOf(device);
    if (group === undefined)
      return story.refuse('vfio_register_notifier/2', ENODEV, () => `${device.name} is not with vfio`);
    return type === 'iommu' ? this.registerIommu(group, events, block) : this.registerGroup(group, events, block);
  }

  /** `vfio_unregister_notifier`. */
  vfio_unregister_notifier(device: Device, type: NotifierType, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    const group = this.groupOf(device);
    if (group === undefined)
      return story.refuse('vfio_unregister_notifier/2', ENODEV, () => `${device.name} is not with vfio`);
    return type === 'iommu' ? this.unregisterIommu(group, block) : this.unregisterGroup(group, block);
  }

  private registerIommu(group: VfioGroup, events: number, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    const site = 'vfio_register_iommu_notifier';
    if (group.addContainerUser() < 0) return story.refuse(`${site}/1`, EINVAL, () => 'the group cannot be used now');
    const answer = group.container!.data!.registerNotifier?.(events, block);
    group.dissolveContainer();
    if (answer === undefined) return story.refuse(`${site}/3`, ENOTTY, () => 'the IOMMU driver tells nobody');
    return answer < 0 ? story.refuse(`${site}/2`, -answer, () => 'the answer of the IOMMU driver') : answer;
  }

  private unregisterIommu(group: VfioGroup, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    const site = 'vfio_unregister_iommu_notifier';
    if (group.addContainerUser() < 0) return story.refuse(`${site}/1`, EINVAL, () => 'the group cannot be used now');
    const answer = group.container!.data!.unregisterNotifier?.(block);
    group.dissolveContainer();
    if (answer === undefined) return story.refuse(`${site}/3`, ENOTTY, () => 'the IOMMU driver tells nobody');
    return answer < 0 ? story.refuse(`${site}/2`, -answer, () => 'the answer of the IOMMU driver') : answer;
  }

  private registerGroup(group: VfioGroup, events: number, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    const site = 'vfio_register_group_notifier';
    if ((events & ~VFIO_GROUP_NOTIFY_SET_KVM) !== 0) {
      return story.refuse(`${site}/1`, EINVAL, () => 'a group only tells of SET_KVM');
    }
    if (group.addContainerUser() < 0) return story.refuse(`${site}/2`, EINVAL, () => 'the group cannot be used now');
    group.notifiers.push(block);
    // Who comes late hears of the virtual machine that is there already.
    if (group.kvm !== null) block.notify(VFIO_GROUP_NOTIFY_SET_KVM, group.kvm);
    group.dissolveContainer();
    return 0;
  }

  private unregisterGroup(group: VfioGroup, block: NotifierBlock): number {
    const { story } = this.core.kernel;
    const site = 'vfio_unregister_group_notifier';
    if (group.addContainerUser() < 0) return story.refuse(`${site}/1`, EINVAL, () => 'the group cannot be used now');
    const removed = group.notifiers.remove(block);
    group.dissolveContainer();
    return removed ? 0 : story.refuse(`${site}/2`, ENOENT, () => 'it is not registered');
  }

  /** `vfio_group_get_from_dev`. */
  private groupOf(device: Device): VfioGroup | undefined {
    return device.iommuGroup === null ? undefined : this.core.groups.get(device.iommuGroup);
  }
}
