import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  Engine,
  EventRecorder,
  filters,
  textOfProgram,
  type Children,
  type FilterId,
  type Item,
  type MoveKind,
  type Stop,
} from '../debugger';
import { Journal } from '../history';
import { ioctls } from '../kernel';
import { Execution } from '../scenario';
import type { NextStatement, StepReport, Value } from '../scenario';
import type { ClientAbilities } from './context';
import { Failure } from './failure';
import type { Loaded } from './load';
import { Handles } from './handles';
import { lastWriteOf } from './last-write';
import { MemoryViews } from './memory-views';
import { Output } from './output';
import type { ChangedEvent, LastWriteAnswer, LastWriteArguments, LaunchArguments } from './requests';
import { Stack, type Origin } from './stack';
import { WatchIds } from './watch-ids';

/** How the adapter speaks to its client. */
export interface Channel {
  send(event: string, body?: unknown): void;
  /** Does `act` once the answer to the present request is on its way. */
  afterAnswer(act: () => void): void;
}

/** Journal entries that are kept for going back: about 1 GB when all are used, some million steps. */
const historyLimit = 16 * 1024 * 1024;

const requestNames: ReadonlySet<string> = new Set(ioctls.keys());

/** What a variables reference stands for. */
export interface Shown {
  readonly children: Children;
  /** The frame that its expressions are seen from. */
  readonly frame: number | undefined;
}

/** Where `goto` can go. */
export type Target =
  | { readonly kind: 'moment'; readonly step: number }
  /** Another statement comes next; what lies between is left out. */
  | { readonly kind: 'jump'; readonly statement: number };

/** One launched scenario. */
export class Run {
  readonly engine: Engine;
  readonly stack: Stack;
  readonly variables = new Handles<Shown>();
  readonly targets = new Handles<Target>();
  readonly watches: WatchIds;
  readonly memory: MemoryViews;
  /** What the timeline shows. */
  readonly events = new EventRecorder();
  /** Why it stands still; null while it runs. */
  stop: Stop | null = null;
  private readonly output: Output;
  private over = false;
  /** Items that were shown, by their reference and name. */
  private readonly items = new Map<number, Map<string, Item>>();
  /** A change of the past that a person has been warned of. */
  private warned = '';

  constructor(
    loaded: Loaded,
    private readonly args: LaunchArguments,
    private readonly channel: Channel,
    origin: Origin,
    private readonly client: ClientAbilities,
  ) {
    const journal = new Journal({ limit: historyLimit, recording: args.noHistory !== true && args.noDebug !== true });
    const execution = new Execution(journal, loaded.program, args.test === undefined ? {} : { tests: [args.test] });
    this.output = new Output(
      (body) => channel.send('output', body),
      (uri, range) => {
        // What is typed in the console stands in no file.
        if (uri === '') return {};
        const { source, line, column } = this.stack.place(uri, range);
        return { source, line, column };
      },
    );
    const listener = {
      ran: (report: StepReport, statement: NextStatement) => {
        this.output.report(report, statement);
        this.events.note(report, statement, this.engine.timeline.last - 1, execution.kernel);
      },
      logged: this.output.logged.bind(this.output),
    };
    this.engine = new Engine(execution, textOfProgram(loaded.program), listener, { requestNames });
    this.stack = new Stack(this.engine, origin);
    this.watches = new WatchIds(
      this.engine,
      (reference, name) => this.item(reference, name),
      (frame) => this.stack.processOf(frame),
    );
    this.memory = new MemoryViews(this.engine, (body) => {
      if (client.memoryEvents) channel.send('memory', body);
    });
    if (args.noDebug === true) this.setFilters(new Map());
  }

  /** After the client has set its breakpoints. */
  begin(): void {
    if (this.args.stopOnEntry === true && this.args.noDebug !== true)
      this.stopped({ reason: 'entry', breakpoints: [] });
    else {
      const first = this.args.noDebug === true ? undefined : this.engine.atFirst;
      if (first === undefined) this.move('continue');
      else this.stopped(first);
    }
  }

