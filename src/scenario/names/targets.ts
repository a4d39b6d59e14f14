import type { OutcomeWord } from './words';
import type { Variable } from './scope';

/** What a name means at its place. */
export type Target =
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'constant'; readonly value: bigint }
  /** A process of the scenario, as an argument of `late` and the like. */
  | { readonly kind: 'process'; readonly name: string }
  /** `out` and `errno`: of the last call; `process_name`: of the block's process. */
  | { readonly kind: 'word'; readonly word: 'out' | 'errno' | 'process_name' }
  | { readonly kind: 'outcome'; readonly word: OutcomeWord }
  /** A function that the language brings along, named without parentheses: `exit`. */
  | { readonly kind: 'call' };

export const words: ReadonlySet<string> = new Set(['out', 'errno', 'process_name']);
