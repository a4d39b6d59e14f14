import type { DebugProtocol } from '@vscode/debugprotocol';
import { capabilities } from '../capabilities';
import type { Context } from '../context';
import { Failure } from '../failure';
import type { LaunchArguments } from '../requests';
import { applyWishes } from './breakpoints';

/** Requests that begin and end a session. */
export function launchingHandlers(context: Context) {
  const { channel, origin, client } = context;
  return {
    initialize(args: DebugProtocol.InitializeRequestArguments): DebugProtocol.Capabilities {
      origin.line = args.linesStartAt1 === false ? 0 : 1;
      origin.column = args.columnsStartAt1 === false ? 0 : 1;
      client.invalidated = args.supportsInvalidatedEvent === true;
      client.memoryEvents = args.supportsMemoryEvent === true;
      return capabilities();
    },
    async launch(args: LaunchArguments): Promise<void> {
      if (context.run !== null) throw new Failure('A scenario has been launched already: restart it instead');
      const run = await context.prepare(args);
      context.run = run;
      context.launched = args;
      applyWishes(context, run);
      if (!run.engine.remembers) channel.send('capabilities', { capabilities: { supportsStepBack: false } });
      channel.send('initialized');
    },
    configurationDone(): void {
      const present = context.started;
      channel.afterAnswer(() => present.begin());
    },
    async restart(args: { arguments?: LaunchArguments }): Promise<void> {
      const again = args.arguments ?? context.launched;
      if (again === null) throw new Failure('No scenario has been launched');
      const next = await context.prepare(again);
      context.run?.abandon();
      context.run = next;
      context.launched = again;
      applyWishes(context, next);
      channel.afterAnswer(() => next.begin());
    },
    terminate(): void {
      const present = context.started;
      channel.afterAnswer(() => present.end());
    },
    disconnect(): void {
      context.run?.abandon();
    },
  };
}
