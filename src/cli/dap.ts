import { servePort, serveStdio } from '../adapter/serve';
import { printError, UserError } from './console';

/** `vfio-lab dap`: serves until the client (stdio) or the person (port) ends it. */
export async function serveDap(port: number | undefined): Promise<void> {
  if (port === undefined) {
    serveStdio();
    return;
  }
  try {
    printError(`listening on 127.0.0.1:${await servePort(port)}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'EADDRINUSE' ? `port ${port} is in use` : `cannot listen on port ${port}: ${code ?? String(error)}`,
    );
  }
}
