import type { Kernel, StoryEvent } from '../kernel';
import { Journal } from '../history';
import { Execution, type NextStatement, type Program, type StepReport } from '../scenario';

export interface RunOptions {
  /** Keep history, as the debugger does. */
  readonly history: boolean;
  readonly maxSteps: number;
  /** Names of the tests to run; left out, all. */
  readonly tests?: readonly string[];
  /** Changes of the kernel that are taken back, by hash. */
  readonly without?: readonly string[];
  /** Listen to the kernel's story. */
  readonly explain?: boolean;
  onStep(report: StepReport, statement: NextStatement, events: readonly StoryEvent[], kernel: Kernel): void;
}

/** How a run ended: by itself, or because it ran too long; then where it was. */
export type RunEnd = { readonly kind: 'ended' } | { readonly kind: 'limit'; readonly statement: NextStatement };

/** Journal entries kept: nobody steps back here, so that only the cost of history counts. */
const historyLimit = 1024 * 1024;
/** Steps between two looks at the event loop, where a closed pipe shows. */
const slice = 100_000;

/** Runs all tests of a program, one after the other. */
export async function runProgram(program: Program, options: RunOptions): Promise<RunEnd> {
  const execution = new Execution(new Journal({ limit: historyLimit, recording: options.history }), program, {
    without: options.without ?? [],
    ...(options.tests === undefined ? {} : { tests: options.tests }),
  });
  const none: readonly StoryEvent[] = [];
  for (let steps = 0; !execution.ended; steps++) {
    const statement = execution.next!;
    if (steps >= options.maxSteps) return { kind: 'limit', statement };
    const events: readonly StoryEvent[] = options.explain === true ? [] : none;
    const { story } = execution.kernel;
    if (options.explain === true) story.listener = (event) => void (events as StoryEvent[]).push(event);
    const report = execution.step();
    story.listener = null;
    options.onStep(report, statement, events, execution.kernel);
    if (steps % slice === slice - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return { kind: 'ended' };
}

/** What to say about a run that was stopped. */
export function limitText(maxSteps: number): string {
  return `stopped after ${maxSteps} steps: is this an endless loop? --max-steps allows more`;
}
