import { entity } from '../../history';
import { EBADF, EBUSY, EINVAL } from '../errno';
import { EventFile, type EventWaiter } from '../eventfd';
import type { Process } from '../process';

/** What an eventfd sets off inside the kernel. */
export interface VirqfdAction {
  /** Runs in the wake-up; answers whether {@link thread} has to follow. */
  handler(): boolean;
  /** What the wake-up itself must not do, because it would wake others: runs right after it. */
  thread?(): void;
}

/** Where a user of virqfds keeps one (`struct virqfd **`). */
export class VirqfdSlot extends entity({ virqfd: null as Virqfd | null }) {}

/** An eventfd that acts inside the kernel (`struct virqfd`, `drivers/vfio/virqfd.c`). */
export class Virqfd implements EventWaiter {
  constructor(
    private readonly slot: VirqfdSlot,
    readonly file: EventFile,
    private readonly action: VirqfdAction,
  ) {}

  signalled(): void {
    if (this.action.handler()) this.action.thread?.();
  }

  /** The eventfd is closed: the slot is free again. */
  closed(): void {
    if (this.slot.virqfd === this) this.slot.virqfd = null;
    this.file.waiters.remove(this);
  }

  /** Looks at what is pending already, as if it came now. */
  start(): void {
    this.file.waiters.push(this);
    if (this.file.counter > 0n) this.signalled();
  }
}

/**
 * `vfio_virqfd_enable`: 0, -EBADF when nothing is open there, -EINVAL for a file that is no eventfd, -EBUSY when the
 * slot is taken.
 */
export function vfio_virqfd_enable(process: Process, slot: VirqfdSlot, action: VirqfdAction, fd: number): number {
  const { story } = process.kernel;
  const file = process.file(fd);
  if (file === undefined) return story.refuse('vfio_virqfd_enable/2', EBADF, () => `${fd} is not open`);
  if (!(file instanceof EventFile))
    return story.refuse('vfio_virqfd_enable/3', EINVAL, () => `${file.name} is no eventfd`);
  if (slot.virqfd !== null) return story.refuse('vfio_virqfd_enable/4', EBUSY, () => 'an eventfd is installed already');
  const virqfd = new Virqfd(slot, file, action);
  slot.virqfd = virqfd;
  virqfd.start();
  return 0;
}

/** `vfio_virqfd_disable`: takes the eventfd's counter with it. */
export function vfio_virqfd_disable(slot: VirqfdSlot): void {
  const { virqfd } = slot;
  if (virqfd === null) return;
  slot.virqfd = null;
  virqfd.file.waiters.remove(virqfd);
  virqfd.file.drain();
}

/**
 * `eventfd_ctx_fdget`: the eventfd behind a descriptor, -EBADF or -EINVAL.
 */
export function eventfd_ctx_fdget(process: Process, fd: number): EventFile | number {
  const file = process.file(fd);
  if (file === undefined) return -EBADF;
  return file instanceof EventFile ? file : -EINVAL;
}
