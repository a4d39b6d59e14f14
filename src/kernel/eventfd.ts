import { entity, JournaledList, type Journal } from '../history';
import { EAGAIN, EINVAL } from './errno';
import { OpenFile } from './file';

/** Largest counter of an eventfd. */
const counterMax = 0xffff_ffff_ffff_fffen;

/** Somebody who acts at once when an eventfd is signalled (`virqfd`, an ioeventfd): a wake-up function. */
export interface EventWaiter {
  signalled(file: EventFile): void;
  /** The eventfd is closed for good (`EPOLLHUP`). */
  closed?(file: EventFile): void;
}

class Counter extends entity({ counter: 0n }) {}

/** An eventfd: a counter that kernel and user add to, and that reading clears. Non-blocking. */
export class EventFile extends OpenFile {
  private readonly state: Counter;
  /** Who is woken when the counter grows, in the order in which they came. */
  readonly waiters: JournaledList<EventWaiter>;

  constructor(journal: Journal, initial: bigint) {
    super(journal, 'anon_inode:[eventfd]');
    this.state = new Counter(journal);
    this.state.counter = initial;
    this.waiters = new JournaledList(journal);
  }

  get counter(): bigint {
    return this.state.counter;
  }

  /** `eventfd_signal`: adds without ever waiting; the counter stops at its largest value. */
  signal(count = 1n): void {
    const sum = this.state.counter + count;
    this.state.counter = sum > counterMax ? counterMax : sum;
    this.wake();
  }

  /** `write` of a program: 8, or -EINVAL (all ones) or -EAGAIN (would pass the largest value). */
  add(count: bigint): number {
    const value = BigInt.asUintN(64, count);
    if (value > counterMax) return -EINVAL;
    if (this.state.counter + value > counterMax) return -EAGAIN;
    this.state.counter += value;
    this.wake();
    return 8;
  }

  /** `read`: the counter, which becomes 0; -EAGAIN when it is 0 already. */
  take(): bigint {
    const value = this.state.counter;
    if (value === 0n) return BigInt(-EAGAIN);
    this.state.counter = 0n;
    return value;
  }

  /** The counter without the waiter's answer: `eventfd_ctx_remove_wait_queue` empties it. */
  drain(): void {
    this.state.counter = 0n;
  }

  override release(): void {
    for (const waiter of this.waiters.toArray()) waiter.closed?.(this);
  }

  private wake(): void {
    for (const waiter of this.waiters.toArray()) waiter.signalled(this);
  }
}
