import type { JournalOwner } from '../history';
import type { Kernel } from '../kernel';
import type { FrameVariable, NextStatement, Performed, ScenarioFrame, StepReport, Value } from '../scenario';
import { Breakpoints } from './breakpoints';
import { DataBreakpoints } from './data-breakpoints';
import type { FilterId } from './exceptions';
import { Inside } from './inside';
import type { Runnable, ScenarioText } from './runnable';
import { isBackwards, mayEnd, stepped, type MoveKind, type Stop } from './stop';
import { StopFinder } from './stop-finder';
import { Steps } from './steps';
import type { Timeline } from './timeline';
import type { KernelFrame, Walk } from './walk';
import type { Explanation } from './why/explanation';
import { explainStep } from './why/why';

/** What the engine tells while it runs. */
export interface EngineListener {
  /** A step was run for the first time. */
  ran(report: StepReport, statement: NextStatement): void;
  /** A logpoint was passed, or a condition has no value. */
  logged(text: string, statement: NextStatement): void;
}

export interface EngineOptions {
  readonly requestNames: ReadonlySet<string>;
  /** Lets other things happen between two slices of a long run. Default: one turn of the event loop. */
  readonly breathe?: () => Promise<void>;
}

/** Where the engine stands. */
export interface Standing {
  /** How many steps lie behind. */
  readonly step: number;
  /** How many steps have been run in all. */
  readonly known: number;
  /** Oldest step that can be gone back to. */
  readonly first: number;
  /** Steps that have been run lie ahead. */
  readonly past: boolean;
  /** Inside of a call. */
  readonly inside: boolean;
}

/** A slice of a run, in milliseconds: short enough that a pause is felt at once. */
const sliceMs = 12;
/** Looking at the clock costs as much as a small step. */
const stepsPerLook = 64;
/** More writes than this between two stops are "everything changed". */
const mostChanges = 200_000;

/**
 * Runs a scenario in both directions. There is one loop; what differs between the ways to move is a direction and a
 * predicate.
 *
 * Steps that have been run are known (see {@link Timeline}), so that going through them is a search, and the simulated
 * world moves only when somebody looks. A stop is always before a statement: one whose call fails is shown with what
 * it will answer, so that Step Into can walk through the reasons.
 */
export class Engine {
  readonly breakpoints: Breakpoints;
  readonly dataBreakpoints: DataBreakpoints;
  private readonly steps: Steps;
  private readonly finder: StopFinder;
  private at = 0;
  private inside: Inside | null = null;
  /** What went wrong in the step ahead has been told. */
  private told = false;
  private pauseWanted = false;
  private stopWanted = false;
  private busy = false;
  /** Positions of the journal at the last two stops. */
  private before = 0;
  private now = 0;
  private changedNow: ReadonlySet<JournalOwner> | null = null;
  private readonly breathe: () => Promise<void>;

  constructor(
    private readonly runnable: Runnable,
    /** Where breakpoints can be. */
    readonly text: ScenarioText,
    listener: EngineListener,
    options: EngineOptions,
  ) {
    this.breakpoints = new Breakpoints((uri) => text.statements(uri), options.requestNames);
    this.dataBreakpoints = new DataBreakpoints(() => this.breakpoints.newId());
    this.steps = new Steps(runnable, (report, statement) => listener.ran(report, statement));
    this.finder = new StopFinder(this.steps, this.breakpoints, this.dataBreakpoints, (text, statement) =>
      listener.logged(text, statement),
    );
    this.breathe = options.breathe ?? (() => new Promise((resolve) => setTimeout(resolve, 0)));
    this.before = this.now = runnable.journal.position;
  }

  get timeline(): Timeline {
    return this.steps.timeline;
  }

  get running(): boolean {
    return this.busy;
  }

  get standing(): Standing {
    const { first, last } = this.timeline;
    // Inside of the newest call, or before it when it has just told what went wrong, nobody has gone back.
    const past = this.inside === null && !this.told ? this.at < last : this.at + 1 < last;
    return { step: this.at, known: last, first, past, inside: this.inside !== null };
  }

  /** Whether there is a way back at all. */
  get remembers(): boolean {
    return this.steps.remembers;
  }

  /** The statement that comes next, or that is being walked through; null at the end. */
  get statement(): NextStatement | null {
    return this.timeline.statementOf(this.at);
  }

  /** Which exceptions stop, with their conditions (empty: always). */
  setFilters(wanted: ReadonlyMap<FilterId, string>): void {
    this.finder.setFilters(wanted);
  }

  /** Asks the run to stand still as soon as it can. */
  pause(): void {
    this.pauseWanted = true;
  }

