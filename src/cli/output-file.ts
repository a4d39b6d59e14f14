import { writeFileSync } from 'node:fs';
import { printLine, UserError } from './console';

/** Writes a text to a file, or to standard output when there is none (or `-`). @throws UserError when it cannot be written */
export function writeText(text: string, path: string | undefined): void {
  if (path === undefined || path === '-') {
    printLine(text.replace(/\n$/, ''));
    return;
  }
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
