import { writeFileSync } from 'node:fs';
import type { ExpectationFailure, Problem, ScenarioError, StepReport } from '../scenario';
import { flush, UserError } from './console';
import { jsonReporter, junitXml, plainReporter, tapReporter, type Reporter } from './reporters';
import { limitText, runProgram } from './runner';
import { findScenarios, readScenario, type ReadScenario } from './scenarios';
import type { TestFailure, TestResult } from './test-results';
import { afterChanges } from './watch';

export interface TestCommandOptions {
  readonly tap?: boolean;
  readonly json?: boolean;
  /** A file for JUnit XML. */
  readonly junit?: string;
  /** Which part of the files: the first of four is 1 of 4. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Names of the tests to run; left out, all. */
  readonly test?: readonly string[];
  readonly watch?: boolean;
  readonly maxSteps: number;
}

/** `vfio-lab test`: whether all tests passed. */
export async function test(paths: readonly string[], options: TestCommandOptions): Promise<boolean> {
  if (options.watch !== true) return testOnce(paths, options);
  for await (const _ of afterChanges(paths)) await testOnce(paths, options);
  return true;
}

async function testOnce(paths: readonly string[], options: TestCommandOptions): Promise<boolean> {
  const reporter = reporterOf(options);
  const results: TestResult[] = [];
  reporter.begin?.();
  for (const file of partOf(findScenarios(paths), options.shard)) {
    for (const result of await testFile(file, options)) {
      results.push(result);
      reporter.result(result, results.length);
    }
  }
  if (options.test !== undefined && results.length === 0)
    throw new UserError(`there is no test ${options.test.map((name) => `"${name}"`).join(' or ')}`);
  reporter.end(results);
  flush();
  if (options.junit !== undefined) writeReport(options.junit, junitXml(results));
  return results.every(({ failures }) => failures.length === 0);
}

function reporterOf({ tap, json }: TestCommandOptions): Reporter {
  if (json === true) return jsonReporter;
  return tap === true ? tapReporter : plainReporter;
}

/** Files are dealt out in turn, so that neighbours, which are often alike, do not all fall to one part. */
function partOf(files: readonly string[], shard: TestCommandOptions['shard']): readonly string[] {
  return shard === undefined ? files : files.filter((_, at) => at % shard.count === shard.index - 1);
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A file without tests counts as one test. */
async function testFile(file: string, options: TestCommandOptions): Promise<TestResult[]> {
  const broken = (failures: TestFailure[]): TestResult[] => [{ file, test: null, failures, duration: 0 }];
  const read = readOrProblem(file);
  if (typeof read === 'string') return broken([{ file, line: undefined, column: undefined, message: read }]);
  const { problems, program } = read;
  if (program === undefined)
    return broken(problems.filter(({ severity }) => severity === 'error').map((problem) => failureOf(problem)));
  const wanted = options.test;
  const results: TestResult[] = [];
  let current: TestFailure[] = [];
  let running: string | null = null;
  let began = performance.now();
  const finish = (name: string | null, failures: TestFailure[]): void => {
    const now = performance.now();
    if (wanted === undefined || (name !== null && wanted.includes(name)))
      results.push({ file, test: name, failures, duration: now - began });
    began = now;
    current = [];
  };
  const end = await runProgram(program, {
    history: false,
    maxSteps: options.maxSteps,
    ...(wanted === undefined ? {} : { tests: wanted }),
    onStep(report, statement) {
      running = statement.testName;
      current.push(...failuresOf(report));
      if (report.testEnded === undefined) return;
      const { name, passed } = report.testEnded;
      const unknown = { file, line: undefined, column: undefined, message: 'failed' };
      finish(name, passed || current.length > 0 ? current : [unknown]);
    },
  });
  if (end.kind === 'limit') current.push(failureOf({ ...end.statement, message: limitText(options.maxSteps) }));
  const whole = program.tests.every(({ name }) => name === null);
  if (whole || current.length > 0) finish(running, current);
  return results;
}

/** A file that cannot be read is a test that fails. */
function readOrProblem(file: string): ReadScenario | string {
  try {
    return readScenario(file);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function failuresOf({ failures, error }: StepReport): TestFailure[] {
  const told = failures.map((failure) => failureOf(failure));
  return error === undefined ? told : [...told, failureOf(error)];
}

type Failed = Pick<Problem | ScenarioError, 'uri' | 'range' | 'message' | 'hint'> & Partial<ExpectationFailure>;

function failureOf({ uri, range, message, hint, expected = '', actual = '' }: Failed): TestFailure {
  return {
    file: uri,
    line: range.start.line + 1,
    column: range.start.character + 1,
    message: hint === undefined ? message : `${message} (${hint})`,
    ...(expected === '' && actual === '' ? {} : { expected, actual }),
  };
}