  /** Asks the run to end: the promise of `move` comes back with the reason `pause`. */
  halt(): void {
    this.stopWanted = true;
  }

  /** Whether a breakpoint stands at the very first statement, which no move arrives at. */
  get atFirst(): Stop | undefined {
    return this.at === 0 ? this.reached() : undefined;
  }

  /** Moves until there is a reason to stop. Only one move at a time. */
  async move(kind: MoveKind): Promise<Stop> {
    if (this.busy) throw new Error('The scenario is running');
    this.busy = true;
    this.pauseWanted = false;
    try {
      return await this.moveNow(kind);
    } finally {
      this.busy = false;
      this.arrived();
    }
  }

  // ---- looking

  /** Calls `read` with the simulated world standing at the present moment. */
  inspect<T>(read: () => T): T {
    this.sync();
    return read();
  }

  /** What differs between the last stop and this one; empty when that is too much to say anything. */
  get changed(): ReadonlySet<JournalOwner> {
    if (this.changedNow !== null) return this.changedNow;
    const from = Math.min(this.before, this.now);
    const to = Math.max(this.before, this.now);
    const owners = new Set<JournalOwner>();
    if (to - from <= mostChanges) {
      for (const { owner } of this.runnable.journal.changes(from, to)) owners.add(owner);
    }
    return (this.changedNow = owners);
  }

  /** The kernel as it stands; null before the first test. */
  get kernel(): Kernel | null {
    this.sync();
    return this.runnable.kernel;
  }

  /** The kernel wherever the journal stands: for what is done in the middle of a search or a change. */
  get liveKernel(): Kernel | null {
    return this.runnable.kernel;
  }

  /** Frames of the scenario, innermost first. */
  scenarioFrames(processName?: string): readonly ScenarioFrame[] {
    return this.beforeStatement(() => this.runnable.frames(processName));
  }

  variables(frame: ScenarioFrame): readonly FrameVariable[] {
    return this.beforeStatement(() => frame.variables());
  }

  /** Functions of the kernel, innermost first, while inside of a call. */
  kernelFrames(): readonly KernelFrame[] {
    return this.inside === null ? [] : this.inside.walk.frames(this.inside.index);
  }

  /** The call that is being walked through. */
  get insideOf(): Walk | null {
    return this.inside?.walk ?? null;
  }

  /**
   * The value of an expression without effects.
   * @throws Error with a message for people
   */
  evaluate(expression: string, frame?: ScenarioFrame): Value {
    return this.beforeStatement(() => this.runnable.journal.rehearse(() => this.runnable.evaluate(expression, frame)));
  }

  /** The statement of the step that wrote the journal's entry at `position`. */
  writerOf(position: number): NextStatement | undefined {
    const step = this.timeline.stepWriting(position);
    return step === undefined ? undefined : (this.timeline.statementOf(step) ?? undefined);
  }

  /** Who wrote something last, seen from the present moment: position of the journal, step and statement. */
  lastWrite(
    owner: JournalOwner,
    key: unknown,
  ): { readonly position: number; readonly step: number; readonly statement: NextStatement | null } | undefined {
    this.sync();
    const position = this.runnable.journal.lastWrite(owner, key);
    const step = position === undefined ? undefined : this.timeline.stepWriting(position);
    if (position === undefined || step === undefined) return undefined;
    return { position, step, statement: this.timeline.statementOf(step) };
  }

  /**
   * Why the last calls went as they did: those of the step that a person has just been told about, that is being
   * walked through, or that lies behind.
   */
  why(): Explanation | undefined {
    const step = this.told || this.inside !== null ? this.at : this.at - 1;
    if (step < this.timeline.first || !this.remembers) return undefined;
    const detail = this.steps.detailOf(step);
    this.steps.goto(step);
    return explainStep(detail, this.runnable.kernel);
  }

  // ---- going to a moment

  /** The known steps nearest to this one that stand on a line. */
  momentsAt(uri: string, line: number): { before?: number; after?: number } {
    return this.timeline.near(this.at, (statement) => statement.uri === uri && statement.range.start.line === line);
  }

  /**
   * Goes to the moment before a step that has been run.
   * @throws RangeError when the step is not known, or forgotten
   */
  goto(step: number): Stop {
    if (!this.remembers) throw new RangeError('There is no history to go back through');
    if (step < this.timeline.first) throw new RangeError('This moment was forgotten to save memory');
    if (step > this.timeline.last) throw new RangeError('This moment has not come yet');
    this.at = step;
    this.inside = null;
    this.told = false;
    this.arrived();
    return { reason: 'goto', breakpoints: [] };
  }

