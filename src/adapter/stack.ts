import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  fields,
  hardwareChildren,
  kernelChildren,
  memoryReference,
  processChildren,
  variableItem,
  valueText,
  type Children,
  type Engine,
  type KernelFrame,
  type Walk,
} from '../debugger';
import type { Range, ScenarioFrame } from '../scenario';
import { baseName } from './host';
import { Handles } from './handles';

/** What a frame's number stands for. */
type FrameHandle =
  | { readonly kind: 'scenario'; readonly frame: ScenarioFrame; readonly level: number }
  | { readonly kind: 'kernel'; readonly frame: KernelFrame; readonly process: string | null };

/** The thread for what stands outside of processes. */
const scenarioThread = 1;

/** Lines and columns as the client counts them: from 0 or from 1. */
export interface Origin {
  line: number;
  column: number;
}

/** Threads, frames, and documents about the inside of calls. */
export class Stack {
  private readonly frames = new Handles<FrameHandle>();
  private readonly threads = new Map<string, number>();
  private readonly documents = new Map<number, string>();
  private readonly documentOf = new WeakMap<Walk, number>();

  constructor(
    private readonly engine: Engine,
    private readonly origin: Origin,
  ) {}

  /** The thread whose statement comes next. */
  get current(): number {
    const name = this.engine.statement?.processName ?? null;
    return name === null ? scenarioThread : this.threadOf(name);
  }

  /** Numbers of frames given out before mean nothing any more. */
  forget(): void {
    this.frames.clear();
  }

  list(): DebugProtocol.Thread[] {
    const { engine } = this;
    const threads = [{ id: scenarioThread, name: engine.statement?.testName ?? 'scenario' }];
    if (engine.kernel === null) return threads;
    for (const process of engine.kernel.processes.values()) {
      const state = !process.alive ? ' (ended)' : process.blocked === null ? '' : ` (waits ${process.blocked.reason})`;
      threads.push({ id: this.threadOf(process.name), name: process.name + state });
    }
    const own = engine.statement?.processName ?? null;
    if (own !== null && !threads.some(({ id }) => id === this.threadOf(own)))
      threads.push({ id: this.threadOf(own), name: own });
    return threads;
  }

  of(thread: number): DebugProtocol.StackFrame[] {
    if (thread !== this.current) return [this.idle(thread)];
    if (this.engine.statement === null) return [label('the scenario has ended')];
    return [
      ...this.kernelFrames(),
      ...this.engine.scenarioFrames().map((frame, level) => this.scenarioFrame(frame, level)),
    ];
  }

  scenarioFrameOf(id: number | undefined): ScenarioFrame | undefined {
    const handle = id === undefined ? undefined : this.frames.get(id);
    return handle?.kind === 'scenario' ? handle.frame : undefined;
  }

  /** How many functions lie between a frame of the scenario and the innermost one. */
  levelOf(id: number): number | undefined {
    const handle = this.frames.get(id);
    return handle?.kind === 'scenario' ? handle.level : undefined;
  }

  /** The process whose memory a frame means; without a frame, of the next statement. */
  processOf(id: number | undefined): string | null {
    const handle = id === undefined ? undefined : this.frames.get(id);
    if (handle === undefined) return this.engine.statement?.processName ?? null;
    return handle.kind === 'scenario' ? handle.frame.processName : handle.process;
  }

  scopes(id: number): { name: string; hint?: string; expensive: boolean; children: Children }[] {
    const handle = this.frames.get(id);
    if (handle === undefined) return [];
    const process = handle.kind === 'scenario' ? handle.frame.processName : handle.process;
    return [
      handle.kind === 'scenario' ? this.locals(handle.frame) : argumentsOf(handle.frame),
      ...this.processScope(process),
      ...this.kernelScope(),
    ];
  }

  document(reference: number): string | undefined {
    return this.documents.get(reference);
  }

