import { devicePrefix } from '../driver-core';
import { EBADF, EBUSY, EFAULT, EINVAL, ENODEV, ENOTTY, EPERM } from '../errno';
import { OpenFile, type Answer } from '../file';
import type { Process } from '../process';
import {
  VFIO_GROUP_FLAGS_CONTAINER_SET,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
} from '../uapi';
import { copyFromUser, copyToUser, stringFromUser, type UserArgument } from '../user-memory';
import { ContainerFile } from './container';
import { VfioDeviceFile, type VfioDevice } from './device';
import type { VfioGroup } from './group';

/** `sizeof(struct vfio_group_status)`. */
const statusSize = 8;
/** Longest device name with its NUL. */
const nameLimit = 4096;

/** Open file of `/dev/vfio/N`. */
export class GroupFile extends OpenFile {
  constructor(readonly group: VfioGroup) {
    super(group.journal, group.path);
  }

  /** `vfio_group_fops_unl_ioctl`. */
  override ioctl(process: Process, request: number, argument: UserArgument): Answer {
    const { story } = this.group.core.kernel;
    switch (request) {
      case VFIO_GROUP_GET_STATUS:
        return this.getStatus(process, argument);
      case VFIO_GROUP_SET_CONTAINER: {
        const number = copyFromUser(process, argument, 4);
        if (number === null)
          return story.refuse('vfio_group_fops_unl_ioctl/4', EFAULT, () => 'the int is not readable');
        const fd = number.getInt32(0, true);
        if (fd < 0) return story.refuse('vfio_group_fops_unl_ioctl/5', EINVAL, () => `${fd} is no file descriptor`);
        story.enter('vfio_group_set_container', () => ({ group: this.group.iommuGroup.id, container_fd: fd }));
        return story.leave('vfio_group_set_container', this.setContainer(process, fd));
      }
      case VFIO_GROUP_UNSET_CONTAINER:
        return this.unsetContainer();
      case VFIO_GROUP_GET_DEVICE_FD: {
        const name = stringFromUser(process, argument, nameLimit);
        if (typeof name === 'string') {
          const errno = name === 'fault' ? EFAULT : EINVAL;
          return story.refuse('vfio_group_fops_unl_ioctl/6', errno, () => `the name cannot be read: ${name}`);
        }
        story.enter('vfio_group_get_device_fd', () => ({ group: this.group.iommuGroup.id, name: name.text }));
        return story.leave('vfio_group_get_device_fd', this.getDeviceFd(process, name.text));
      }
      default:
        return story.refuse('vfio_group_fops_unl_ioctl/7', ENOTTY, () => 'a group does not know this request');
    }
  }

  /** `vfio_group_fops_release`. */
  override release(): void {
    this.group.dissolveContainer();
    this.group.opened = false;
    this.group.core.dropGroup(this.group);
  }

  private getStatus(process: Process, argument: UserArgument): number {
    const { group } = this;
    const { story } = group.core.kernel;
    const status = copyFromUser(process, argument, statusSize);
    if (status === null)
      return story.refuse('vfio_group_fops_unl_ioctl/1', EFAULT, () => 'the structure is not readable');
    const argsz = status.getUint32(0, true);
    if (argsz < statusSize) {
      return story.refuse('vfio_group_fops_unl_ioctl/2', EINVAL, () => `argsz ${argsz} is below ${statusSize}`);
    }
    const obstacle = group.obstacle();
    story.note(() =>
      obstacle === null ? 'the group is viable' : `not viable: ${obstacle.device.name} is bound to ${obstacle.driver}`,
    );
    const flags =
      (obstacle === null ? VFIO_GROUP_FLAGS_VIABLE : 0) |
      (group.container === null ? 0 : VFIO_GROUP_FLAGS_CONTAINER_SET);
    const out = new DataView(new ArrayBuffer(statusSize));
    out.setUint32(0, argsz, true);
    out.setUint32(4, flags, true);
    if (copyToUser(process, argument, new Uint8Array(out.buffer))) return 0;
    return story.refuse('vfio_group_fops_unl_ioctl/3', EFAULT, () => 'the structure is not writable');
  }

