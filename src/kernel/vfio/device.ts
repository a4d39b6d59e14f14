import { entity, type Journal } from '../../history';
import type { BlockedCall } from '../blocking';
import type { Device } from '../driver-core';
import { EINVAL } from '../errno';
import { OpenFile, type Answer } from '../file';
import type { Vma } from '../mm/vma';
import type { Process } from '../process';
import type { Story } from '../story';
import type { UserArgument, UserSpan } from '../user-memory';
import type { VfioDeviceOps } from './device-ops';
import type { VfioGroup } from './group';

/** A device that a bus driver gave to vfio (`struct vfio_device`). */
export class VfioDevice extends entity({
  /** The bus driver's own reference, and one for each device file. */
  references: 1,
}) {
  constructor(
    journal: Journal,
    readonly group: VfioGroup,
    readonly device: Device,
    readonly ops: VfioDeviceOps,
    /** What the bus driver passed along (`device_data`). */
    readonly data: unknown,
  ) {
    super(journal);
  }

  /** `vfio_device_put`: the last reference takes it from its group and wakes who waits for that. */
  put(): void {
    this.references--;
    if (this.references === 0) this.group.forget(this);
  }
}

/** Open file of a device, `[vfio-device]`: hands everything to the bus driver. */
export class VfioDeviceFile extends OpenFile {
  constructor(readonly vfioDevice: VfioDevice) {
    super(vfioDevice.journal, 'anon_inode:[vfio-device]');
  }

  override ioctl(process: Process, request: number, argument: UserArgument): Answer {
    const { ops, data } = this.vfioDevice;
    const answer = ops.ioctl?.(data, process, request, argument) ?? this.missing('vfio_device_fops_unl_ioctl/1');
    return this.passOn('vfio_device_fops_unl_ioctl/2', answer);
  }

  override longestRead(position: bigint): number {
    const { ops, data } = this.vfioDevice;
    return ops.longestRead?.(data, position) ?? super.longestRead(position);
  }

  override read(process: Process, position: bigint, into: Uint8Array, span?: UserSpan): Answer {
    const { ops, data } = this.vfioDevice;
    const answer = ops.read?.(data, process, position, into, span) ?? this.missing('vfio_device_fops_read/1');
    return this.passOn('vfio_device_fops_read/2', answer);
  }

  override write(process: Process, position: bigint, bytes: Uint8Array, span?: UserSpan): Answer {
    const { ops, data } = this.vfioDevice;
    const answer = ops.write?.(data, process, position, bytes, span) ?? this.missing('vfio_device_fops_write/1');
    return this.passOn('vfio_device_fops_write/2', answer);
  }

  override mmap(process: Process, area: Vma): Answer {
    const { ops, data } = this.vfioDevice;
    const answer = ops.mmap?.(data, process, area) ?? this.missing('vfio_device_fops_mmap/1');
    return this.passOn('vfio_device_fops_mmap/2', answer);
  }

  /** `vfio_device_fops_release`. */
  override release(process: Process): BlockedCall | void {
    const { ops, data, group } = this.vfioDevice;
    const dead = ops.release(data, process);
    if (dead !== undefined) return dead;
    group.dissolveContainer();
    this.vfioDevice.put();
  }

  private get story(): Story {
    return this.vfioDevice.group.core.kernel.story;
  }

  /** Hands on what the bus driver answered. */
  private passOn(site: string, answer: Answer): Answer {
    if (typeof answer !== 'number' || answer >= 0) return answer;
    return this.story.refuse(site, -answer, () => `the answer of ${this.vfioDevice.ops.name}`);
  }

  private missing(site: string): number {
    return this.story.refuse(site, EINVAL, () => `${this.vfioDevice.ops.name} does not offer this`);
  }
}
