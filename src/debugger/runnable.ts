import type { Journal } from '../history';
import type { Kernel } from '../kernel';
import type { NextStatement, Performed, Program, Range, ScenarioFrame, StepReport, Value } from '../scenario';

/**
 * What the engine runs: a scenario as a state machine in a journal. `Execution` of the scenario room is one; tests
 * bring their own.
 */
export interface Runnable {
  readonly journal: Journal;
  /** The kernel of the test that is being run; null before the first. */
  readonly kernel: Kernel | null;
  readonly next: NextStatement | null;
  readonly ended: boolean;
  /** Runs exactly one statement. */
  step(): StepReport;
  /** Innermost first. Without a name: of the process whose statement comes next. */
  frames(processName?: string): readonly ScenarioFrame[];
  /**
   * The value of an expression, without effects.
   * @throws Error with a message for people
   */
  evaluate(expression: string, frame?: ScenarioFrame): Value;
  /**
   * Makes calls and assignments before the next statement; what they do stays.
   * @throws Error with a message for people
   */
  perform(text: string, frame?: ScenarioFrame): Performed;
  /** Statements on a line that can come next instead, by number. */
  jumpTargets(uri: string, line: number): readonly number[];
  /** Lets another statement come next. */
  jump(target: number): void;
}

/** The text that runs, as far as breakpoints need it. */
export interface ScenarioText {
  /** Where the statements of a file stand, in their order; undefined for a file that is no part of what runs. */
  statements(uri: string): readonly Range[] | undefined;
}

/** Where breakpoints can be in a program: where a statement begins. */
export function textOfProgram(program: Program): ScenarioText {
  const byUri = new Map<string, Range[]>();
  for (const statement of program.statements) {
    if (statement === null) continue;
    const ranges = byUri.get(statement.uri);
    if (ranges === undefined) byUri.set(statement.uri, [statement.range]);
    else ranges.push(statement.range);
  }
  return { statements: (uri) => byUri.get(uri) };
}