  place(
    uri: string,
    { start, end }: Range,
  ): { source: DebugProtocol.Source; line: number; column: number; endLine: number; endColumn: number } {
    const { line, column } = this.origin;
    return {
      source: { name: baseName(uri), path: uri },
      line: start.line + line,
      column: start.character + column,
      endLine: end.line + line,
      endColumn: end.character + column,
    };
  }

  private threadOf(name: string): number {
    let id = this.threads.get(name);
    if (id === undefined) this.threads.set(name, (id = this.threads.size + scenarioThread + 1));
    return id;
  }

  private scenarioFrame(frame: ScenarioFrame, level: number): DebugProtocol.StackFrame {
    return {
      id: this.frames.add({ kind: 'scenario', frame, level }),
      name: frame.name,
      ...this.place(frame.uri, frame.range),
    };
  }

  private kernelFrames(): DebugProtocol.StackFrame[] {
    const walk = this.engine.insideOf;
    if (walk === null) return [];
    const source = this.documentSource(walk);
    const process = this.engine.statement?.processName ?? null;
    return this.engine.kernelFrames().map((frame) => ({
      id: this.frames.add({ kind: 'kernel', frame, process }),
      name: frame.name,
      source,
      line: walk.line(frame.event) + this.origin.line,
      column: this.origin.column,
    }));
  }

  private documentSource(walk: Walk): DebugProtocol.Source {
    let reference = this.documentOf.get(walk);
    if (reference === undefined) {
      reference = this.documents.size + 1;
      this.documents.set(reference, walk.text());
      this.documentOf.set(walk, reference);
    }
    return {
      name: `inside ${walk.callName}`,
      sourceReference: reference,
      origin: 'what the kernel did',
    };
  }

  /** Another process does nothing at the moment: says why. */
  private idle(thread: number): DebugProtocol.StackFrame {
    const name = [...this.threads].find(([, id]) => id === thread)?.[0];
    const process = name === undefined ? undefined : this.engine.kernel?.processes.get(name);
    if (process === undefined) return label('another process acts');
    if (!process.alive) return label('has ended');
    return label(process.blocked === null ? 'waits for its next line' : `waits ${process.blocked.reason}`);
  }

  private locals(frame: ScenarioFrame): { name: string; hint: string; expensive: boolean; children: Children } {
    const memory = this.memoryOf(frame.processName);
    const read = fields(() => this.engine.variables(frame).map((variable) => variableItem(variable, memory)));
    return { name: 'Locals', hint: 'locals', expensive: false, children: read };
  }

  /** Where numbers that are addresses of a process lead to. */
  private memoryOf(name: string | null): (address: bigint) => string | undefined {
    const process = name === null ? undefined : this.engine.kernel?.processes.get(name);
    return (address) => {
      if (process?.mm.areaOf(Number(address >> 12n)) === undefined) return undefined;
      return memoryReference({ space: 'user', name: process.name }, address);
    };
  }

  private processScope(name: string | null): { name: string; expensive: boolean; children: Children }[] {
    const process = name === null ? undefined : this.engine.kernel?.processes.get(name);
    if (process === undefined) return [];
    return [{ name: 'Process', expensive: true, children: processChildren(process) }];
  }

  private kernelScope(): { name: string; expensive: boolean; children: Children }[] {
    const { kernel } = this.engine;
    if (kernel === null) return [];
    return [
      { name: 'Kernel', expensive: true, children: kernelChildren(kernel) },
      { name: 'Hardware', expensive: true, children: hardwareChildren(kernel) },
    ];
  }
}

function argumentsOf(frame: KernelFrame): { name: string; hint: string; expensive: boolean; children: Children } {
  const items = Object.entries(frame.values).map(([name, value]) => ({ name, value: valueText(value) }));
  return { name: 'Arguments', hint: 'arguments', expensive: false, children: fields(() => items) };
}

function label(name: string): DebugProtocol.StackFrame {
  return { id: 0, name, line: 0, column: 0, presentationHint: 'label' };
}
