import type { ExceptionDetails } from './exceptions';

/** The ways to move. `back` mirrors `next`: the previous statement here or in a caller. */
export type MoveKind = 'continue' | 'next' | 'into' | 'out' | 'back' | 'backInto' | 'backOut' | 'reverse';

/** Why the engine stands still. */
export interface Stop {
  readonly reason:
    | 'entry'
    | 'step'
    | 'breakpoint'
    | 'function breakpoint'
    | 'data breakpoint'
    | 'exception'
    | 'pause'
    | 'goto'
    | 'start'
    | 'horizon'
    | 'end';
  readonly breakpoints: readonly number[];
  readonly exception?: ExceptionDetails;
  /** More about it: what changed, from what to what. */
  readonly text?: string;
}

export const stepped: Stop = { reason: 'step', breakpoints: [] };

export function isBackwards(kind: MoveKind): boolean {
  return kind === 'back' || kind === 'backInto' || kind === 'backOut' || kind === 'reverse';
}
