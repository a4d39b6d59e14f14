import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver/node';
import { pinnedNode, root } from '../scripts/project.mjs';
import { median, type Measure, type Measurement } from './measurement';

const keystrokes = 15;
const aims: Readonly<Record<number, `< ${number}`>> = { 1000: '< 50', 10_000: '< 300' };

/** A scenario of about so many lines: the tests of an example, again and again. */
function scenario(lines: number): string {
  const text = readFileSync(join(root, 'examples/vf-token.vfio'), 'utf8');
  const start = text.indexOf('\ntest "');
  const [head, block] = [text.slice(0, start), text.slice(start)];
  const perBlock = block.split('\n').length;
  const blocks = Math.max(1, Math.round((lines - head.split('\n').length) / perBlock));
  return head + Array.from({ length: blocks }, (_, n) => block.replace('test "', `test "${n} `)).join('');
}

class Client {
  readonly connection: MessageConnection;
  private heard: (() => void) | undefined;

  private constructor(private readonly server: ReturnType<typeof spawn>) {
    if (server.stdout === null || server.stdin === null) throw new Error('the server has no streams');
    this.connection = createMessageConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', () => this.heard?.());
    this.connection.listen();
  }

  static async start(): Promise<Client> {
    const client = new Client(spawn(pinnedNode, [join(root, 'dist/language-server.js'), '--stdio']));
    await client.connection.sendRequest('initialize', { capabilities: {}, processId: null, rootUri: null });
    return client;
  }

  /** Milliseconds from a notification to the diagnostics that follow it. */
  async untilChecked(method: string, params: object): Promise<number> {
    const began = performance.now();
    const checked = new Promise<void>((resolve) => (this.heard = resolve));
    await this.connection.sendNotification(method, params);
    await checked;
    return performance.now() - began;
  }

  async timeOf(method: string, params: object): Promise<number> {
    const began = performance.now();
    await this.connection.sendRequest(method, params);
    return performance.now() - began;
  }

  end(): void {
    this.connection.dispose();
    this.server.kill();
  }
}

async function ofFile(lines: number): Promise<Measurement[]> {
  const client = await Client.start();
  const uri = `file:///bench-${lines}.vfio`;
  const text = scenario(lines);
  const first = await client.untilChecked('textDocument/didOpen', {
    textDocument: { uri, languageId: 'vfio', version: 1, text },
  });
  const middle = text.slice(0, text.indexOf('let container')).split('\n').length - 1;
  const position = { line: middle, character: 4 };
  const type = (n: number): Promise<number> =>
    client.untilChecked('textDocument/didChange', {
      textDocument: { uri, version: n + 2 },
      contentChanges: [{ range: { start: position, end: position }, text: ' ' }],
    });
  const times: number[] = [];
  for (let n = 0; n < keystrokes; n++) times.push(await type(n));
  const completions: number[] = [];
  for (let n = 0; n < keystrokes; n++)
    completions.push(await client.timeOf('textDocument/completion', { textDocument: { uri }, position }));
  const formatting = await client.timeOf('textDocument/formatting', {
    textDocument: { uri },
    options: { tabSize: 2, insertSpaces: true },
  });
  client.end();
  const aim = aims[lines];
  const size = `${lines.toLocaleString('en')} lines`;
  return [
    { what: `first diagnostics, ${size}`, value: first, unit: 'ms' },
    { what: `keystroke to diagnostics, ${size}`, value: median(times), unit: 'ms', ...(aim ? { aim } : {}) },
    { what: `completion, ${size}`, value: median(completions), unit: 'ms' },
    { what: `formatting, ${size}`, value: formatting, unit: 'ms' },
  ];
}

/** The language server as an editor meets it: a process of its own, spoken to over pipes. */
export const measure: Measure = async () => {
  const starts: number[] = [];
  for (let n = 0; n < 5; n++) {
    const began = performance.now();
    const client = await Client.start();
    starts.push(performance.now() - began);
    client.end();
  }
  return [
    { what: 'language server, start to ready', value: median(starts), unit: 'ms' },
    ...(await ofFile(100)),
    ...(await ofFile(1000)),
    ...(await ofFile(10_000)),
  ];
};
