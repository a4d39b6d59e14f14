import type { CallReport, NextStatement, Value } from '../scenario';
import { messageOf, type Breakpoint, type Breakpoints, type Moment, type Verdict } from './breakpoints';
import type { DataBreakpoints } from './data-breakpoints';
import { errnoList, explain, filters, namesOf, type FilterId } from './exceptions';
import { withNames } from './names';
import type { Steps } from './steps';
import type { Stop } from './stop';
import { StepFlag } from './timeline';
import type { StepDetail } from './walk';
import { isFault, isWarning, outcomeOf } from './why/why';

/** A stop inside of a call: at which of the kernel's decisions. */
export interface InnerStop {
  readonly stop: Stop;
  readonly detail: StepDetail;
  readonly index: number;
}

/** Finds reasons to stop: at statements, in what steps did, and at the kernel's decisions. Everything without effects. */
export class StopFinder {
  private readonly enabled = new Map<FilterId, string>(filters.filter(({ on }) => on).map(({ id }) => [id, '']));

  constructor(
    private readonly steps: Steps,
    private readonly breakpoints: Breakpoints,
    private readonly data: DataBreakpoints,
    private readonly logged: (text: string, statement: NextStatement) => void,
  ) {}

  /** Which exceptions stop, with their conditions (empty: always). */
  setFilters(wanted: ReadonlyMap<FilterId, string>): void {
    this.enabled.clear();
    for (const [id, condition] of wanted) this.enabled.set(id, condition.trim());
  }

  /** Whether every step must be looked into, so that there is no way to search for the next stop. */
  get looksInside(): boolean {
    return this.data.size > 0 || this.breakpoints.onKernelFunctions.length > 0;
  }

  /** The statements and the flags that may be a reason to stop. */
  get interest(): { readonly table: Uint8Array; readonly flags: number } {
    const { breakpoints } = this;
    let flags: number = StepFlag.scenarioError;
    for (const { id, flag } of filters) if (this.enabled.has(id)) flags |= flag;
    if (breakpoints.onLog.length > 0) flags |= StepFlag.logged;
    const table = this.steps.timeline.interest(
      (statement) => breakpoints.at(statement).length > 0 || breakpoints.onCallsOf(statement).length > 0,
    );
    return { table, flags };
  }

  /** Whether something in a step that has been run asks for a stop at its whole. */
  happened(step: number): Stop | undefined {
    return this.dataChanged(step) ?? this.logReached(step) ?? this.exceptionIn(step);
  }

  /** Breakpoints on functions of the kernel stop inside of the call. */
  insideStep(step: number, direction: 1 | -1): InnerStop | undefined {
    const { steps } = this;
    if (this.breakpoints.onKernelFunctions.length === 0 || !steps.remembers) return undefined;
    if ((steps.timeline.statementOf(step)?.calls.length ?? 0) === 0) return undefined;
    const detail = steps.detailOf(step);
    const { length } = detail.events;
    for (let index = direction > 0 ? 0 : length - 1; index >= 0 && index < length; index += direction) {
      const stopping = this.atDecision(detail, index);
      if (stopping.length > 0) return { stop: { reason: 'function breakpoint', breakpoints: stopping }, detail, index };
    }
    return undefined;
  }

  /** Breakpoints that stop at an event of the kernel. */
  atDecision(detail: StepDetail, index: number): number[] {
    const { onKernelFunctions } = this.breakpoints;
    const event = detail.events[index]!;
    if (onKernelFunctions.length === 0 || event.kind !== 'enter') return [];
    const hit = onKernelFunctions.filter(({ pattern }) => pattern?.kind === 'kernel' && pattern.name === event.name);
    const values = new Map<string, Value>();
    for (const [name, value] of Object.entries(event.values)) {
      values.set(name, typeof value === 'number' ? BigInt(value) : value);
    }
    return this.judge(hit, () => this.momentOf(detail.step, detail.report.calls[0], values), detail.step);
  }

  /** Breakpoints at the statement that has been arrived at. */
  reached(step: number): Stop | undefined {
    const statement = this.steps.timeline.statementOf(step);
    if (statement === null) return undefined;
    const onLine = this.judge(this.breakpoints.at(statement), () => this.momentOf(step), step);
    if (onLine.length > 0) return { reason: 'breakpoint', breakpoints: onLine };
    const onCalls = this.callsReached(step, statement);
    return onCalls.length === 0 ? undefined : { reason: 'function breakpoint', breakpoints: onCalls };
  }

  private exceptionIn(step: number): Stop | undefined {
    const { steps } = this;
    const flags = steps.timeline.flagsOf(step);
    if (flags === 0) return undefined;
    const wanted =
      (flags & StepFlag.scenarioError) !== 0 ||
      filters.some(({ id, flag }) => (flags & flag) !== 0 && this.filterHolds(id, step));
    if (!wanted) return undefined;
    const detail = steps.detailOf(step);
    steps.goto(step);
    const exception = explain(detail, steps.runnable.kernel);
    return { reason: 'exception', breakpoints: [], ...(exception === undefined ? {} : { exception }) };
  }

