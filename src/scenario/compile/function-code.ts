import type { Storage } from '../names/scope';
import type { Range } from '../problem';

/** Where a function of the scenario begins. */
export class FunctionCode {
  /** Index of its first instruction; known when all functions are compiled. */
  start = 0;

  constructor(
    readonly name: string,
    readonly range: Range,
    readonly uri: string,
    /** Slots of one activation. */
    readonly storage: Storage,
  ) {}
}
