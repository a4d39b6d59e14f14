import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, root } from '../scripts/project.mjs';
import { median, type Measure } from './measurement';

const runs = 7;
const program = join(root, 'examples/vf-token.vfio');

interface Message {
  type: string;
  event?: string;
  command?: string;
  success?: boolean;
  message?: string;
}

/** Cuts the adapter's standard output into messages: a header with the length, then JSON. */
function* messages(buffered: { bytes: Buffer }): Generator<Message> {
  for (;;) {
    const head = buffered.bytes.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/.exec(buffered.bytes.toString('utf8', 0, head))?.[1]);
    const end = head + 4 + length;
    if (buffered.bytes.length < end) return;
    const text = buffered.bytes.toString('utf8', head + 4, end);
    buffered.bytes = buffered.bytes.subarray(end);
    yield JSON.parse(text) as Message;
  }
}

/** Milliseconds from the start of the adapter's process to its first `stopped` event. */
async function timeToFirstStop(): Promise<number> {
  const start = performance.now();
  const adapter = spawn(pinnedNode, [join(root, 'dist/adapter.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seq = 0;
  const send = (command: string, args: object) => {
    const body = JSON.stringify({ seq: ++seq, type: 'request', command, arguments: args });
    adapter.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  // All that an editor would ask for, as soon as it may.
  send('initialize', { adapterID: 'vfio', pathFormat: 'path' });
  const buffered = { bytes: Buffer.alloc(0) };
  try {
    for await (const chunk of adapter.stdout) {
      buffered.bytes = Buffer.concat([buffered.bytes, chunk as Buffer]);
      for (const message of messages(buffered)) {
        if (message.success === false) throw new Error(`${message.command}: ${message.message}`);
        if (message.command === 'initialize') send('launch', { program, stopOnEntry: true });
        if (message.event === 'initialized') send('configurationDone', {});
        if (message.event === 'stopped') return performance.now() - start;
      }
    }
    throw new Error('the adapter ended without a stop');
  } finally {
    adapter.kill();
  }
}

/** F5 without the editor's own share. */
export const measure: Measure = async () => {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timeToFirstStop());
  return [{ what: 'adapter: process start to first stop', value: median(times), unit: 'ms' }];
};
