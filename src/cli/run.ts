import type { Kernel, StoryEvent } from '../kernel';
import type { CallReport, NextStatement, StepReport } from '../scenario';
import { answerText, explainStep, explanationLines, Walk } from '../debugger';
import { attempt, flush, paint, printError, printLine } from './console';
import { limitText, runProgram } from './runner';
import { problemText, readScenario } from './scenarios';

export interface RunCommandOptions {
  readonly explain?: boolean;
  readonly history: boolean;
  /** Changes of the kernel that are taken back. */
  readonly without: readonly string[];
  readonly trace?: 'json';
  readonly maxSteps: number;
}

/** `vfio-lab run`: whether every file ran and went as expected. */
export async function run(files: readonly string[], options: RunCommandOptions): Promise<boolean> {
  let good = true;
  for (const file of files) {
    good = (await attempt(() => runFile(file, options, files.length > 1))) && good;
  }
  flush();
  return good;
}

async function runFile(path: string, options: RunCommandOptions, several: boolean): Promise<boolean> {
  const { problems, program } = readScenario(path);
  for (const problem of problems) if (problem.severity === 'error') printError(problemText(problem));
  if (program === undefined) return false;
  const printer = options.trace === 'json' ? new TracePrinter() : new TreePrinter(options.explain ?? false);
  if (several && options.trace === undefined) printLine(paint('bold', path));
  let good = true;
  const end = await runProgram(program, {
    history: options.history,
    without: options.without,
    maxSteps: options.maxSteps,
    explain: options.explain ?? false,
    onStep(report, statement, events, kernel) {
      printer.step(report, statement, events, kernel);
      good &&= report.failures.length === 0 && report.error === undefined;
    },
  });
  if (end.kind === 'limit') {
    const { uri, range } = end.statement;
    printError(`${uri}:${range.start.line + 1}:${range.start.character + 1}: ${limitText(options.maxSteps)}`);
  }
  return good && end.kind === 'ended';
}

/** Calls below their process, with what they answered. */
class TreePrinter {
  private process: string | null = null;

  /** @param explains tell why calls went as they did */
  constructor(private readonly explains: boolean) {}

  step(report: StepReport, statement: NextStatement, events: readonly StoryEvent[], kernel: Kernel): void {
    if (statement.testName !== null && statement.testName !== this.test) this.heading(statement.testName);
    for (const call of report.calls) this.call(call);
    if (events.length > 0) this.explain(report, events);
    if (this.explains) this.why(report, events, kernel);
    for (const text of report.printed) printLine(text);
    for (const { uri, range, message, expected, actual } of report.failures) {
      printLine(paint('red', `    ${uri}:${range.start.line + 1}:${range.start.character + 1}: ${message}`));
      if (expected !== '' || actual !== '') printLine(paint('red', `      expected ${expected}, got ${actual}`));
    }
    const { error, testEnded } = report;
    if (error !== undefined) {
      const place = `${error.uri}:${error.range.start.line + 1}:${error.range.start.character + 1}`;
      printLine(paint('red', `    ${place}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`));
    }
    if (testEnded !== undefined)
      printLine(paint(testEnded.passed ? 'green' : 'red', `  ${testEnded.passed ? 'passed' : 'failed'}`));
  }

  private test: string | null = null;

  private heading(name: string): void {
    this.test = name;
    this.process = null;
    printLine(paint('bold', `test "${name}"`));
  }

  private call(call: CallReport): void {
    if (call.process !== this.process) printLine(paint('cyan', `  ${call.process}`));
    this.process = call.process;
    printLine(`    ${call.text} = ${outcomeText(call)}`);
    for (const line of call.log) printLine(paint('dim', `      kernel: ${line}`));
  }

  /** Why a call went as it did: the condition with its values, the usual cause, the remedy. */
  private why(report: StepReport, events: readonly StoryEvent[], kernel: Kernel): void {
    const explanation = explainStep({ step: 0, report, events }, kernel);
    if (explanation === undefined) return;
    const { subject, outcome, topic } = explanation;
    const title = [outcome, topic?.title].filter((part) => part !== undefined && part !== '').join(': ');
    printLine(paint('yellow', `      ${title === '' ? subject : title}`));
    for (const line of explanationLines({ ...explanation, log: [] })) printLine(paint('yellow', `        ${line}`));
  }

  private explain(report: StepReport, events: readonly StoryEvent[]): void {
    const walk = new Walk({ step: 0, report, events });
    const lines = walk.text().trimEnd().split('\n').slice(walk.line(0));
    for (const line of lines) printLine(paint('dim', `      ${line}`));
  }
}

/** One JSON object a call. */
class TracePrinter {
  step(report: StepReport, statement: NextStatement): void {
    for (const call of report.calls) {
      const { process, name, request, text, errno, log, range, uri } = call;
      const { ret, blocked, busy, signal } = call.result;
      const result =
        blocked === true || busy === true ? undefined : typeof ret === 'bigint' ? `0x${ret.toString(16)}` : ret;
      const place = { file: uri, line: range.start.line + 1 };
      printLine(
        JSON.stringify({
          ...place,
          test: statement.testName,
          process,
          call: name,
          request,
          text,
          result,
          errno,
          blocked,
          busy,
          signal,
          log,
        }),
      );
    }
    for (const { uri, range, message, expected, actual } of report.failures) {
      printLine(JSON.stringify({ file: uri, line: range.start.line + 1, failure: message, expected, actual }));
    }
    if (report.error !== undefined) {
      const { uri, range, message } = report.error;
      printLine(JSON.stringify({ file: uri, line: range.start.line + 1, error: message }));
    }
  }
}

function outcomeText({ result, errno }: CallReport): string {
  if (result.blocked === true) return paint('yellow', 'waits');
  if (result.busy === true) return paint('yellow', 'not made: the process waits');
  if (result.signal !== undefined) return paint('red', result.signal);
  if (result.ret < 0) return paint('yellow', `-1 ${errno ?? answerText(result.ret)}`);
  if (result.text !== undefined) return JSON.stringify(result.text);
  if (result.value !== undefined) return String(result.value);
  return typeof result.ret === 'bigint' ? `0x${result.ret.toString(16)}` : String(result.ret);
}
