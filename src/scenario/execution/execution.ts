import { entity, JournaledMap, type Journal } from '../../history';
import { Machine } from '../../hardware';
import { Kernel, Syscalls, type Process } from '../../kernel';
import type { ProcessSettings } from '../check/process-options';
import type { Expression } from '../generated/ast';
import { evaluateText } from '../compile/evaluate';
import { performText, type Performed } from '../compile/perform-text';
import { failure } from '../compile/failure';
import type { FunctionCode } from '../compile/function-code';
import type { Nesting, Program, StatementInfo, TestPlan } from '../compile/program';
import { frameHeader } from '../names/scope';
import { ScenarioError } from '../problem';
import type { CallReport, ExpectationFailure, NextStatement, ScenarioFrame, StepReport } from '../report';
import type { Value } from '../value';
import type { MadeCall } from './call-report';
import { Cells } from './cells';
import { framesOf } from './frames';

export interface ExecutionOptions {
  /** Names of the tests to run; left out: all. */
  readonly tests?: readonly string[];
  /** Changes of the kernel that are taken back besides those that the scenario names, by hash. */
  readonly without?: readonly string[];
  /** For choices that the scenario leaves open. */
  readonly seed?: number;
}

/** The process of calls that stand outside of process blocks. */
const defaultProcess = 'main';

/** Functions that call each other deeper than this never come to an end. */
const depthLimit = 10_000;

const none: readonly never[] = [];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A scenario while it runs. All that it knows is journaled, so that `journal.goto()` moves it together with the
 * kernel. A step runs one statement; statements of functions that it calls are steps of their own.
 */
