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

/**
 * Whether a move that began `start` calls deep may end at a place that is `depth` calls deep: the same rule among a
 * scenario's statements and among the kernel's decisions in a call, forwards and backwards.
 */
export function mayEnd(kind: MoveKind, depth: number, start: number): boolean {
  switch (kind) {
    case 'continue':
    case 'reverse':
      return false;
    case 'into':
    case 'backInto':
      return true;
    case 'next':
    case 'back':
      return depth <= start;
    case 'out':
    case 'backOut':
      return depth < start;
  }
}
