import type { Device, Driver } from '../../driver-core';
import { EINVAL } from '../../errno';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import type { Process } from '../../process';
import type { VfioDeviceOps } from '../device-ops';
import type { MdevDevice } from './mdev-device';

/** A request that goes to the parent's driver: its answer, or -EINVAL when it lacks the operation. */
function handOn(mdev: MdevDevice, name: string, answer: Answer | undefined): Answer {
  return typeof answer === 'object' ? answer : handOnNumber(mdev, name, answer);
}

function handOnNumber(mdev: MdevDevice, name: string, answer: number | undefined): number {
  const { story } = mdev.kernel;
  if (answer === undefined) return story.refuse(`${name}/1`, EINVAL, () => 'the vendor driver does not offer this');
  return answer < 0 ? story.refuse(`${name}/2`, -answer, () => 'the answer of the vendor driver') : answer;
}

/** What vfio_mdev does for mediated devices (`vfio_mdev_dev_ops`): it hands everything to the parent's driver. */
export const vfioMdevOps: VfioDeviceOps<MdevDevice> = {
  name: 'vfio-mdev',

  /** `vfio_mdev_open`. */
  open(mdev, process) {
    const { story, modules } = mdev.kernel;
    const answer = mdev.parent.ops.open?.(mdev, process);
    if (answer === undefined) {
      return story.refuse('vfio_mdev_open/1', EINVAL, () => 'the vendor driver cannot open devices');
    }
    if (answer !== 0) return story.refuse('vfio_mdev_open/3', -answer, () => 'the answer of the vendor driver');
    modules.hold('vfio_mdev', 1);
    return 0;
  },

  /** `vfio_mdev_release`. */
  release(mdev, process) {
    mdev.parent.ops.release?.(mdev, process);
    mdev.kernel.modules.hold('vfio_mdev', -1);
  },

  ioctl(mdev, process, request, argument) {
    const answer = mdev.parent.ops.ioctl?.(mdev, process, request, argument);
    return handOn(mdev, 'vfio_mdev_unlocked_ioctl', answer);
  },

  read(mdev, process, position, into, span) {
    return handOn(mdev, 'vfio_mdev_read', mdev.parent.ops.read?.(mdev, process, position, into, span));
  },

  write(mdev, process, position, bytes, span) {
    return handOn(mdev, 'vfio_mdev_write', mdev.parent.ops.write?.(mdev, process, position, bytes, span));
  },

  mmap(mdev, process, area) {
    return handOnNumber(mdev, 'vfio_mdev_mmap', mdev.parent.ops.mmap?.(mdev, process, area));
  },
};

/** The driver `vfio_mdev`: gives mediated devices to vfio. */
export class VfioMdevDriver implements Driver {
  readonly name = 'vfio_mdev';

  constructor(private readonly kernel: Kernel) {}

  knows(): boolean {
    return true;
  }

  /** `vfio_mdev_probe`. */
  probe(device: Device): number {
    const { vfio, mdev, story } = this.kernel;
    const answer = vfio.vfio_add_group_dev(device, vfioMdevOps, mdev.device(device.name));
    if (answer === 0) return 0;
    return story.refuse('vfio_mdev_probe/1', -answer, () => 'vfio does not take the device');
  }

  /** `vfio_mdev_remove`: waits for the users; they are not asked to let go. */
  remove(device: Device, process: Process): Answer {
    return this.kernel.vfio.vfio_del_group_dev(process, device);
  }
}
