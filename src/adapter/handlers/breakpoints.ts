import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Breakpoint } from '../../debugger';
import type { Context } from '../context';
import { Failure } from '../failure';
import { wantedFilters, type Run } from '../run';
import { pending, told, type WantedBreakpoint } from '../wishes';

type Body<R extends DebugProtocol.Response> = R['body'];

/** Requests about places to stop at. */
export function breakpointHandlers(context: Context) {
  const { host, origin, wishes } = context;
  const answer = (made: readonly Breakpoint[]): { breakpoints: DebugProtocol.Breakpoint[] } => ({
    breakpoints: made.map((breakpoint) => told(breakpoint, origin)),
  });
  return {
    setBreakpoints(args: DebugProtocol.SetBreakpointsArguments): Body<DebugProtocol.SetBreakpointsResponse> {
      const uri = host.normalize(args.source.path ?? '');
      const wanted = context.number(args.breakpoints ?? []);
      wishes.lines.set(uri, wanted);
      if (context.run === null) return { breakpoints: pending(wanted) };
      const { breakpoints } = answer(setLines(context, context.run, uri, wanted));
      if (args.sourceModified !== true) return { breakpoints };
      const message = 'The file was changed after the start: a restart runs it as it is now';
      return { breakpoints: breakpoints.map((each) => ({ ...each, message: each.message ?? message })) };
    },
    setFunctionBreakpoints(
      args: DebugProtocol.SetFunctionBreakpointsArguments,
    ): Body<DebugProtocol.SetFunctionBreakpointsResponse> {
      wishes.functions = context.number(args.breakpoints);
      if (context.run === null) return { breakpoints: pending(wishes.functions) };
      return answer(setFunctions(context, context.run));
    },
    setExceptionBreakpoints(
      args: DebugProtocol.SetExceptionBreakpointsArguments,
    ): Body<DebugProtocol.SetExceptionBreakpointsResponse> {
      wishes.exceptions = args;
      context.run?.setFilters(wantedFilters(args));
      return {};
    },
    setDataBreakpoints(
      args: DebugProtocol.SetDataBreakpointsArguments,
    ): Body<DebugProtocol.SetDataBreakpointsResponse> {
      wishes.data = context.number(args.breakpoints);
      if (context.run === null) return { breakpoints: pending(wishes.data) };
      return answer(setData(context, context.run));
    },
    dataBreakpointInfo(
      args: DebugProtocol.DataBreakpointInfoArguments,
    ): Body<DebugProtocol.DataBreakpointInfoResponse> {
      const found = context.standing.watches.offer(args);
      if ('problem' in found) return { dataId: null, description: found.problem };
      return { dataId: found.dataId, description: found.label, accessTypes: ['write'], canPersist: found.persists };
    },
    breakpointLocations({
      source,
      line,
      endLine = line,
    }: DebugProtocol.BreakpointLocationsArguments): Body<DebugProtocol.BreakpointLocationsResponse> {
      const statements = context.started.engine.text.statements(host.normalize(source.path ?? '')) ?? [];
      const on = statements.filter(
        ({ start }) => start.line + origin.line >= line && start.line + origin.line <= endLine,
      );
      return {
        breakpoints: on.map(({ start }) => ({
          line: start.line + origin.line,
          column: start.character + origin.column,
        })),
      };
    },
    exceptionInfo(): Body<DebugProtocol.ExceptionInfoResponse> {
      const exception = context.standing.stop?.exception;
      if (exception === undefined) throw new Failure('Nothing went wrong here');
      const { id, title, explanation, functions } = exception;
      const stackTrace = functions.map((name) => `  ${name}`).join('\n');
      return {
        exceptionId: id,
        breakMode: 'always',
        description: explanation === '' ? title : `${title}\n${explanation}`,
        details: { message: title, typeName: id, ...(stackTrace === '' ? {} : { stackTrace }) },
      };
    },
  };
}

/** Gives a new run what the client had set before; clients do not say it again. */
export function applyWishes(context: Context, run: Run): void {
  const made: Breakpoint[] = [];
  for (const [uri, wanted] of context.wishes.lines) made.push(...setLines(context, run, uri, wanted));
  made.push(...setFunctions(context, run), ...setData(context, run));
  for (const breakpoint of made) {
    context.channel.send('breakpoint', { reason: 'changed', breakpoint: told(breakpoint, context.origin) });
  }
  if (context.wishes.exceptions !== null) run.setFilters(wantedFilters(context.wishes.exceptions));
}

function setLines(
  { origin }: Context,
  run: Run,
  uri: string,
  wanted: readonly WantedBreakpoint<DebugProtocol.SourceBreakpoint>[],
): Breakpoint[] {
  const requests = wanted.map(({ id, guard, request: { line, column } }) => ({
    ...guard,
    id,
    line: line - origin.line,
    ...(column === undefined ? {} : { character: column - origin.column }),
  }));
  return run.engine.breakpoints.setLines(uri, requests);
}

function setFunctions({ wishes }: Context, run: Run): Breakpoint[] {
  return run.engine.breakpoints.setFunctions(
    wishes.functions.map(({ id, guard, request: { name } }) => ({ ...guard, id, name })),
  );
}

function setData({ wishes }: Context, run: Run): Breakpoint[] {
  const requests = wishes.data.map(({ id, guard, request: { dataId } }) => ({
    ...guard,
    id,
    watch: run.watches.watch(dataId),
  }));
  return run.engine.dataBreakpoints.set(requests);
}
