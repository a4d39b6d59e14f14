import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { AdapterHost } from './host';
import { VfioDebugSession } from './session';

/** Files of the system that the adapter runs on. */
export const nodeHost: AdapterHost = {
  readFile: (path) => readFile(path, 'utf8'),
  normalize(path) {
    const plain = path.startsWith('file://') ? decodeURIComponent(new URL(path).pathname) : path;
    const absolute = resolve(plain);
    // VS Code writes drive letters in both ways.
    return /^[A-Z]:/.test(absolute) ? absolute[0]!.toLowerCase() + absolute.slice(1) : absolute;
  },
};

/** One session over standard input and output; the process ends with it. */
export function serveStdio(): void {
  const session = new VfioDebugSession(nodeHost, () => process.exit(0));
  session.start(process.stdin, process.stdout);
}

/**
 * A session for each client of a port on 127.0.0.1.
 * @param port 0: any free one
 * @returns the port, once it listens
 * @throws Error when the port cannot be had
 */
export function servePort(port: number): Promise<number> {
  const server = createServer((socket) => {
    const session = new VfioDebugSession(nodeHost, () => socket.end());
    socket.on('error', () => socket.destroy());
    session.start(socket, socket);
  });
  return new Promise((listening, refused) => {
    server.once('error', refused);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      listening(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
