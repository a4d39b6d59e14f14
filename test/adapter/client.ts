import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { expect } from 'vitest';
import { VfioDebugSession, type AdapterHost } from '../../src/adapter';

const folder = join(import.meta.dirname, 'transcripts');

/** Files that exist only in a test. */
export function hostOf(files: Readonly<Record<string, string>>): AdapterHost {
  return {
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? Promise.reject(new Error('no such file')) : Promise.resolve(text);
    },
    normalize: (path) => path,
  };
}

/** A debug client in the same process, over two streams, that writes down all that is said. */
export class Client {
  private readonly toAdapter = new PassThrough();
  private readonly waiting = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly events: DebugProtocol.Event[] = [];
  private readonly listeners: (() => void)[] = [];
  /** Requests whose answers belong into the transcript. */
  private readonly told = new Set<number>();
  private sequence = 1;
  private readonly lines: string[] = [];

  constructor(host: AdapterHost) {
    const fromAdapter = new PassThrough();
    const session = new VfioDebugSession(host);
    session.start(this.toAdapter, fromAdapter);
    let received = Buffer.alloc(0);
    fromAdapter.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (;;) {
        const header = /^Content-Length: (\d+)\r\n\r\n/.exec(received.toString('latin1', 0, 64));
        if (header === null) return;
        const end = header[0].length + Number(header[1]);
        if (received.length < end) return;
        this.receive(JSON.parse(received.toString('utf8', header[0].length, end)) as DebugProtocol.ProtocolMessage);
        received = received.subarray(end);
      }
    });
  }

  /** Sends a request; the answer's body, or an error with the adapter's message. */
  async request<Body = unknown>(command: string, args: object = {}): Promise<Body> {
    this.lines.push(`-> ${command} ${stable(args)}`);
    const response = await this.send(command, args, true);
    if (!response.success) throw new Error(response.message);
    return response.body as Body;
  }

  /** The next event of that name, from those that have not been taken yet. */
  async event<Body = Record<string, unknown>>(name: string): Promise<Body> {
    for (;;) {
      const at = this.events.findIndex(({ event }) => event === name);
      if (at >= 0) return this.events.splice(at, 1)[0]!.body as Body;
      await new Promise<void>((resolve) => this.listeners.push(resolve));
    }
  }

  /** Launches and sets what a client sets, up to the first stop. */
  async start(
    { clientAbilities, ...args }: { clientAbilities?: boolean; [name: string]: unknown },
    set?: () => Promise<void>,
  ): Promise<void> {
    await this.request('initialize', {
      adapterID: 'vfio',
      pathFormat: 'path',
      linesStartAt1: true,
      columnsStartAt1: true,
      ...(clientAbilities === true ? { supportsInvalidatedEvent: true, supportsMemoryEvent: true } : {}),
    });
    await this.request('launch', args);
    await this.event('initialized');
    await set?.();
    await this.request('configurationDone');
  }

  /** Moves and waits for the stop; the line that it stands on. */
  async move(command: string, args: object = { threadId: 1 }): Promise<number> {
    await this.request(command, args);
    return this.stopped();
  }

  /** Waits for a stop; writes the call stack down; the line of the innermost frame. */
  async stopped(): Promise<number> {
    const { threadId } = await this.event<{ threadId: number }>('stopped');
    await this.event('vfioLab/changed');
    const { stackFrames } = await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId });
    return stackFrames[0]?.line ?? -1;
  }

  /** Frame of the present stop. */
  async frame(index = 0): Promise<DebugProtocol.StackFrame> {
    const { threads } = (await this.send('threads', {})).body as DebugProtocol.ThreadsResponse['body'];
    for (const { id } of threads) {
      const { stackFrames } = (await this.send('stackTrace', { threadId: id }))
        .body as DebugProtocol.StackTraceResponse['body'];
      if (stackFrames[index] !== undefined && stackFrames[index].presentationHint !== 'label')
        return stackFrames[index];
    }
    throw new Error('no frame');
  }

  /** Compares all that was said with `transcripts/NAME.txt`; UPDATE=1 writes it anew. */
  matches(name: string): void {
    const path = join(folder, `${name}.txt`);
    const text = `${this.lines.join('\n')}\n`;
    if (process.env.UPDATE === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  }

  private send(command: string, args: object, told = false): Promise<DebugProtocol.Response> {
    const seq = this.sequence++;
    if (told) this.told.add(seq);
    const json = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const answer = new Promise<DebugProtocol.Response>((resolve) => this.waiting.set(seq, resolve));
    this.toAdapter.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
    return answer;
  }

  private receive(message: DebugProtocol.ProtocolMessage): void {
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      const { command, success, message: problem } = response;
      const body: unknown = response.body;
      if (this.told.has(response.request_seq)) {
        this.lines.push(...(success ? pretty(`<- ${command}`, body) : [`<- ${command} failed: ${problem ?? ''}`]));
      }
      this.waiting.get(response.request_seq)?.(response);
      return;
    }
    const event = message as DebugProtocol.Event;
    this.lines.push(...pretty(`event ${event.event}`, event.body));
    this.events.push(event);
    for (const wake of this.listeners.splice(0)) wake();
  }
}

/** Numbers that may change without meaning anything. */
const unstable = new Set(['variablesReference', 'sourceReference', 'frameId']);

/** A value as JSON without those numbers. */
function stable(value: unknown): string {
  return JSON.stringify(value, function (this: unknown, key, inner: unknown) {
    const ofFrame = key === 'id' && typeof this === 'object' && this !== null && 'source' in this;
    return (unstable.has(key) && inner !== 0) || ofFrame ? '<number>' : inner;
  });
}

/** A message as text: one line for each element of a list. */
function pretty(head: string, body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [head];
  const lists = Object.entries(body).filter(([, value]) => Array.isArray(value) && value.length > 0);
  if (lists.length !== 1) return [`${head} ${stable(body)}`];
  const [name, items] = lists[0] as [string, unknown[]];
  const rest = Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
  return [`${head} ${stable(rest)}`, ...items.map((item) => `     ${name}: ${stable(item)}`)];
}
