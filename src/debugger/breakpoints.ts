import { matchesCall, mayMatch, isCertain, parseHitCondition, parsePattern, type FunctionPattern } from './patterns';
import {
  expressionProblem,
  textOf,
  type CallReport,
  type NextStatement,
  type Position,
  type Range,
  type Value,
} from '../scenario';

/** What a person asks of a breakpoint besides its place. */
export interface GuardOptions {
  /** The number that it shall have; default: a new one. */
  readonly id?: number;
  /** An expression: only when it is true. */
  readonly condition?: string;
  /** `5`, `>= 5`, `% 5`. */
  readonly hitCondition?: string;
  /** Write this instead of stopping; `{expression}` is replaced by its value. */
  readonly logMessage?: string;
}

export interface LineRequest extends GuardOptions {
  readonly line: number;
  readonly character?: number;
}

export interface FunctionRequest extends GuardOptions {
  readonly name: string;
}

/** How breakpoints see the moment that they judge. Everything here is without effects. */
export interface Moment {
  /** @throws Error when the expression has no value here */
  evaluate(expression: string): Value;
}

/** What a breakpoint wants when it is reached. */
export type Verdict =
  | { readonly kind: 'stop' }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'pass'; readonly problem?: string };

/** A place to stop at, with its condition, its count and its message. */
export class Breakpoint {
  private hits = 0;
  private readonly hitTest: (hits: number) => boolean = () => true;
  /** Why it never stops: it could not be understood, or there is no such place. */
  readonly problem: string | undefined;
  private complained = false;

  constructor(
    readonly id: number,
    private readonly options: GuardOptions,
    /** Where it stands in the text, after moving to a statement. */
    readonly place: Position | undefined,
    readonly pattern: FunctionPattern | undefined,
    problem?: string,
  ) {
    if (options.hitCondition !== undefined && options.hitCondition.trim() !== '') {
      const test = parseHitCondition(options.hitCondition);
      if (typeof test === 'function') this.hitTest = test;
      else problem ??= test.problem;
    }
    const condition = (options.condition ?? '').trim();
    const unreadable = condition === '' ? undefined : expressionProblem(condition);
    if (unreadable !== undefined) problem ??= `The condition cannot be read: ${unreadable}`;
    this.problem = problem;
  }

  get verified(): boolean {
    return this.problem === undefined;
  }

  get conditional(): boolean {
    return (this.options.condition ?? '').trim() !== '' || this.options.logMessage !== undefined;
  }

  /** The breakpoint is reached: counts, asks its condition, and says what to do. */
  reached(moment: Moment): Verdict {
    if (this.problem !== undefined) return { kind: 'pass' };
    const condition = (this.options.condition ?? '').trim();
    if (condition !== '') {
      try {
        if (!truth(moment.evaluate(condition))) return { kind: 'pass' };
      } catch (error) {
        return this.complain(condition, error);
      }
    }
    if (!this.hitTest(++this.hits)) return { kind: 'pass' };
    const { logMessage } = this.options;
    return logMessage === undefined ? { kind: 'stop' } : { kind: 'log', text: interpolate(logMessage, moment) };
  }

  /** A condition without a value is told once: in a loop it would flood the console. */
  private complain(condition: string, error: unknown): Verdict {
    if (this.complained) return { kind: 'pass' };
    this.complained = true;
    return { kind: 'pass', problem: `Condition "${condition}" of a breakpoint: ${messageOf(error)}` };
  }
}

/** All breakpoints on lines and on names. */
export class Breakpoints {
  private nextId = 1;
  private readonly lines = new Map<string, Map<number, Breakpoint[]>>();
  private functions: readonly Breakpoint[] = [];

  constructor(
    /** The statements of a file in their order; undefined when the file is no part of what runs. */
    private readonly statementsOf: (uri: string) => readonly Range[] | undefined,
    private readonly requestNames: ReadonlySet<string>,
  ) {}

  /** Numbers are shared by breakpoints of all kinds. */
  newId(): number {
    return this.nextId++;
  }

