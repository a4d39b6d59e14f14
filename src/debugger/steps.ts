import type { StoryEvent } from '../kernel';
import type { NextStatement, StepReport } from '../scenario';
import { flagsOf } from './exceptions';
import type { Runnable } from './runnable';
import { Timeline } from './timeline';
import type { StepDetail } from './walk';

/** What is told about a step that runs for the first time. */
export type Ran = (report: StepReport, statement: NextStatement) => void;

/** What came of something that a person did. */
export interface Inserted {
  readonly report: StepReport;
  /** Whether it is a step now: otherwise nothing was written, and nothing was forgotten. */
  readonly changed: boolean;
}

/**
 * The steps of a run: runs the next one, remembers where each stands in the journal, and tells past ones again in every
 * detail by running them and taking that back.
 */
export class Steps {
  readonly timeline = new Timeline();
  /** The last step looked at in detail. */
  private detail: StepDetail | null = null;
  /** Steps that a person made: what they do instead of the scenario's statement. */
  private readonly made = new Map<number, () => StepReport>();

  constructor(
    readonly runnable: Runnable,
    private readonly ran: Ran,
  ) {
    this.timeline.push(runnable.journal.position, runnable.next);
  }

  /** Whether there is a way back at all. */
  get remembers(): boolean {
    return this.runnable.journal.recording;
  }

  /** Brings the simulated world to the moment before a step. */
  goto(step: number): void {
    const position = this.timeline.positionOf(step);
    if (this.remembers && this.runnable.journal.position !== position) this.runnable.journal.goto(position);
  }

  /** Runs the newest step for the first time. @param listening keep what the kernel tells meanwhile */
  run(listening: boolean): void {
    const { runnable, timeline } = this;
    const step = timeline.last;
    const statement = timeline.statementOf(step)!;
    const events: StoryEvent[] = [];
    const report = this.listen(listening ? events : null, () => runnable.step());
    this.finish(step, report);
    this.detail = listening || !this.remembers ? { step, report, events } : null;
    this.ran(report, statement);
  }

  /**
   * Something that a person does at a moment: it becomes a step before the scenario's next one, and what lay ahead is
   * forgotten.
   */
  insert(step: number, statement: NextStatement, act: () => StepReport): Inserted {
    const { runnable, timeline } = this;
    this.goto(step);
    const before = runnable.journal.position;
    const events: StoryEvent[] = [];
    const report = this.listen(events, act);
    // Nothing was written: there is no new course of things.
    if (runnable.journal.position === before) return { report, changed: false };
    for (const later of this.made.keys()) if (later >= step) this.made.delete(later);
    timeline.fork(step, statement);
    this.made.set(step, act);
    this.finish(step, report);
    this.detail = { step, report, events };
    return { report, changed: true };
  }

  /** What a step does, told in every detail: it is run and taken back. */
  detailOf(step: number): StepDetail {
    if (this.detail?.step === step) return this.detail;
    const { runnable } = this;
    this.goto(step);
    const events: StoryEvent[] = [];
    const act = this.made.get(step) ?? (() => runnable.step());
    const report = runnable.journal.rehearse(() => this.listen(events, act));
    return (this.detail = { step, report, events });
  }

  /** The details are known from elsewhere: they need not be worked out again. */
  keep(detail: StepDetail): void {
    this.detail = detail;
  }

  private finish(step: number, report: StepReport): void {
    const { runnable, timeline } = this;
    timeline.flag(step, flagsOf(report));
    timeline.push(runnable.journal.position, runnable.next);
    if (this.remembers) timeline.dropBefore(runnable.journal.horizon);
  }

  private listen<T>(events: StoryEvent[] | null, act: () => T): T {
    const story = this.runnable.kernel?.story;
    if (events === null || story === undefined) return act();
    story.listener = (event) => events.push(event);
    try {
      return act();
    } finally {
      story.listener = null;
    }
  }
}