  setFilters(wanted: ReadonlyMap<FilterId, string>): void {
    this.engine.setFilters(wanted);
  }

  /** Starts to move; a `stopped` event tells when it is done. */
  move(kind: MoveKind): void {
    this.stop = null;
    void this.engine.move(kind).then((stop) => {
      if (this.over) return;
      if (stop.reason === 'end' && !(this.args.stopAtEnd === true && kind === 'continue')) this.end();
      else this.stopped(stop);
    });
  }

  /** Stands at a moment that was gone to at once. */
  arrive(stop: Stop): void {
    if (!this.over) this.stopped(stop);
  }

  /** Keeps what was shown, so that it can be asked about by its name. */
  remember(reference: number, items: readonly Item[]): void {
    let known = this.items.get(reference);
    if (known === undefined) this.items.set(reference, (known = new Map<string, Item>()));
    for (const item of items) known.set(item.name, item);
  }

  /** What was shown under a reference; read now when it was not. */
  item(reference: number, name: string): Item | undefined {
    const known = this.items.get(reference)?.get(name);
    if (known !== undefined) return known;
    const children = this.variables.get(reference)?.children;
    if (children === undefined) return undefined;
    const all = this.engine.inspect(() => children.read({ start: 0, count: Number.MAX_SAFE_INTEGER }));
    return all.find((item) => item.name === name);
  }

  /** Where one can go on a line: moments that were, and statements that can come next. */
  destinations(uri: string, line: number): { id: number; label: string }[] {
    const { engine, targets } = this;
    const found: { id: number; label: string }[] = [];
    const { before, after } = engine.momentsAt(uri, line);
    if (before !== undefined) {
      const id = targets.add({ kind: 'moment', step: before });
      found.push({ id, label: `Back to when it last ran (step ${before})` });
    }
    if (after !== undefined) {
      const id = targets.add({ kind: 'moment', step: after });
      found.push({ id, label: `Forward to when it runs again (step ${after})` });
    }
    for (const statement of engine.jumpTargets(uri, line)) {
      const id = targets.add({ kind: 'jump', statement });
      found.push({ id, label: 'Go on from here, leaving out what lies between' });
    }
    return found;
  }

  /**
   * A change in the past drops what lies ahead: the first attempt says so, the second does it.
   * @throws Failure with the notice
   */
  confirmFork(what: string): void {
    const { ahead } = this.engine;
    const key = `${this.engine.standing.step} ${what}`;
    if (ahead <= 0 || this.warned === key) return;
    this.warned = key;
    const steps = ahead === 1 ? '1 step that lies ahead' : `${ahead} steps that lie ahead`;
    throw new Failure(`This is the past: a change here drops the ${steps}. Do it once more to go on.`, true);
  }

  /** Makes calls and assignments now. @throws Failure when they cannot be made */
  perform(text: string, frame: number | undefined): Value | undefined {
    this.confirmFork(text);
    const { report, value } = this.engine.perform(text, this.stack.scenarioFrameOf(frame));
    this.intervened(report);
    if (report.error !== undefined) throw new Failure(report.error.message);
    return value;
  }

  /** Changes simulated state directly. */
  intervene(what: string, act: () => void): void {
    this.confirmFork(what);
    const report = this.engine.intervene(() => {
      act();
      return { calls: [], printed: [], failures: [] };
    });
    this.intervened(report);
  }

  /** Who wrote something last. */
  lastWrite(args: LastWriteArguments): LastWriteAnswer {
    return lastWriteOf(this, args);
  }

  /** The client sees what was changed by hand. */
  private intervened(report: StepReport): void {
    const statement = this.engine.statement;
    if (statement !== null) this.output.report({ ...report, failures: [] }, statement);
    const { channel } = this;
    channel.afterAnswer(() => {
      if (this.client.invalidated) channel.send('invalidated', { areas: ['all'] });
      this.memory.refresh();
      this.tellMoment();
    });
  }

