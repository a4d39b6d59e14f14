import type { DebugProtocol } from '@vscode/debugprotocol';
import { failed } from '../debugger';
import type { CallReport, NextStatement, Range, StepReport } from '../scenario';

type OutputBody = DebugProtocol.OutputEvent['body'];

/** Calls that are written between two stops; more would drown the console and the client. */
const mostCalls = 400;
/** The same for what the scenario prints itself. */
const mostLines = 5000;

/** Writes what steps do into the debug console: a line for each call, its log lines below it, prints, failures. */
export class Output {
  private calls = 0;
  private lines = 0;
  private passed = 0;
  private failedTests = 0;
  private failures = 0;

  constructor(
    private readonly send: (body: OutputBody) => void,
    private readonly place: (uri: string, range: Range) => Partial<OutputBody>,
  ) {}

  /** Whether all went as expected. */
  get good(): boolean {
    return this.failures === 0 && this.failedTests === 0;
  }

  report(report: StepReport, statement: NextStatement): void {
    if (report.testStarted !== undefined)
      this.line('console', `test "${report.testStarted.name}"`, statement.uri, statement.range);
    for (const call of report.calls) this.call(call);
    for (const text of report.printed) this.printed(text, statement);
    for (const { message, expected, actual, uri, range } of report.failures) {
      this.failures++;
      const values = expected === '' && actual === '' ? '' : `\n  expected ${expected}\n  got      ${actual}`;
      this.line('stderr', `${message}${values}`, uri, range);
    }
    const { error, testEnded } = report;
    if (error !== undefined) {
      this.failures++;
      this.line(
        'stderr',
        error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
        error.uri,
        error.range,
      );
    }
    if (testEnded === undefined) return;
    if (testEnded.passed) this.passed++;
    else this.failedTests++;
    const verdict = testEnded.passed ? 'passed' : 'failed';
    this.line(
      testEnded.passed ? 'console' : 'stderr',
      `test "${testEnded.name}" ${verdict}`,
      statement.uri,
      statement.range,
    );
  }

  /** What a logpoint says. */
  logged(text: string, statement: NextStatement): void {
    this.line('console', text, statement.uri, statement.range);
  }

  /** The engine stands still: tells what was left out, and begins to count again. */
  stopped(): void {
    const calls = this.calls - mostCalls;
    const lines = this.lines - mostLines;
    this.calls = 0;
    this.lines = 0;
    if (calls > 0) this.send({ category: 'console', output: `… and ${count(calls, 'more call')}\n` });
    if (lines > 0) this.send({ category: 'console', output: `… and ${count(lines, 'more printed line')}\n` });
  }

  /** The last line of a run. */
  summary(): void {
    const parts: string[] = [];
    if (this.passed + this.failedTests > 0) {
      parts.push(`${count(this.passed, 'test')} passed`, `${this.failedTests} failed`);
    } else if (this.failures > 0) {
      parts.push(count(this.failures, 'failure'));
    }
    if (parts.length > 0) this.send({ category: this.good ? 'console' : 'stderr', output: `${parts.join(', ')}\n` });
  }

  private call(call: CallReport): void {
    if (++this.calls > mostCalls) return;
    const text = `${call.process}: ${call.text} = ${resultText(call)}`;
    const place = this.place(call.uri, call.range);
    if (call.log.length === 0) {
      this.send({ category: 'console', output: `${text}\n`, ...place });
      return;
    }
    this.send({ category: 'console', output: `${text}\n`, group: 'start', ...place });
    for (const line of call.log) this.send({ category: 'console', output: `kernel: ${line}\n`, ...place });
    this.send({ category: 'console', output: '', group: 'end' });
  }

  private printed(text: string, statement: NextStatement): void {
    if (++this.lines > mostLines) return;
    this.line('stdout', text, statement.uri, statement.range);
  }

  private line(category: 'console' | 'stdout' | 'stderr', text: string, uri: string, range: Range): void {
    this.send({ category, output: `${text}\n`, ...this.place(uri, range) });
  }
}

/** What a call answered, in a few letters. */
function resultText(call: CallReport): string {
  const { result } = call;
  if (result.blocked === true) return 'waits';
  if (result.busy === true) return 'not made, the process still waits';
  if (result.signal !== undefined) return result.signal;
  if (failed(call)) return `-1 ${call.errno ?? -Number(result.ret)}`;
  if (result.text !== undefined) return JSON.stringify(result.text);
  if (result.value !== undefined) return String(result.value);
  return typeof result.ret === 'bigint' ? `0x${result.ret.toString(16)}` : String(result.ret);
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
