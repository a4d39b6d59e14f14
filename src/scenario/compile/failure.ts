import { ValueError } from '../execution/operators';
import type { Expression } from '../generated/ast';
import { ScenarioError } from '../problem';
import { rangeOf, uriOf } from '../source';
import type { Evaluate } from './program';

/** A scenario's error at a node. */
export function failure(node: Expression, message: string, hint?: string): ScenarioError {
  return new ScenarioError(message, rangeOf(node), uriOf(node), hint);
}

/** Gives errors in working out a value their place. */
export function guarded(node: Expression, evaluate: Evaluate): Evaluate {
  return (x) => {
    try {
      return evaluate(x);
    } catch (error) {
      throw error instanceof ValueError ? failure(node, error.message, error.hint) : error;
    }
  };
}