export class Execution extends entity({
  /** The next instruction. */
  pc: 0,
  /** Start of the active function's frame; 0 outside of functions. */
  base: 0,
  /** First free cell behind all frames. */
  top: 0,
  depth: 0,
  ended: false,
  process: null as Process | null,
  /** What the function that returned last gave. */
  returned: null as Value,
  /** What the last call returned. */
  lastRet: 0,
  /** The last call, when the scenario asks for more of it: keeping every one alive in history costs a lot. */
  keptCall: null as MadeCall | null,
  /** Something in this test was not as expected. */
  failed: false,
  planIndex: 0,
  /** Kernel log lines before this one were taken by `expect dmesg`. */
  seenLines: 0,
  /** Kernel log lines before this one are from the boot. */
  bootLines: 0,
  kernel: null as unknown as Kernel,
  syscalls: null as unknown as Syscalls,
}) {
  readonly cells: Cells;
  /** Answers of calls that waited, by process. */
  readonly lateAnswers: JournaledMap<Process, bigint>;
  readonly plans: readonly TestPlan[];
  /** The last call, at the moment when it was made. */
  private recent: MadeCall | null = null;
  /** What the running step does: calls, prints, failures are put here. */
  report: Writable<StepReport> = { calls: none, printed: none, failures: none };

  constructor(
    journal: Journal,
    readonly program: Program,
    private readonly options: ExecutionOptions = {},
  ) {
    super(journal);
    this.cells = new Cells(journal);
    this.lateAnswers = new JournaledMap(journal);
    const { tests } = options;
    this.plans =
      tests === undefined ? program.tests : program.tests.filter(({ name }) => name !== null && tests.includes(name));
    journal.quietly(() => {
      let pc = this.begin(0);
      // A file may begin with a process block, which is entered without a step of its own.
      while (!this.ended && program.statements[pc] === null) pc = program.instructions[pc]!(this);
      this.pc = pc;
    });
  }

  /** The statement that the next step runs; null when nothing is left. */
  get next(): NextStatement | null {
    const statement = this.statement;
    if (statement === null) return null;
    const { range, uri, calls, testName } = statement;
    return { range, uri, calls, testName, processName: this.process?.name ?? null, functionDepth: this.depth };
  }

  /** Where the next step stands. */
  get statement(): StatementInfo | null {
    return this.ended ? null : (this.program.statements[this.pc] ?? null);
  }

  /** Runs exactly one statement. Does nothing when the scenario has ended. */
  step(): StepReport {
    const report: Writable<StepReport> = { calls: none, printed: none, failures: none };
    if (this.ended) return report;
    this.report = report;
    const { instructions, statements } = this.program;
    let pc = this.pc;
    try {
      do pc = instructions[pc]!(this);
      while (statements[pc] === null);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      report.error = error;
      this.failed = true;
      pc = this.plan.end;
    }
    this.pc = pc;
    return report;
  }

  /**
   * The active functions, innermost first, then the test or file.
   * @param processName only when the next statement is of that process
   */
  frames(processName?: string): ScenarioFrame[] {
    if (processName !== undefined && processName !== this.process?.name) return [];
    return framesOf(this);
  }

  /**
   * The value of an expression, as seen from a frame (default: the innermost). Leaves no trace.
   * @throws ScenarioError when it cannot be read or worked out
   */
  evaluate(text: string, frame?: ScenarioFrame): Value {
    return evaluateText(this, text, frame);
  }

  /**
   * Makes calls and assignments now, before the next statement. What they do stays.
   * @throws ScenarioError when the text cannot be read
   */
  perform(text: string, frame?: ScenarioFrame): Performed {
    return performText(this, text, frame);
  }

  /** Statements that can come next instead: those of the active function and process block that stand on the line. */
  jumpTargets(uri: string, line: number): number[] {
    const here = this.statement;
    if (here === null) return [];
    const found: number[] = [];
    this.program.statements.forEach((statement, index) => {
      if (statement?.uri !== uri || statement.range.start.line !== line) return;
      const { functionName, testName, nest } = statement;
      const known = found.some((other) => this.program.statements[other] === statement);
      const same = functionName === here.functionName && testName === here.testName;
      if (same && !known && canLeaveFor(here.nest, nest)) found.push(index);
    });
    return found;
  }

  /** Lets another statement come next; what lies between is not done. @param index one of {@link jumpTargets} */
  jump(index: number): void {
    this.pc = index;
  }

  /** Does something that is no part of the scenario's own course; what it knows of its last call stays. */
  aside(act: () => void): StepReport {
    const { report, recent, lastRet, keptCall, failed, base, process } = this;
    const own: Writable<StepReport> = { calls: none, printed: none, failures: none };
    this.report = own;
    try {
      act();
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      own.error = error;
    } finally {
      this.report = report;
      this.recent = recent;
      this.lastRet = lastRet;
      this.keptCall = keptCall;
      this.failed = failed;
      this.base = base;
      this.process = process;
    }
    return { ...own, failures: none };
  }

  get plan(): TestPlan {
    const plan = this.plans[this.planIndex];
    if (plan === undefined) throw new RangeError('there is no test to run');
    return plan;
  }

  // ---- for instructions

  /** Makes the world for a test and goes to its first instruction. */
  begin(planIndex: number): number {
    this.planIndex = planIndex;
    const plan = this.plans[planIndex];
    if (plan === undefined) {
      this.ended = true;
      // The kernel of the last test stays, to be looked at.
      if (this.kernel === null) this.boot();
      return this.pc;
    }
    this.boot();
    this.leaveFunctions();
    this.failed = false;
    this.lastRet = 0;
    this.keptCall = null;
    this.recent = null;
    this.lateAnswers.clear();
    for (let index = 0; index < this.program.globalSize; index++) this.cells.set(index, undefined);
    this.pc = plan.start;
    return plan.start;
  }

  /** Ends the test: goes to the next one, or ends the run. */
  finish(): number {
    const { plan } = this;
    if (plan.name !== null) this.report.testEnded = { name: plan.name, passed: !this.failed };
    this.leaveFunctions();
    const next = this.planIndex + 1;
    if (next < this.plans.length) return this.begin(next);
    this.ended = true;
    return this.pc;
  }

  private leaveFunctions(): void {
    this.base = 0;
    this.top = this.program.globalSize;
    this.depth = 0;
    this.process = null;
  }

  private boot(): void {
    const { machine, bound } = this.program;
    const { parameters } = bound.kernel;
    const without = [...bound.kernel.without, ...(this.options.without ?? [])];
    const kernel = Kernel.boot(this.journal, Machine.build(this.journal, machine), { without });
    const syscalls = new Syscalls(kernel);
    if (parameters.length > 0) this.journal.quietly(() => setParameters(kernel, syscalls, parameters));
    this.kernel = kernel;
    this.syscalls = syscalls;
    this.bootLines = this.seenLines = kernel.log.lines.length;
  }

  /** The process of that name, started when there is none yet. */
  processNamed(name: string, settings: ProcessSettings = {}): Process {
    const known = this.kernel.processes.get(name);
    if (known !== undefined) return known;
    const { uid, memlock, command, capabilities } = settings;
    const process = this.kernel.spawn({
      name,
      ...(command === undefined ? {} : { command }),
      ...(uid === undefined ? {} : { uid }),
      ...(memlock === undefined ? {} : { memlock }),
    });
    if (capabilities !== undefined) {
      process.capabilities.clear();
      for (const capability of capabilities) process.capabilities.add(capability);
    }
    return process;
  }

  /** The last call. */
  get last(): MadeCall | null {
    return this.program.keepsCalls ? this.keptCall : this.recent;
  }

  /** The process that makes the calls here. */
  get caller(): Process {
    return this.process ?? this.processNamed(defaultProcess);
  }

  /** Enters a function: `argv` become its parameters. */
  call(code: FunctionCode, argv: readonly Value[], returnTo: number, statement: number, node: Expression): number {
    if (this.depth >= depthLimit)
      throw failure(node, `${code.name} is called ${depthLimit} functions deep`, 'does it call itself without end?');
    const { cells, top } = this;
    cells.set(top, returnTo);
    cells.set(top + 1, this.base);
    cells.set(top + 2, statement);
    cells.set(top + 3, this.process);
    const size = code.storage.size;
    for (let index = frameHeader; index < size; index++) cells.set(top + index, argv[index - frameHeader]);
    this.base = top;
    this.top = top + size;
    this.depth++;
    return code.start;
  }

  /** Leaves the active function. */
  return(value: Value): number {
    const { cells, base } = this;
    this.returned = value;
    this.top = base;
    this.base = cells.get(base + 1) as number;
    this.process = cells.get(base + 3) as Process | null;
    this.depth--;
    return cells.get(base) as number;
  }

  /** Notes a call that was made, and answers of others that came back. */
  made(call: MadeCall): void {
    this.recent = call;
    this.lastRet = Number(call.result.ret);
    if (this.program.keepsCalls) this.keptCall = call;
    const { report } = this;
    if (report.calls === none) report.calls = [call];
    else (report.calls as CallReport[]).push(call);
    const { finished } = this.kernel;
    if (finished.length > 0) {
      for (const { process, answer } of finished) this.lateAnswers.set(process, BigInt(answer));
      finished.clear();
    }
  }

  print(text: string): void {
    const { report } = this;
    if (report.printed === none) report.printed = [text];
    else (report.printed as string[]).push(text);
  }

  fail(failure: ExpectationFailure): void {
    this.failed = true;
    const { report } = this;
    if (report.failures === none) report.failures = [failure];
    else (report.failures as ExpectationFailure[]).push(failure);
  }
}

/**
 * Whether one can go from inside of blocks to a place inside of others: out of loops, but neither into one nor out of a
 * process.
 */
function canLeaveFor(here: readonly Nesting[], there: readonly Nesting[]): boolean {
  return there.every((block, i) => block === here[i]) && here.slice(there.length).every(({ process }) => !process);
}

/** Writes module parameters as an administrator does who is gone when the scenario begins. */
function setParameters(kernel: Kernel, syscalls: Syscalls, parameters: Program['bound']['kernel']['parameters']): void {
  const pid = kernel.nextPid;
  const root = kernel.spawn({ name: 'modprobe' });
  for (const { module, name, value } of parameters)
    syscalls.echo(root, `/sys/module/${module}/parameters/${name}`, value);
  kernel.processes.delete(root.name);
  kernel.nextPid = pid;
}