  /** The step that the journal's position belongs to, as {@link goto} takes it. */
  stepAt(position: number): number | undefined {
    return this.timeline.stepWriting(position);
  }

  /** Goes back to the first statement of a function that is active. @param level 0: the innermost */
  restartFrame(level: number): Stop {
    const depth = this.timeline.depthOf(this.at) - level;
    const test = this.statement?.testName;
    let step = this.at;
    while (step > this.timeline.first) {
      const before = step - 1;
      if (this.timeline.depthOf(before) < depth || this.timeline.statementOf(before)?.testName !== test) break;
      step = before;
    }
    return this.goto(step);
  }

  // ---- changing the course of things

  /** How many known steps are forgotten when something is changed now. */
  get ahead(): number {
    return this.timeline.last - this.at - (this.told ? 1 : 0);
  }

  /**
   * Makes calls and assignments now. They become a step of their own; what lay ahead is forgotten.
   * @throws Error with a message for people
   */
  perform(text: string, frame?: ScenarioFrame): Performed {
    let performed: Performed | undefined;
    const act = (): StepReport => (performed = this.runnable.perform(text, frame)).report;
    this.intervene(act);
    return performed!;
  }

  /** Changes simulated state directly, as a debugger's memory window does. */
  intervene(act: () => StepReport): StepReport {
    if (this.inside !== null) throw new Error('Step out of the call first');
    if (!this.remembers) throw new Error('Without history nothing can be changed');
    const { report, changed } = this.steps.insert(this.at, this.pseudoStatement(), act);
    if (changed) {
      this.at++;
      this.told = false;
    }
    this.arrived();
    return report;
  }

  /** Statements on a line that can come next instead of this one. */
  jumpTargets(uri: string, line: number): readonly number[] {
    return this.beforeStatement(() => this.runnable.jumpTargets(uri, line));
  }

  /** Lets another statement come next; what lies between is not done, and what lay ahead is forgotten. */
  jump(target: number): Stop {
    this.intervene(() => {
      this.runnable.jump(target);
      return { calls: [], printed: [], failures: [] };
    });
    return { reason: 'goto', breakpoints: [] };
  }

  // ---- the loop

  private async moveNow(kind: MoveKind): Promise<Stop> {
    if (this.inside !== null) {
      const stop = this.moveInside(kind, this.inside);
      if (stop !== undefined) return stop;
    } else if ((kind === 'into' && this.stepInside()) || (kind === 'backInto' && this.stepBackInside())) {
      return stepped;
    }
    return this.run(kind);
  }

  /** The one loop. */
  private async run(kind: MoveKind): Promise<Stop> {
    const backwards = isBackwards(kind);
    const start = this.timeline.depthOf(this.at);
    const arrived = (): boolean => mayEnd(kind, this.timeline.depthOf(this.at), start);
    const skip = this.skipping(kind);
    let sliceEnd = performance.now() + sliceMs;
    for (let count = 1; ; count++) {
      skip();
      const stop = (backwards ? this.backward() : this.forward()) ?? this.reached();
      if (stop !== undefined) return stop;
      if (arrived()) return stepped;
      if (count % stepsPerLook !== 0 || performance.now() < sliceEnd) continue;
      await this.breathe();
      if (this.pauseWanted || this.stopWanted) return { reason: 'pause', breakpoints: [] };
      sliceEnd = performance.now() + sliceMs;
    }
  }

  /** Passes over known steps at which nothing can ask for a stop. */
  private skipping(kind: MoveKind): () => void {
    const { finder, timeline } = this;
    if ((kind !== 'continue' && kind !== 'reverse') || !this.remembers || finder.looksInside) return () => undefined;
    const { table, flags } = finder.interest;
    if (kind === 'reverse') {
      return () => {
        const { first } = timeline;
        if (this.at <= first + 1) return;
        this.at = timeline.search(this.at - 1, first, table, flags) + 1;
      };
    }
    return () => {
      const { last } = timeline;
      if (this.told || this.at >= last - 1 || timeline.flagsOf(this.at) !== 0) return;
      this.at = timeline.search(this.at + 1, last, table, flags) - 1;
    };
  }

  /** One step forward, run or known. A stop means that the step has something to tell and has not been left. */
  private forward(): Stop | undefined {
    if (this.at === this.timeline.last) {
      if (this.statement === null) return { reason: 'end', breakpoints: [] };
      this.sync();
      this.steps.run(this.breakpoints.onKernelFunctions.length > 0);
    }
    // A step that outgrew the whole journal cannot be gone back to.
    const reachable = this.at >= this.timeline.first;
    const stop = this.told || !reachable ? undefined : this.happened(this.at, 1);
    if (stop !== undefined && this.remembers && stop.reason !== 'data breakpoint') {
      this.told = this.inside === null;
      return stop;
    }
    this.at++;
    this.told = false;
    if (!this.remembers) this.timeline.dropStepsBefore(this.at);
    return stop;
  }

