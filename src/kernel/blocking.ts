import type { Process } from './process';

/**
 * A call that waits: its process is stopped until `ready`, then `resume` finishes the call, or waits again.
 * The closures read and write journaled state only, so that going back in time needs nothing more.
 */
export class BlockedCall {
  constructor(
    readonly process: Process,
    /** What it waits for, for people: `until 0000:00:04.0 is released`. */
    readonly reason: string,
    /** Whether the wait is over. Asked after every call and whenever time passes. */
    readonly ready: () => boolean,
    /** Goes on with the call: an answer, or a further wait. */
    readonly resume: () => number | BlockedCall,
    /** Virtual time of the next thing that happens while waiting (a repeated request), or Infinity. */
    readonly wakeAt: number = Infinity,
    /** What a signal does to the wait; null: nothing, it is uninterruptible. */
    readonly interrupt: (() => number | BlockedCall) | null = null,
  ) {}
}

/** Goes on with `next` when `answer` is there: at once, or after the wait. */
export function andThen(
  answer: number | BlockedCall,
  next: (answer: number) => number | BlockedCall,
): number | BlockedCall {
  if (typeof answer === 'number') return next(answer);
  const { process, reason, ready, wakeAt, interrupt } = answer;
  const interrupted = interrupt === null ? null : () => andThen(interrupt(), next);
  return new BlockedCall(process, reason, ready, () => andThen(answer.resume(), next), wakeAt, interrupted);
}
