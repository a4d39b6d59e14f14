import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Breakpoint, GuardOptions } from '../debugger';

/** A breakpoint that a client asked for, with the number that it knows it by. */
export interface WantedBreakpoint<T> {
  readonly id: number;
  readonly request: T;
  readonly guard: GuardOptions;
}

/** Condition, hit count and message, as far as they are given. */
export function fieldsOfBreakpoint(request: unknown): GuardOptions {
  const { condition, hitCondition, logMessage } = request as GuardOptions;
  return {
    ...(condition === undefined ? {} : { condition }),
    ...(hitCondition === undefined ? {} : { hitCondition }),
    ...(logMessage === undefined ? {} : { logMessage }),
  };
}

/** A breakpoint as the protocol tells it. */
export function told(
  breakpoint: Breakpoint,
  origin: { readonly line: number; readonly column: number },
): DebugProtocol.Breakpoint {
  const { id, verified, problem, place } = breakpoint;
  return {
    id,
    verified,
    ...(problem === undefined ? {} : { message: problem }),
    ...(place === undefined ? {} : { line: place.line + origin.line, column: place.character + origin.column }),
  };
}

/** Before the launch nobody can say where a breakpoint will be. */
export function pending<T>(wanted: readonly WantedBreakpoint<T>[]): DebugProtocol.Breakpoint[] {
  return wanted.map(({ id }) => ({ id, verified: false, message: 'No scenario has been launched yet' }));
}
