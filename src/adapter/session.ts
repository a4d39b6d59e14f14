import { DebugSession, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { messageOf } from '../debugger';
import { Failure } from './failure';
import { makeHandlers, type Handlers } from './handlers';
import type { AdapterHost } from './host';

type Handler = (args: unknown) => unknown;

/** The debug adapter: DAP in, DAP out. Every request goes through one table. */
export class VfioDebugSession extends DebugSession {
  private readonly handlers: Handlers;
  /** What is to be done once the answer is on its way. */
  private afterwards: (() => void)[] = [];

  constructor(
    host: AdapterHost,
    /** Called when the client has gone. */
    private readonly gone: () => void = () => undefined,
  ) {
    super();
    this.handlers = makeHandlers(host, {
      send: (event, body) => {
        this.sendEvent({ seq: 0, type: 'event', event, body });
      },
      afterAnswer: (act) => {
        this.afterwards.push(act);
      },
    });
  }

  /** The base class would end the process; whoever made the session knows better. */
  override shutdown(): void {
    // A client that went away without a word leaves nobody who could stop the scenario.
    this.handlers.disconnect();
    this.gone();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.answer(request);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    const handler = Object.hasOwn(this.handlers, request.command)
      ? (this.handlers as unknown as Readonly<Record<string, Handler>>)[request.command]
      : undefined;
    try {
      if (handler === undefined) throw new Failure(`The debugger does not know the request "${request.command}"`);
      const answer = handler(request.arguments ?? {});
      // Answers that are there at once go out in order.
      const body = answer instanceof Promise ? ((await answer) as unknown) : answer;
      if (body !== undefined) response.body = body;
      this.sendResponse(response);
    } catch (error) {
      const showUser = error instanceof Failure && error.showUser;
      const format = { id: 1, format: '{_text}', variables: { _text: messageOf(error) }, showUser };
      this.sendErrorResponse(response, format);
    }
    const acts = this.afterwards;
    this.afterwards = [];
    for (const act of acts) act();
    if (request.command === 'disconnect') this.shutdown();
  }
}