  private filterHolds(id: FilterId, step: number): boolean {
    const condition = this.enabled.get(id);
    if (condition === undefined) return false;
    if (condition === '') return true;
    const { calls } = this.steps.detailOf(step).report;
    const meant = calls.filter((call) => speaksOf(id, call));
    const names = errnoList(condition);
    if (names !== undefined) return meant.some(({ errno }) => errno !== undefined && names.includes(errno));
    if (meant.length === 0) return this.holds(condition, step, calls[0]);
    return meant.some((call) => this.holds(condition, step, call));
  }

  private holds(condition: string, step: number, call: CallReport | undefined): boolean {
    try {
      const value = this.momentOf(step, call).evaluate(condition);
      return value !== false && value !== 0n && value !== null;
    } catch (error) {
      this.logged(`Condition "${condition}": ${messageOf(error)}`, this.steps.timeline.statementOf(step)!);
      return false;
    }
  }

  private logReached(step: number): Stop | undefined {
    if ((this.steps.timeline.flagsOf(step) & StepFlag.logged) === 0) return undefined;
    const { onLog } = this.breakpoints;
    if (onLog.length === 0) return undefined;
    const { calls } = this.steps.detailOf(step).report;
    const hit = onLog.filter(({ pattern }) => {
      return pattern?.kind === 'log' && calls.some(({ log }) => log.some((line) => line.includes(pattern.text)));
    });
    const stop = this.judge(hit, () => this.momentOf(step, calls[0]), step);
    return stop.length === 0 ? undefined : { reason: 'function breakpoint', breakpoints: stop };
  }

  private dataChanged(step: number): Stop | undefined {
    const { data, steps } = this;
    if (data.size === 0 || !steps.remembers) return undefined;
    const { timeline, runnable } = steps;
    const touched = data.touched(runnable.journal, timeline.positionOf(step), timeline.positionOf(step + 1));
    if (touched.length === 0) return undefined;
    steps.goto(step);
    const before = touched.map(({ watch }) => watch.read());
    steps.goto(step + 1);
    const after = touched.map(({ watch }) => watch.read());
    const changed = touched.filter((_, i) => before[i] !== after[i]);
    const breakpoints = this.judge(
      changed.map(({ breakpoint }) => breakpoint),
      () => this.momentOf(step),
      step,
    );
    if (breakpoints.length === 0) return undefined;
    const at = touched.findIndex(({ breakpoint }) => breakpoints.includes(breakpoint.id));
    const text = `${touched[at]!.watch.label} changes from ${before[at]} to ${after[at]}`;
    return { reason: 'data breakpoint', breakpoints, text };
  }

  private callsReached(step: number, statement: NextStatement): number[] {
    const { breakpoints } = this;
    return breakpoints.onCallsOf(statement).flatMap((breakpoint) => {
      if (breakpoints.certain(breakpoint, statement)) return this.judge([breakpoint], () => this.momentOf(step), step);
      const calls = breakpoints.matching(breakpoint, this.steps.detailOf(step).report.calls);
      return calls.flatMap((call) => this.judge([breakpoint], () => this.momentOf(step, call), step)).slice(0, 1);
    });
  }

  /** Asks each breakpoint; tells what logpoints say. @returns the numbers of those that stop */
  private judge(reached: readonly Breakpoint[], moment: () => Moment, step: number): number[] {
    const stopping: number[] = [];
    for (const breakpoint of reached) {
      const verdict: Verdict = breakpoint.reached(moment());
      if (verdict.kind === 'stop') stopping.push(breakpoint.id);
      const text = verdict.kind === 'log' ? verdict.text : verdict.kind === 'pass' ? verdict.problem : undefined;
      if (text !== undefined) this.logged(text, this.steps.timeline.statementOf(step)!);
    }
    return stopping;
  }

  /** The moment before a step; with a call: with what it is given and answers. */
  private momentOf(step: number, call?: CallReport, more: ReadonlyMap<string, Value> = new Map()): Moment {
    const { steps } = this;
    const { runnable, timeline } = steps;
    return {
      evaluate: (expression) => {
        const own = call === undefined ? processOf(timeline.statementOf(step)) : namesOf(call);
        steps.goto(step);
        return runnable.evaluate(withNames(expression, new Map([...own, ...more])));
      },
    };
  }
}

function processOf(statement: NextStatement | null): Map<string, Value> {
  return new Map([['process', statement?.processName ?? '']]);
}

/** Whether a filter's condition is about this call. */
function speaksOf(id: FilterId, call: CallReport): boolean {
  switch (id) {
    case 'callFails':
    case 'expectationFails':
      return outcomeOf(call) !== '';
    case 'callBlocks':
      return call.result.blocked === true;
    case 'kernelWarning':
      return call.log.some(isWarning);
    case 'dmaFault':
      return call.log.some(isFault);
  }
}
