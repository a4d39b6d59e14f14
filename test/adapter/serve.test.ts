import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { servePort } from '../../src/adapter/serve';

const folder = mkdtempSync(join(tmpdir(), 'vfio-lab-'));
const loop = join(folder, 'loop.vfio');
const short = join(folder, 'short.vfio');
let port = 0;

beforeAll(async () => {
  writeFileSync(loop, 'while true {\n}\n');
  writeFileSync(short, 'let a = 1\nlet b = a + 1\nprint b\n');
  port = await servePort(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Says a request in the protocol's bare form. */
function say(socket: Socket, seq: number, command: string, args: object = {}): void {
  const json = JSON.stringify({ seq, type: 'request', command, arguments: args });
  socket.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
}

const texts = new WeakMap<Socket, { said: string; look: () => void }>();

/** A client that keeps all that it hears. */
function client(): Socket {
  const socket = connect(port, '127.0.0.1');
  const text = { said: '', look: (): void => undefined };
  texts.set(socket, text);
  socket.on('data', (data) => {
    text.said += data.toString();
    text.look();
  });
  return socket;
}

/** Waits until the adapter has said something. */
function heard(socket: Socket, wanted: string): Promise<void> {
  const text = texts.get(socket)!;
  return new Promise((resolve) => {
    text.look = () => {
      if (text.said.includes(wanted)) resolve();
    };
    text.look();
  });
}

async function launch(program: string, breakpoint?: number): Promise<Socket> {
  const socket = client();
  say(socket, 1, 'initialize', { adapterID: 'vfio' });
  say(socket, 2, 'launch', { program });
  await heard(socket, '"initialized"');
  if (breakpoint !== undefined)
    say(socket, 3, 'setBreakpoints', { source: { path: program }, breakpoints: [{ line: breakpoint }] });
  say(socket, 4, 'configurationDone');
  return socket;
}

it('serves two clients at once, and outlives one that goes away in the middle', async () => {
  const first = await launch(loop);
  const second = await launch(short, 3);
  await heard(second, '"reason":"breakpoint"');
  first.destroy();
  say(second, 5, 'continue');
  await heard(second, '"terminated"');
  say(second, 6, 'disconnect');
  await new Promise((resolve) => second.once('close', resolve));
  const third = await launch(short, 2);
  await heard(third, '"reason":"breakpoint"');
  expect(third.destroyed).toBe(false);
  third.destroy();
});

it('refuses what is no protocol by closing, and goes on for others', async () => {
  const noise = client();
  noise.write('GET / HTTP/1.1\r\n\r\n');
  noise.end();
  const other = await launch(short, 1);
  await heard(other, '"reason":"breakpoint"');
  other.destroy();
});
