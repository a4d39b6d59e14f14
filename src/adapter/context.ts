import type { DebugProtocol } from '@vscode/debugprotocol';
import { fieldsOfBreakpoint, type WantedBreakpoint } from './wishes';
import { Failure } from './failure';
import type { AdapterHost } from './host';
import { load } from './load';
import type { LaunchArguments } from './requests';
import { Run, type Channel } from './run';
import type { Origin } from './stack';

/** What the client can do, as far as it matters here. */
export interface ClientAbilities {
  invalidated: boolean;
  memoryEvents: boolean;
}

/** What the client has set, kept for the run that is launched later and for a restart. */
export interface Wishes {
  readonly lines: Map<string, readonly WantedBreakpoint<DebugProtocol.SourceBreakpoint>[]>;
  functions: readonly WantedBreakpoint<DebugProtocol.FunctionBreakpoint>[];
  data: readonly WantedBreakpoint<DebugProtocol.DataBreakpoint>[];
  exceptions: DebugProtocol.SetExceptionBreakpointsArguments | null;
}

/** What all handlers of one client share. */
export class Context {
  readonly origin: Origin = { line: 1, column: 1 };
  readonly client: ClientAbilities = { invalidated: false, memoryEvents: false };
  readonly wishes: Wishes = { lines: new Map(), functions: [], data: [], exceptions: null };
  run: Run | null = null;
  launched: LaunchArguments | null = null;
  private breakpoints = 0;

  constructor(
    readonly host: AdapterHost,
    readonly channel: Channel,
  ) {}

  /** Reads a scenario and makes it ready to run. @throws Failure */
  async prepare(args: LaunchArguments): Promise<Run> {
    const loaded = await load(args.program, this.host);
    const { test } = args;
    if (test !== undefined && !loaded.program.tests.some(({ name }) => name === test)) {
      throw new Failure(`${loaded.uri} has no test "${test}"`, true);
    }
    return new Run(loaded, args, this.channel, this.origin, this.client);
  }

  /** @throws Failure when nothing has been launched */
  get started(): Run {
    if (this.run === null) throw new Failure('No scenario has been launched');
    return this.run;
  }

  /** The run, when it stands still: while it runs there is no moment to speak of. */
  get standing(): Run {
    const present = this.started;
    if (present.engine.running) throw new Failure('The scenario is running: pause it first');
    return present;
  }

  /** Gives breakpoints their numbers, which they keep through restarts. */
  number<T>(wanted: readonly T[]): WantedBreakpoint<T>[] {
    return wanted.map((request) => ({ id: ++this.breakpoints, request, guard: fieldsOfBreakpoint(request) }));
  }
}
