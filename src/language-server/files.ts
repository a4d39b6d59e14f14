import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The text of a file on this machine; undefined when it cannot be read. */
export function readLocalFile(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return readFileSync(fileURLToPath(uri), 'utf8');
  } catch {
    // The parser says at the right place that it is not there.
    return undefined;
  }
}
