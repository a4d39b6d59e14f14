import { entity, JournaledList, type Journal } from '../../history';
import { EINVAL, ENODEV } from '../errno';
import { OpenFile, type Answer } from '../file';
import type { Process } from '../process';
import { VFIO_API_VERSION, VFIO_CHECK_EXTENSION, VFIO_GET_API_VERSION, VFIO_SET_IOMMU } from '../uapi';
import { UserBuffer, type UserArgument } from '../user-memory';
import type { VfioCore } from './core';
import type { VfioGroup } from './group';
import type { VfioIommuData, VfioIommuDriver } from './iommu-driver';

/**
 * A container (`struct vfio_container`): one address space for DMA that groups share.
 * It lives as long as its file is open or a group is in it.
 */
export class VfioContainer extends entity({
  driver: null as VfioIommuDriver | null,
  /** `iommu_data`: what the driver keeps; null without driver. */
  data: null as VfioIommuData | null,
  /** Whether its groups have no IOMMU; meaningless while it is empty. */
  noiommu: false,
  /** Whether its file is still open. */
  fileOpen: true,
}) {
  /** Groups in it, the newest first (`group_list`). */
  readonly groups: JournaledList<VfioGroup>;

  constructor(
    journal: Journal,
    readonly id: number,
    /** Who opened it. */
    readonly opener: Process,
  ) {
    super(journal);
    this.groups = new JournaledList(journal);
  }

  /** A group leaves; with the last one the IOMMU driver goes too (`__vfio_group_unset_container`). */
  removeGroup(group: VfioGroup): void {
    this.data?.detachGroup(group.iommuGroup);
    group.container = null;
    this.groups.remove(group);
    if (this.groups.length > 0 || this.driver === null) return;
    this.data?.release();
    this.driver = null;
    this.data = null;
  }
}

/** Open file of `/dev/vfio/vfio`. */
export class ContainerFile extends OpenFile {
  readonly container: VfioContainer;

  constructor(
    private readonly core: VfioCore,
    process: Process,
  ) {
    super(core.kernel.journal, '/dev/vfio/vfio');
    this.container = new VfioContainer(core.kernel.journal, core.nextContainerId(), process);
    core.containers.push(this.container);
  }

  /** `vfio_fops_unl_ioctl`. */
  override ioctl(process: Process, request: number, argument: UserArgument): Answer {
    const { container, core } = this;
    const story = core.kernel.story;
    switch (request) {
      case VFIO_GET_API_VERSION:
        return VFIO_API_VERSION;
      case VFIO_CHECK_EXTENSION:
        return this.checkExtension(plainValue(argument));
      case VFIO_SET_IOMMU: {
        const type = plainValue(argument);
        story.enter('vfio_ioctl_set_iommu', () => ({ type }));
        return story.leave('vfio_ioctl_set_iommu', this.setIommu(process, type));
      }
      default:
        if (container.data === null) {
          return story.refuse(
            'vfio_fops_unl_ioctl/1',
            EINVAL,
            () => 'the container has no IOMMU driver to answer this',
          );
        }
        return this.passOn(container.data.ioctl(process, request, argument));
    }
  }

  override read(): Answer {
    return this.core.kernel.story.refuse('vfio_fops_read/1', EINVAL, () => 'no IOMMU driver can be read');
  }

  override write(): Answer {
    return this.core.kernel.story.refuse('vfio_fops_write/1', EINVAL, () => 'no IOMMU driver can be written');
  }

  override mmap(): number {
    return this.core.kernel.story.refuse('vfio_fops_mmap/1', EINVAL, () => 'no IOMMU driver can be mapped');
  }

  /** The IOMMU state stays while a group is in the container. */
  override release(): void {
    this.container.fileOpen = false;
    this.core.dropContainer(this.container);
  }

  /** Hands on what the IOMMU driver answered. */
  private passOn(answer: Answer): Answer {
    if (typeof answer !== 'number' || answer >= 0) return answer;
    const { container, core } = this;
    return core.kernel.story.refuse('vfio_fops_unl_ioctl/2', -answer, () => `the answer of ${container.driver?.name}`);
  }

  /** `vfio_ioctl_check_extension`: the set driver answers; without one, the first driver that says yes. */
  private checkExtension(extension: bigint): number {
    const { container, core } = this;
    if (container.driver !== null) return container.driver.checkExtension(container.data, extension);
    let answer = 0;
    for (const driver of core.iommuDrivers) {
      if (container.groups.length > 0 && container.noiommu !== driver.noiommu) continue;
      answer = driver.checkExtension(null, extension);
      if (answer > 0) break;
    }
    return answer;
  }

  private setIommu(process: Process, type: bigint): number {
    const { container, core } = this;
    const story = core.kernel.story;
    if (container.groups.length === 0) {
      return story.refuse('vfio_ioctl_set_iommu/2', EINVAL, () => 'no group is in the container');
    }
    if (container.driver !== null) {
      return story.refuse(
        'vfio_ioctl_set_iommu/2',
        EINVAL,
        () => `the container uses ${container.driver!.name} already`,
      );
    }
    let answer = -ENODEV;
    let tried = false;
    for (const driver of core.iommuDrivers) {
      if (container.noiommu !== driver.noiommu || driver.checkExtension(null, type) <= 0) {
        story.note(() => `${driver.name} does not serve type ${type} here`);
        continue;
      }
      tried = true;
      answer = this.tryDriver(process, driver, type);
      if (answer === 0) return 0;
    }
    if (!tried) return story.refuse('vfio_ioctl_set_iommu/1', ENODEV, () => 'no IOMMU driver serves this type');
    return answer;
  }

  private tryDriver(process: Process, driver: VfioIommuDriver, type: bigint): number {
    const { container, core } = this;
    const story = core.kernel.story;
    const data = driver.open(process, type);
    if (typeof data === 'number') {
      return story.refuse('vfio_ioctl_set_iommu/3', -data, () => `${driver.name} refuses to open`);
    }
    const attached: VfioGroup[] = [];
    for (const group of container.groups.toArray()) {
      const answer = data.attachGroup(process, group.iommuGroup);
      if (answer === 0) {
        attached.unshift(group);
        continue;
      }
      story.refuse(
        '__vfio_container_attach_groups/2',
        -answer,
        () => `group ${group.iommuGroup.id} cannot be attached`,
      );
      for (const done of attached) data.detachGroup(done.iommuGroup);
      data.release();
      return story.refuse('vfio_ioctl_set_iommu/4', -answer, () => `${driver.name} goes again`);
    }
    container.driver = driver;
    container.data = data;
    return 0;
  }
}

/** An argument that is taken by value; a structure passed by mistake counts as some address. */
function plainValue(argument: UserArgument): bigint {
  return argument instanceof UserBuffer ? stackAddress : BigInt.asUintN(64, BigInt(argument));
}

/** Where the caller's stack is, roughly. */
const stackAddress = 0x7ffc_0000_0000n;
