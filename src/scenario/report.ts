import type { JournalOwner } from '../history';
import type { CallResult } from '../kernel';
import type { Range, ScenarioError } from './problem';
import type { StructValue, Value } from './value';

/** A kernel call that a statement makes or has made. */
export interface CallName {
  /** `ioctl`, `open`, `echo`, … */
  readonly name: string;
  /** `VFIO_IOMMU_MAP_DMA`, for an ioctl whose request is written as a name. */
  readonly request?: string;
  /** The path, where it is written as it is. */
  readonly path?: string;
}

/** The statement that the next step runs. */
export interface NextStatement {
  readonly range: Range;
  readonly uri: string;
  /** The process that it belongs to; null outside process blocks. */
  readonly processName: string | null;
  /** The kernel calls in it, in the order of the text. */
  readonly calls: readonly CallName[];
  /** How many functions of the scenario are active: 0 outside of them. */
  readonly functionDepth: number;
  /** Null outside test blocks. */
  readonly testName: string | null;
}

/** A variable that has a value. */
export interface FrameVariable {
  readonly name: string;
  readonly value: Value;
  /** Where the journal knows it. */
  readonly cell: { readonly owner: JournalOwner & { get(key: number): unknown }; readonly key: number };
}

/** One function of the scenario that is active, or the file or test itself (the outermost). */
export interface ScenarioFrame {
  /** The function's name, else the test's, else the file's. */
  readonly name: string;
  /** Where it stands: the statement to run next, or the one whose call is active. */
  readonly range: Range;
  readonly uri: string;
  /** The process whose blocks it is in. */
  readonly processName: string | null;
  /** In order of declaration; only those that are in scope and have a value. */
  variables(): readonly FrameVariable[];
}

/** A kernel call that was made. */
export interface CallReport extends CallName {
  /** Name of the process that called. */
  readonly process: string;
  /** The call as the scenario could write it, with the values that were given. */
  readonly text: string;
  readonly result: CallResult;
  /** `EEXIST`, when the call failed. */
  readonly errno?: string;
  /** The structure as it stood after the call. */
  readonly out?: StructValue;
  /** Kernel log lines of this call. */
  readonly log: readonly string[];
  /** Where the call stands. */
  readonly range: Range;
  readonly uri: string;
}

/** An expectation that does not hold, or a failed call that nothing expected. */
export interface ExpectationFailure {
  readonly range: Range;
  readonly uri: string;
  readonly message: string;
  /** As text, for a diff. */
  readonly expected: string;
  readonly actual: string;
}

/** What one step did. */
export interface StepReport {
  readonly calls: readonly CallReport[];
  readonly printed: readonly string[];
  readonly failures: readonly ExpectationFailure[];
  /** Ends the test, or the run outside of tests. */
  readonly error?: ScenarioError;
  readonly testStarted?: { readonly name: string };
  readonly testEnded?: { readonly name: string; readonly passed: boolean };
}
