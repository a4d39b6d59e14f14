import { BlockedCall, andThen } from '../blocking';
import type { Answer } from '../file';
import type { Process } from '../process';
import type { Device } from './device';

/** A mutex as state: whether somebody has it. */
export interface Lock {
  locked: boolean;
}

/**
 * Runs `act` with the device's lock (`device_lock`), which it keeps while `act` waits; waits for the lock itself when
 * another process has it.
 */
export function withDeviceLock(process: Process, device: Device, act: () => Answer): Answer {
  return withLock(process, device, device.name, act);
}

/** The same with any lock; `whose` is for people. */
export function withLock(process: Process, lock: Lock, whose: string, act: () => Answer): Answer {
  if (lock.locked) {
    return new BlockedCall(
      process,
      `for the lock of ${whose}`,
      () => !lock.locked,
      () => withLock(process, lock, whose, act),
    );
  }
  lock.locked = true;
  return andThen(act(), (answer) => {
    lock.locked = false;
    return answer;
  });
}