  private backward(): Stop | undefined {
    if (this.at === this.timeline.first) {
      return { reason: this.at === 0 ? 'start' : 'horizon', breakpoints: [] };
    }
    this.at--;
    this.told = false;
    const stop = this.happened(this.at, -1);
    this.told = stop !== undefined && stop.reason !== 'data breakpoint' && this.inside === null;
    return stop;
  }

  private happened(step: number, direction: 1 | -1): Stop | undefined {
    const within = this.finder.insideStep(step, direction);
    if (within === undefined) return this.finder.happened(step);
    this.inside = new Inside(within.detail, within.index);
    return within.stop;
  }

  /** Breakpoints at the statement that has been arrived at. */
  private reached(): Stop | undefined {
    return this.inside === null ? this.finder.reached(this.at) : undefined;
  }

  // ---- inside of calls

  /** Step Into a statement that calls the kernel: false when there is nothing to walk through. */
  private stepInside(): boolean {
    const { statement, steps, timeline } = this;
    if (statement === null || statement.calls.length === 0 || !this.remembers) return false;
    const detail = steps.detailOf(this.at);
    if (detail.events.length === 0) return false;
    if (this.at === timeline.last) {
      this.sync();
      steps.run(false);
      steps.keep(detail);
    }
    if (this.at < timeline.first) return false;
    this.inside = new Inside(detail, 0);
    return true;
  }

  /** The mirror of {@link stepInside}: to the last decision of the statement before. */
  private stepBackInside(): boolean {
    const step = this.at - 1;
    if (!this.remembers || step < this.timeline.first) return false;
    if ((this.timeline.statementOf(step)?.calls.length ?? 0) === 0) return false;
    const detail = this.steps.detailOf(step);
    if (detail.events.length === 0) return false;
    this.at = step;
    this.told = false;
    this.inside = new Inside(detail, detail.events.length - 1);
    return true;
  }

  /** Moves among the kernel's decisions; undefined when the move leads out of the call and goes on. */
  private moveInside(kind: MoveKind, inside: Inside): Stop | undefined {
    let stopping: number[] = [];
    const to = inside.destination(kind, (index) => {
      stopping = this.finder.atDecision(inside.walk.detail, index);
      return stopping.length > 0;
    });
    if (to >= 0) {
      this.inside = inside.at(to);
      return stopping.length === 0 ? stepped : { reason: 'function breakpoint', breakpoints: stopping };
    }
    this.inside = null;
    if (!isBackwards(kind)) return this.leaveForward(kind);
    return kind === 'reverse' ? undefined : stepped;
  }

  /** The walk's last decision lies behind: the statement is done. */
  private leaveForward(kind: MoveKind): Stop | undefined {
    const stop = this.told ? undefined : this.finder.happened(this.at);
    if (stop !== undefined && stop.reason !== 'data breakpoint') {
      this.told = true;
      return stop;
    }
    this.at++;
    this.told = false;
    return stop ?? this.reached() ?? (kind === 'continue' ? undefined : stepped);
  }

  // ---- where the simulated world stands

  /** What a person did at this moment, as a statement among the others. */
  private pseudoStatement(): NextStatement {
    const here = this.statement ?? this.timeline.statementOf(Math.max(this.timeline.first, this.at - 1));
    return { ...(here ?? nowhere), calls: madeByHand };
  }

  /** A stop: notes what is to be compared with the one before. */
  private arrived(): void {
    this.sync();
    this.before = this.now;
    this.now = this.runnable.journal.position;
    this.changedNow = null;
  }

  /** Lets `read` see the scenario as it stood before the statement: half of it may be done inside of a call. */
  private beforeStatement<T>(read: () => T): T {
    this.sync();
    if (this.inside === null) return read();
    this.steps.goto(this.at);
    try {
      return read();
    } finally {
      this.sync();
    }
  }

  /** Brings the simulated world to the moment at which the engine stands. */
  private sync(): void {
    const { journal } = this.runnable;
    if (!journal.recording) return;
    const position = this.inside?.position ?? this.timeline.positionOf(this.at);
    if (journal.position !== position) journal.goto(position);
  }
}

/** Step Into leads into what a person did, as into any call. */
const madeByHand: NextStatement['calls'] = [{ name: 'debugger' }];

const nowhere: Omit<NextStatement, 'calls'> = {
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
  uri: '',
  processName: null,
  functionDepth: 0,
  testName: null,
};
