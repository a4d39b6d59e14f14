import { errnoName, type StoryEvent } from '../kernel';
import type { StepReport } from '../scenario';

/** What a step did, and what the kernel told meanwhile. */
export interface StepDetail {
  readonly step: number;
  readonly report: StepReport;
  readonly events: readonly StoryEvent[];
}

/** A function of the kernel in the middle of a call. */
export interface KernelFrame {
  /** Its real name: `vfio_dma_do_map`. */
  readonly name: string;
  readonly values: Readonly<Record<string, string | number | bigint | boolean>>;
  /** Index of the event that it stands at. */
  readonly event: number;
}

interface Activation {
  readonly name: string;
  readonly begin: number;
  readonly depth: number;
  /** Index of the last event that is its own. */
  end: number;
  refused: number | undefined;
}

/**
 * The inside of one step: the kernel's decisions in their order, with the functions that they were made in.
 * The state at each is that of the journal at the event's position.
 */
export class Walk {
  private readonly activations: readonly Activation[];
  /** For each event, how many kernel functions stand on the stack (at least 1, the function of an enter included). */
  private readonly depths: readonly number[];

  constructor(readonly detail: StepDetail) {
    this.activations = activationsOf(detail.events);
    const depths = new Array<number>(detail.events.length).fill(0);
    for (const { begin, end } of this.activations) for (let i = begin; i <= end; i++) depths[i]!++;
    this.depths = depths;
  }

  get length(): number {
    return this.detail.events.length;
  }

  event(index: number): StoryEvent {
    return this.detail.events[index]!;
  }

  depth(index: number): number {
    return this.depths[index] ?? 0;
  }

  /** Innermost first; the outermost is the call itself, which may decide something before and after all functions. */
  frames(index: number): KernelFrame[] {
    const open = this.activations.filter(({ begin, end }) => begin <= index && index <= end);
    const frames = open.map(({ name, begin }, i) => {
      const entered = this.event(begin);
      return { name, values: entered.kind === 'enter' ? entered.values : {}, event: open[i + 1]?.begin ?? index };
    });
    return [{ name: this.callName, values: {}, event: open[0]?.begin ?? index }, ...frames].reverse();
  }

  /** `VFIO_IOMMU_MAP_DMA`, `open`. */
  get callName(): string {
    const call = this.detail.report.calls[0];
    return call?.request ?? call?.name ?? 'the kernel';
  }

  /** The document that a person reads while stepping: one line for each event below a heading. */
  text(): string {
    return [...this.heading(), ...this.detail.events.map((event, i) => lineOf(event, this.depth(i))), ''].join('\n');
  }

  /** Line of an event in {@link text}, from 0. */
  line(index: number): number {
    return this.heading().length + index;
  }

  private heading(): string[] {
    const { calls } = this.detail.report;
    return [...calls.map(({ process, text }) => `// ${process}: ${text}`), ''];
  }
}

/**
 * When each function begins and ends. A function that refuses may return without telling that it leaves: it ends with
 * the refusal then.
 */
function activationsOf(events: readonly StoryEvent[]): Activation[] {
  const all: Activation[] = [];
  const left = leavingFunctions(events);
  const stack: Activation[] = [];
  const close = (activation: Activation, end: number): void => {
    activation.end = end;
  };
  events.forEach((event, i) => {
    // A refusal ended the functions that never tell that they leave.
    while (stack.at(-1)?.refused !== undefined && !left.has(stack.at(-1)!.begin))
      close(stack.at(-1)!, stack.pop()!.refused!);
    if (event.kind === 'enter') {
      const activation = {
        name: event.name,
        begin: i,
        depth: stack.length + 1,
        end: events.length - 1,
        refused: undefined,
      };
      all.push(activation);
      stack.push(activation);
    } else if (event.kind === 'refuse') {
      const top = stack.at(-1);
      if (top !== undefined) top.refused = i;
    } else if (event.kind === 'leave') {
      while (stack.length > 0 && stack.at(-1)!.name !== event.name) close(stack.pop()!, i - 1);
      const own = stack.pop();
      if (own !== undefined) close(own, i);
    }
  });
  return all;
}

/** Indexes of the enter events whose function tells that it leaves. */
function leavingFunctions(events: readonly StoryEvent[]): Set<number> {
  const leaving = new Set<number>();
  const stack: { name: string; begin: number }[] = [];
  events.forEach((event, i) => {
    if (event.kind === 'enter') stack.push({ name: event.name, begin: i });
    if (event.kind !== 'leave') return;
    const at = stack.findLastIndex(({ name }) => name === event.name);
    if (at < 0) return;
    leaving.add(stack[at]!.begin);
    stack.length = at;
  });
  return leaving;
}

const indent = '  ';

function lineOf(event: StoryEvent, depth: number): string {
  const outer = indent.repeat(Math.max(0, depth - 1));
  switch (event.kind) {
    case 'enter':
      return `${outer}${event.name}(${valuesText(event.values)})`;
    case 'note':
      return `${outer}${indent}${event.text}`;
    case 'refuse':
      return `${outer}${indent}${event.text}  -> ${errnoName(event.errno) ?? event.errno}`;
    case 'leave':
      return `${outer}${indent}= ${answerText(event.answer)}`;
  }
}

/** Names and values as in a call. */
export function valuesText(values: KernelFrame['values']): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

/** Numbers from here on are addresses rather than counts. */
const hexFrom = 0x10000;

/** Addresses read best in hexadecimal. */
export function valueText(value: string | number | bigint | boolean): string {
  if (typeof value === 'number' && value >= hexFrom) return `0x${value.toString(16)}`;
  return typeof value === 'bigint' ? `0x${BigInt.asUintN(64, value).toString(16)}` : String(value);
}

/** An answer of a kernel function: a negative one with the name of its error. */
export function answerText(answer: number | bigint | undefined): string {
  if (answer === undefined) return 'done';
  if (answer < 0 && answer > -4096) return `-${errnoName(Number(answer)) ?? String(-answer)}`;
  return valueText(answer);
}
