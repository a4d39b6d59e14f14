import type { NextStatement } from '../scenario';

/** What happened in a step, as bits: enough to find it again without running it. */
export const StepFlag = {
  /** A call answered with an error number or a signal. */
  callFailed: 1,
  /** A call waits. */
  blocked: 2,
  expectationFailed: 4,
  /** The kernel log got a line. */
  logged: 8,
  /** The kernel log got a WARNING, a BUG or an oops. */
  warned: 16,
  /** The scenario itself went wrong: a wrong type, a division by zero. */
  scenarioError: 32,
  /** The IOMMU stopped a DMA. */
  faulted: 64,
} as const;

const chunkBits = 12;
const chunkSize = 1 << chunkBits;

/**
 * Numbers for statements, so that a step needs four bytes for its own. A statement is known by its place and its
 * process: whether the runnable hands out the same object twice does not matter.
 */
class StatementTable {
  private readonly all: (NextStatement | null)[] = [null];
  private readonly byPlace = new Map<string, Map<number, number[]>>();

  /** One more than the largest number. */
  get size(): number {
    return this.all.length;
  }

  at(number: number): NextStatement | null {
    return this.all[number] ?? null;
  }

  numberOf(statement: NextStatement | null): number {
    if (statement === null) return 0;
    let ofFile = this.byPlace.get(statement.uri);
    if (ofFile === undefined) this.byPlace.set(statement.uri, (ofFile = new Map<number, number[]>()));
    const { line, character } = statement.range.start;
    const place = line * 65536 + character;
    let numbers = ofFile.get(place);
    if (numbers === undefined) ofFile.set(place, (numbers = []));
    for (const number of numbers) {
      const known = this.all[number]!;
      if (known.processName === statement.processName && known.testName === statement.testName) return number;
    }
    const number = this.all.push(statement) - 1;
    numbers.push(number);
    return number;
  }

  /** A number of its own for a statement that is no part of the text. */
  add(statement: NextStatement): number {
    return this.all.push(statement) - 1;
  }
}

/** Columns instead of an object per step: 15 bytes for each. */
class Chunk {
  readonly positions = new Float64Array(chunkSize);
  readonly statements = new Uint32Array(chunkSize);
  readonly depths = new Uint16Array(chunkSize);
  readonly flags = new Uint8Array(chunkSize);
}

/**
 * All steps from the horizon to the newest moment: where each stands in the journal, which statement it ran, and what
 * came of it. The last entry is the step that has not been run yet, or the end.
 *
 * Finding the previous breakpoint is a walk over these columns; the simulated world moves only once, at the end.
 */
export class Timeline {
  private readonly chunks: (Chunk | undefined)[] = [];
  private readonly statements = new StatementTable();
  private start = 0;
  private count = 0;

  /** Number of the oldest step that can be gone back to. */
  get first(): number {
    return this.start;
  }

  /** Number of the newest entry: how many steps have been run. */
  get last(): number {
    return this.count - 1;
  }

  push(position: number, statement: NextStatement | null): void {
    const at = this.count & (chunkSize - 1);
    const chunk = (this.chunks[this.count >>> chunkBits] ??= new Chunk());
    chunk.positions[at] = position;
    chunk.statements[at] = this.statements.numberOf(statement);
    chunk.depths[at] = statement?.functionDepth ?? 0;
    chunk.flags[at] = 0;
    this.count++;
  }

  flag(step: number, flags: number): void {
    this.chunkOf(step).flags[step & (chunkSize - 1)] = flags;
  }

  positionOf(step: number): number {
    return this.chunkOf(step).positions[step & (chunkSize - 1)]!;
  }

  statementOf(step: number): NextStatement | null {
    return this.statements.at(this.chunkOf(step).statements[step & (chunkSize - 1)]!);
  }

  depthOf(step: number): number {
    return this.chunkOf(step).depths[step & (chunkSize - 1)]!;
  }

  flagsOf(step: number): number {
    return this.chunkOf(step).flags[step & (chunkSize - 1)]!;
  }

  /** Whether each statement that was met so far is of interest, by its number. */
  interest(wanted: (statement: NextStatement) => boolean): Uint8Array {
    const table = new Uint8Array(this.statements.size);
    for (let number = 1; number < table.length; number++) table[number] = wanted(this.statements.at(number)!) ? 1 : 0;
    return table;
  }

  /**
   * The next step, from `from` to `end` in either direction, whose statement is of interest or that did something of
   * the given flags; `end` when there is none. Looks at columns only.
   */
  search(from: number, end: number, interest: Uint8Array, flags: number): number {
    const direction = from < end ? 1 : -1;
    let step = from;
    while (step !== end) {
      const chunk = this.chunkOf(step);
      // Steps are looked at a chunk at a time.
      const first = step & ~(chunkSize - 1);
      const stop = direction > 0 ? Math.min(end, first + chunkSize) : Math.max(end, first - 1);
      for (; step !== stop; step += direction) {
        const at = step & (chunkSize - 1);
        if (interest[chunk.statements[at]!] === 1 || (chunk.flags[at]! & flags) !== 0) return step;
      }
    }
    return end;
  }

  /** Forgets the steps after `step`, which becomes the newest entry and runs `statement` instead of its own. */
  fork(step: number, statement: NextStatement): void {
    const chunk = this.chunkOf(step);
    const at = step & (chunkSize - 1);
    chunk.statements[at] = this.statements.add(statement);
    chunk.depths[at] = statement.functionDepth;
    chunk.flags[at] = 0;
    this.count = step + 1;
  }

  /** The newest step at or before `step` that stands at a place, and those after it: nearest first, both ways. */
  near(step: number, wanted: (statement: NextStatement) => boolean): { before?: number; after?: number } {
    const interest = this.interest(wanted);
    const end = this.start - 1;
    const before = step > this.start ? this.search(step - 1, end, interest, 0) : end;
    const after = step < this.last ? this.search(step + 1, this.last + 1, interest, 0) : this.last + 1;
    return { ...(before > end ? { before } : {}), ...(after <= this.last ? { after } : {}) };
  }

  /** The step that wrote the journal's entry at `position`, or undefined when it lies outside. */
  stepWriting(position: number): number | undefined {
    if (this.count === 0 || position < this.positionOf(this.start)) return undefined;
    let low = this.start;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.positionOf(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low === this.last ? undefined : low;
  }

  /** Forgets the steps that begin before the journal's horizon. */
  dropBefore(horizon: number): void {
    while (this.start < this.last && this.positionOf(this.start) < horizon) {
      this.start++;
      if ((this.start & (chunkSize - 1)) === 0) this.chunks[(this.start >>> chunkBits) - 1] = undefined;
    }
  }

  /** Forgets the steps before `step`: there is no history to go back through. */
  dropStepsBefore(step: number): void {
    this.start = step;
    const chunk = step >>> chunkBits;
    if (chunk > 0) this.chunks[chunk - 1] = undefined;
  }

  private chunkOf(step: number): Chunk {
    const chunk = this.chunks[step >>> chunkBits];
    if (chunk === undefined || step < this.start || step >= this.count) {
      throw new RangeError(`step ${step} is outside ${this.start}..${this.last}`);
    }
    return chunk;
  }
}
