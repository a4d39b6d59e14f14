/** Something that the person at the command line can put right: told without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Colours a text, on a terminal only (and not against NO_COLOR, https://no-color.org). */
export function paint(color: keyof typeof codes, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  if (!stream.isTTY || process.env.NO_COLOR !== undefined) return text;
  return `\u001b[${codes[color]}m${text}\u001b[0m`;
}

/** Lines that wait to be written: a system call for each would cost more than the simulation. */
let waiting = '';
const writeFrom = 32 * 1024;

export function printLine(text: string): void {
  waiting += `${text}\n`;
  if (waiting.length >= writeFrom) flush();
}

export function printError(text: string): void {
  flush();
  process.stderr.write(`${text}\n`);
}

export function flush(): void {
  if (waiting === '') return;
  const text = waiting;
  waiting = '';
  process.stdout.write(text);
}

/** A reader that goes away (`| head`) is no error. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      process.exitCode = 1;
    });
  }
}

/** Does something with one of several files: what is wrong with it is told, and the others have their turn. */
export async function attempt(act: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printError(error.message);
    return false;
  }
}

/** `1 test`, `2 tests`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