  private tellMoment(): void {
    const { step, past } = this.engine.standing;
    this.channel.send('vfioLab/changed', { position: step, past, text: this.progress } satisfies ChangedEvent);
  }

  /** Ends the run, however far it is. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.engine.halt();
    this.output.stopped();
    this.output.summary();
    this.channel.send('exited', { exitCode: this.output.good ? 0 : 1 });
    this.channel.send('terminated');
  }

  /** Ends the run without a word: another one takes its place, or nobody listens. */
  abandon(): void {
    this.over = true;
    this.engine.halt();
  }

  private stopped(stop: Stop): void {
    this.stop = stop;
    this.stack.forget();
    this.variables.clear();
    this.targets.clear();
    this.items.clear();
    this.output.stopped();
    const { past } = this.engine.standing;
    const description = describe(stop, this.engine);
    const body: DebugProtocol.StoppedEvent['body'] = {
      reason: reasonOf(stop),
      description: past ? `${description}, in the past` : description,
      threadId: this.stack.current,
      allThreadsStopped: true,
    };
    const text = stop.exception?.title ?? stop.text ?? (past ? this.progress : undefined);
    if (text !== undefined) body.text = text;
    if (stop.breakpoints.length > 0) body.hitBreakpointIds = [...stop.breakpoints];
    this.channel.send('stopped', body);
    this.tellMoment();
    this.memory.refresh();
  }

  /** `step 12 of 40`. */
  private get progress(): string {
    const { step, known } = this.engine.standing;
    return step === known ? `step ${step}` : `step ${step} of ${known}`;
  }
}

/** DAP's word for the reason. */
function reasonOf(stop: Stop): string {
  switch (stop.reason) {
    case 'start':
    case 'horizon':
    case 'end':
      return 'step';
    case 'entry':
    case 'step':
    case 'goto':
    case 'data breakpoint':
    case 'breakpoint':
    case 'function breakpoint':
    case 'exception':
    case 'pause':
      return stop.reason;
  }
}

/** What a stop is called, outside of calls. */
const descriptions: Readonly<Record<Exclude<Stop['reason'], 'exception'>, string>> = {
  entry: 'Before the first statement',
  step: 'After a step',
  breakpoint: 'At a breakpoint',
  'data breakpoint': 'After a change',
  goto: 'At the chosen moment',
  'function breakpoint': 'At a call',
  pause: 'Paused',
  start: 'At the beginning: there is nothing further back',
  horizon: 'At the horizon: what lies further back was forgotten to save memory',
  end: 'The scenario has ended',
};

function describe(stop: Stop, engine: Engine): string {
  if (stop.reason === 'exception') return describeException(stop);
  if (engine.statement === null) return descriptions.end;
  if (engine.standing.inside && stop.reason === 'step') return 'Inside a call';
  if (engine.standing.inside && stop.reason === 'function breakpoint') return 'At a function of the kernel';
  return descriptions[stop.reason];
}

function describeException({ exception }: Stop): string {
  if (exception === undefined) return 'Something failed';
  switch (exception.id) {
    case 'expectation':
      return 'An expectation fails';
    case 'scenario':
      return 'The scenario cannot go on';
    case 'WARNING':
      return 'The kernel warns';
    case 'DMA fault':
      return 'The IOMMU stops a DMA';
    case 'blocked':
    case 'waits':
      return 'A call blocks';
    default:
      return `A call fails with ${exception.id}`;
  }
}

/** The filters that a client asks for; unknown ones are left out. */
export function wantedFilters(args: DebugProtocol.SetExceptionBreakpointsArguments): Map<FilterId, string> {
  const wanted = new Map<FilterId, string>();
  const known = (id: string): FilterId | undefined => filters.find((filter) => filter.id === id)?.id;
  for (const name of args.filters) {
    const id = known(name);
    if (id !== undefined) wanted.set(id, '');
  }
  for (const { filterId, condition } of args.filterOptions ?? []) {
    const id = known(filterId);
    if (id !== undefined) wanted.set(id, condition ?? '');
  }
  return wanted;
}
