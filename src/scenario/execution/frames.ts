import type { Process } from '../../kernel';
import type { StatementInfo } from '../compile/program';
import type { FrameVariable, ScenarioFrame } from '../report';
import type { Value } from '../value';
import type { Execution } from './execution';

/** A frame that knows where its values lie. */
export class ExecutionFrame implements ScenarioFrame {
  constructor(
    private readonly x: Execution,
    readonly statement: StatementInfo,
    /** Start of its cells. */
    readonly base: number,
    readonly process: Process | null,
  ) {}

  get name(): string {
    const { functionName, testName, uri } = this.statement;
    return functionName ?? testName ?? uri.slice(uri.lastIndexOf('/') + 1);
  }

  get range(): ScenarioFrame['range'] {
    return this.statement.range;
  }

  get uri(): string {
    return this.statement.uri;
  }

  get processName(): string | null {
    return this.process?.name ?? null;
  }

  variables(): FrameVariable[] {
    const found: (FrameVariable & { order: number })[] = [];
    for (const [name, { slot, global }] of this.statement.scope.all()) {
      const key = global ? slot : this.base + slot;
      const value = this.x.cells.get(key) as Value | undefined;
      if (value !== undefined) found.push({ name, value, order: slot, cell: { owner: this.x.cells, key } });
    }
    return found.sort((a, b) => a.order - b.order).map(({ name, value, cell }) => ({ name, value, cell }));
  }
}

/** The active functions, innermost first, then the test or file. */
export function framesOf(x: Execution): ExecutionFrame[] {
  const frames: ExecutionFrame[] = [];
  let { statement, base, process } = x;
  while (statement !== null) {
    frames.push(new ExecutionFrame(x, statement, base, process));
    if (base === 0) break;
    statement = x.program.statements[x.cells.get(base + 2) as number] ?? null;
    process = x.cells.get(base + 3) as Process | null;
    base = x.cells.get(base + 1) as number;
  }
  return frames;
}
