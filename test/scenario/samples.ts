import { Journal } from '../../src/history';
import {
  compile,
  Execution,
  parse,
  type CallReport,
  type ExpectationFailure,
  type Problem,
  type ScenarioError,
} from '../../src/scenario';

/** Everything that a run gave. */
export interface Run {
  readonly calls: CallReport[];
  readonly printed: string[];
  readonly failures: ExpectationFailure[];
  readonly errors: ScenarioError[];
  readonly passed: string[];
  readonly failed: string[];
}

/** Problems as `line:column message`, lines and columns from 1 as an editor shows them. */
export function problemsOf(text: string, files: Record<string, string> = {}): string[] {
  return parse(text, 'test.vfio', (path) => files[path]).problems.map(problemText);
}

export const problemText = ({ range, message }: Problem): string =>
  `${range.start.line + 1}:${range.start.character + 1} ${message}`;

/** Makes a text ready to run; throws when it has errors. */
export function start(text: string, files: Record<string, string> = {}, journal = new Journal()): Execution {
  const { file, problems } = parse(text, 'test.vfio', (path) => files[path]);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(problemText).join('\n'));
  return new Execution(journal, compile(file));
}

/** Runs a text to its end. */
export function run(text: string, files: Record<string, string> = {}): Run {
  const x = start(text, files);
  const all: Run = { calls: [], printed: [], failures: [], errors: [], passed: [], failed: [] };
  for (let steps = 0; !x.ended; steps++) {
    if (steps > 100_000) throw new Error('the run does not end');
    const report = x.step();
    all.calls.push(...report.calls);
    all.printed.push(...report.printed);
    all.failures.push(...report.failures);
    if (report.error) all.errors.push(report.error);
    if (report.testEnded) (report.testEnded.passed ? all.passed : all.failed).push(report.testEnded.name);
  }
  return all;
}

/** What a text prints; the run must be without failures and errors. */
export function printedBy(text: string, files: Record<string, string> = {}): string[] {
  const { printed, failures, errors } = run(text, files);
  if (failures.length + errors.length > 0)
    throw new Error([...failures, ...errors].map(({ message }) => message).join('\n'));
  return printed;
}
