import { entity, Journal } from '../../src/history';
import type { Kernel } from '../../src/kernel';
import { Story } from '../../src/kernel/story';
import type { CallName, CallReport, NextStatement, ScenarioFrame, StepReport, Value } from '../../src/scenario';
import { Engine, type EngineOptions, type Runnable } from '../../src/debugger';

const at = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 10 } });

/** One statement of a fake scenario; it stands on the line of its index. */
export interface FakeStatement {
  readonly depth?: number;
  readonly calls?: readonly CallName[];
  readonly process?: string;
  /** What it does; may jump by setting `pc`. */
  run?(fake: FakeExecution): Partial<StepReport> | undefined;
}

class State extends entity({ pc: 0, x: 0n }) {}

/** A scenario without language and kernel: statements in a list, one number as its world. */
export class FakeExecution implements Runnable {
  readonly story: Story;
  readonly kernel: Kernel;
  readonly state: State;

  constructor(
    readonly statements: readonly FakeStatement[],
    readonly journal = new Journal(),
  ) {
    this.story = new Story(journal);
    this.kernel = { story: this.story } as unknown as Kernel;
    this.state = new State(journal);
  }

  get ended(): boolean {
    return this.state.pc >= this.statements.length;
  }

  get next(): NextStatement | null {
    const { pc } = this.state;
    const statement = this.statements[pc];
    if (statement === undefined) return null;
    return {
      range: at(pc),
      uri: 'fake.vfio',
      processName: statement.process ?? 'p',
      testName: null,
      calls: statement.calls ?? [],
      functionDepth: statement.depth ?? 0,
    };
  }

  step(): StepReport {
    const statement = this.statements[this.state.pc]!;
    this.state.pc++;
    return { calls: [], printed: [], failures: [], ...statement.run?.(this) };
  }

  frames(): readonly ScenarioFrame[] {
    const cell = { owner: { get: () => this.state.x, swap: this.state.swap.bind(this.state) }, key: 0 };
    const variables = () => [{ name: 'x', value: this.state.x, cell }];
    return [{ name: 'fake', range: at(this.state.pc), uri: 'fake.vfio', processName: 'p', variables }];
  }

  evaluate(expression: string): Value {
    const match = /^("?\w+"?)(?:\s*(==|>)\s*("?\w+"?))?$/.exec(expression);
    if (match === null) throw new Error(`cannot read ${expression}`);
    const value = this.value(match[1]!);
    if (match[2] === undefined) return value;
    const right = this.value(match[3]!);
    return match[2] === '==' ? value === right : (value as bigint) > (right as bigint);
  }

  perform(text: string): { report: StepReport; value: Value } {
    const to = /^x = (\d+)$/.exec(text)?.[1];
    if (to === undefined) throw new Error(`cannot read ${text}`);
    this.state.x = BigInt(to);
    return { report: { calls: [], printed: [], failures: [] }, value: this.state.x };
  }

  jumpTargets(_uri: string, line: number): number[] {
    return line < this.statements.length ? [line] : [];
  }

  jump(target: number): void {
    this.state.pc = target;
  }

  private value(word: string): Value {
    if (/^\d/.test(word)) return BigInt(word);
    if (word.startsWith('"')) return word.slice(1, -1);
    if (word === 'EEXIST') return 17n;
    if (word === 'x') return this.state.x;
    throw new Error(`unknown name ${word}`);
  }
}

/** A call as a step reports it. */
export function call(name: string, ret: number, more: Partial<CallReport> = {}): CallReport {
  return { name, process: 'p', text: `${name}()`, result: { ret }, log: [], range: at(0), uri: 'fake.vfio', ...more };
}

export interface Recorded {
  readonly engine: Engine;
  readonly logged: string[];
  readonly reports: StepReport[];
}

/** An engine over a fake scenario, with everything that it tells. */
export function engineOf(fake: FakeExecution, options: Partial<EngineOptions> = {}): Recorded {
  const logged: string[] = [];
  const reports: StepReport[] = [];
  const text = {
    statements: (uri: string) => (uri === 'fake.vfio' ? fake.statements.map((_, line) => at(line)) : undefined),
  };
  const listener = {
    ran: (report: StepReport) => void reports.push(report),
    logged: (line: string) => void logged.push(line),
  };
  const requestNames = new Set(['VFIO_IOMMU_MAP_DMA', 'VFIO_GROUP_GET_STATUS']);
  return { engine: new Engine(fake, text, listener, { requestNames, ...options }), logged, reports };
}

/** Line of the statement that comes next; -1 at the end. */
export function lineOf(engine: Engine): number {
  return engine.statement?.range.start.line ?? -1;
}