  private setContainer(process: Process, fd: number): number {
    const { group } = this;
    const { story } = group.core.kernel;
    if (group.containerUsers > 0) {
      return story.refuse('vfio_group_set_container/1', EINVAL, () => 'the group is in a container already');
    }
    if (group.noiommu && !process.capable('sys_rawio')) {
      return story.refuse('vfio_group_set_container/2', EPERM, () => 'without IOMMU the caller needs CAP_SYS_RAWIO');
    }
    const file = process.file(fd);
    if (file === undefined) return story.refuse('vfio_group_set_container/3', EBADF, () => `${fd} is not open`);
    if (!(file instanceof ContainerFile)) {
      return story.refuse('vfio_group_set_container/4', EINVAL, () => `${file.name} is no container`);
    }
    const container = file.container;
    if (container.groups.length > 0 && container.noiommu !== group.noiommu) {
      return story.refuse('vfio_group_set_container/5', EPERM, () => 'groups with and without IOMMU cannot be mixed');
    }
    if (container.data !== null) {
      const answer = container.data.attachGroup(process, group.iommuGroup);
      if (answer < 0) {
        return story.refuse('vfio_group_set_container/6', -answer, () => 'the IOMMU driver refuses the group');
      }
    }
    group.container = container;
    container.noiommu = group.noiommu;
    container.groups.unshift(group);
    group.containerUsers++;
    return 0;
  }

  /** `vfio_group_unset_container`. */
  private unsetContainer(): number {
    const { group } = this;
    const { story } = group.core.kernel;
    if (group.containerUsers === 0) {
      return story.refuse('vfio_group_unset_container/1', EINVAL, () => 'the group is in no container');
    }
    if (group.containerUsers > 1) {
      return story.refuse(
        'vfio_group_unset_container/2',
        EBUSY,
        () => `${group.containerUsers - 1} other users hold it`,
      );
    }
    group.containerUsers = 0;
    group.leaveContainer();
    return 0;
  }

  private getDeviceFd(process: Process, name: string): number {
    const { group } = this;
    const { story, log } = group.core.kernel;
    const refused = this.mayGetDevice(process);
    if (refused < 0) return refused;
    const found = this.deviceFromName(name);
    if (typeof found === 'number') return found;
    story.note(() => `the group is viable, and ${found.device.name} of ${found.ops.name} is meant`);
    // A reference of our own, so that a failing open cannot take the device away under us.
    found.references++;
    const answer = found.ops.open(found.data, process);
    if (answer !== 0) {
      found.put();
      return story.refuse('vfio_group_get_device_fd/4', -answer, () => `${found.ops.name} refuses to open the device`);
    }
    const fd = process.install(new VfioDeviceFile(found));
    if (fd < 0) {
      found.ops.release(found.data, process);
      found.put();
      return story.refuse('vfio_group_get_device_fd/5', -fd, () => 'no file descriptor is left');
    }
    group.containerUsers++;
    if (group.noiommu) {
      const who = `${process.command}:${process.pid}`;
      log.warn(`${devicePrefix(found.device)}vfio-noiommu device opened by user (${who})`);
    }
    return fd;
  }

  private mayGetDevice(process: Process): number {
    const { group } = this;
    const { story } = group.core.kernel;
    const site = 'vfio_group_get_device_fd/1';
    if (group.containerUsers === 0) return story.refuse(site, EINVAL, () => 'the group is in no container');
    if ((group.container?.driver ?? null) === null)
      return story.refuse(site, EINVAL, () => 'the container has no IOMMU driver yet');
    const obstacle = group.obstacle();
    if (obstacle !== null) {
      const { device, driver } = obstacle;
      story.refuse('vfio_dev_viable/2', EINVAL, () => `${device.name} of this group is bound to ${driver}`);
      return story.refuse(site, EINVAL, () => 'the group is not viable');
    }
    if (group.noiommu && !process.capable('sys_rawio')) {
      return story.refuse('vfio_group_get_device_fd/2', EPERM, () => 'without IOMMU the caller needs CAP_SYS_RAWIO');
    }
    return 0;
  }

  /** `vfio_device_get_from_name`: drivers that can match decide themselves; a refusal ends the search. */
  private deviceFromName(name: string): VfioDevice | number {
    const { story } = this.group.core.kernel;
    for (const member of this.group.devices) {
      const match = member.ops.match?.(member.data, name) ?? (member.device.name === name ? 1 : 0);
      if (match < 0) {
        story.refuse('vfio_device_get_from_name/2', -match, () => `${member.ops.name} refuses the name or its options`);
        return story.refuse('vfio_group_get_device_fd/3', -match, () => `no device for "${name}"`);
      }
      if (match > 0) return member;
    }
    story.refuse('vfio_device_get_from_name/1', ENODEV, () => `no device of the group is called "${name}"`);
    return story.refuse('vfio_group_get_device_fd/3', ENODEV, () => `no device for "${name}"`);
  }
}