  /** Replaces the breakpoints on lines of one file. */
  setLines(uri: string, requests: readonly LineRequest[]): Breakpoint[] {
    const statements = this.statementsOf(uri);
    const made = requests.map((request) => this.onLine(request, statements));
    const ofFile = new Map<number, Breakpoint[]>();
    for (const breakpoint of made) {
      const { place } = breakpoint;
      if (place === undefined) continue;
      ofFile.set(place.line, [...(ofFile.get(place.line) ?? []), breakpoint]);
    }
    this.lines.set(uri, ofFile);
    return made;
  }

  /** Replaces the breakpoints on names. */
  setFunctions(requests: readonly FunctionRequest[]): Breakpoint[] {
    const made = requests.map((request) => {
      const pattern = parsePattern(request.name, this.requestNames);
      return 'problem' in pattern
        ? new Breakpoint(request.id ?? this.newId(), request, undefined, undefined, pattern.problem)
        : new Breakpoint(request.id ?? this.newId(), request, undefined, pattern);
    });
    this.functions = made;
    return made;
  }

  /** Breakpoints at the beginning of a statement. */
  at(statement: NextStatement): readonly Breakpoint[] {
    const { line, character } = statement.range.start;
    const onLine = this.lines.get(statement.uri)?.get(line) ?? [];
    return onLine.length === 0 ? onLine : onLine.filter(({ place }) => place?.character === character);
  }

  /** Breakpoints on calls that the statement may make. */
  onCallsOf(statement: NextStatement): readonly Breakpoint[] {
    if (this.functions.length === 0 || statement.calls.length === 0) return [];
    return this.functions.filter(
      ({ pattern }) => pattern !== undefined && statement.calls.some((site) => mayMatch(pattern, site)),
    );
  }

  /** Whether the text alone says that the breakpoint is meant. */
  certain(breakpoint: Breakpoint, statement: NextStatement): boolean {
    const { pattern, conditional } = breakpoint;
    if (pattern === undefined || conditional) return false;
    return statement.calls.some((site) => mayMatch(pattern, site) && isCertain(pattern, site));
  }

  matching(breakpoint: Breakpoint, calls: readonly CallReport[]): readonly CallReport[] {
    const { pattern } = breakpoint;
    return pattern === undefined ? [] : calls.filter((call) => matchesCall(pattern, call));
  }

  /** Breakpoints on functions of the kernel, or none. */
  get onKernelFunctions(): readonly Breakpoint[] {
    return this.functions.filter(({ pattern }) => pattern?.kind === 'kernel');
  }

  get onLog(): readonly Breakpoint[] {
    return this.functions.filter(({ pattern }) => pattern?.kind === 'log');
  }

  private onLine(request: LineRequest, statements: readonly Range[] | undefined): Breakpoint {
    if (statements === undefined) {
      return new Breakpoint(
        request.id ?? this.newId(),
        request,
        undefined,
        undefined,
        'This file is no part of the scenario that runs',
      );
    }
    const place = statementAtOrAfter(statements, request);
    if (place === undefined) {
      return new Breakpoint(
        request.id ?? this.newId(),
        request,
        undefined,
        undefined,
        'No statement stands here or below',
      );
    }
    return new Breakpoint(request.id ?? this.newId(), request, place, undefined);
  }
}

/** The first statement that begins on the line (from the character on, if given), or else below it. */
function statementAtOrAfter(statements: readonly Range[], { line, character = 0 }: LineRequest): Position | undefined {
  let best: Position | undefined;
  for (const { start } of statements) {
    if (start.line < line || (start.line === line && start.character < character)) continue;
    if (
      best === undefined ||
      start.line < best.line ||
      (start.line === best.line && start.character < best.character)
    ) {
      best = start;
    }
  }
  // A column behind the last statement of a line still means that line.
  return best?.line === line || character === 0 ? best : statementAtOrAfter(statements, { line });
}

/** Replaces each `{expression}`; what has no value is told in its place. */
function interpolate(message: string, moment: Moment): string {
  return message.replace(/\{([^{}]+)\}/g, (_, expression: string) => {
    try {
      return textOf(moment.evaluate(expression));
    } catch (error) {
      return `{${messageOf(error)}}`;
    }
  });
}

/** As in C: zero, nothing and the empty string are false. */
function truth(value: Value): boolean {
  return value !== false && value !== 0n && value !== '' && value !== null;
}

/** The words of something that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
