import type { MachineDescription } from '../../hardware';
import type { StructName } from '../../kernel';
import type { Execution } from '../execution/execution';
import type { BoundFile } from '../names/bound';
import type { Scope } from '../names/scope';
import type { Range } from '../problem';
import type { CallName } from '../report';
import type { Value } from '../value';

/** One instruction: does something and says which comes next. */
export type Instruction = (x: Execution) => number;

/** Works out a value. */
export type Evaluate = (x: Execution) => Value;

/** A block that a statement stands in and that keeps something for its end: a loop, or a process block. */
export interface Nesting {
  readonly process: boolean;
}

/** A statement: where one step ends and the next begins. */
export interface StatementInfo {
  readonly range: Range;
  readonly uri: string;
  readonly calls: readonly CallName[];
  readonly testName: string | null;
  /** The function that it stands in. */
  readonly functionName: string | null;
  /** Loops and process blocks around it, the outermost first. */
  readonly nest: readonly Nesting[];
  /** Names that can be seen from it. */
  readonly scope: Scope;
}

/** A call in the text. */
export interface CallSite extends CallName {
  readonly range: Range;
  readonly uri: string;
  /** The structure of an ioctl's argument. */
  readonly struct?: StructName;
}

/** A test, or the whole file when it has none. */
export interface TestPlan {
  /** The test's name; null when the file has no tests. */
  readonly name: string | null;
  readonly range: Range;
  readonly uri: string;
  /** Index of its first instruction. */
  readonly start: number;
  /** Index of the instruction that ends it, where an error leads to. */
  readonly end: number;
}

/** A file made ready to run. */
export interface Program {
  readonly bound: BoundFile;
  readonly machine: MachineDescription;
  /** In the order of the file; a file without tests is one plan without a name. */
  readonly tests: readonly TestPlan[];
  readonly instructions: readonly Instruction[];
  /** By instruction: the statement that begins there; null inside of statements. */
  readonly statements: readonly (StatementInfo | null)[];
  /** Slots of all globals. */
  readonly globalSize: number;
  /** Whether something looks at the last call as a whole (`out`, `dmesg()`). */
  readonly keepsCalls: boolean;
}
