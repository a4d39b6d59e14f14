// Folders that live as long as this process.

import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = [];

process.on('exit', () => {
  for (const folder of made) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch {
      // A process that is just ending still writes there; the system clears its own folder.
    }
  }
});

/**
 * An empty folder, or a copy of `from`, so that a test never writes into the repository.
 * @param {string} name part of the folder's name
 * @param {string} [from]
 */
export function scratchFolder(name, from) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `vfio-lab-${name}-`)));
  made.push(folder);
  if (from !== undefined) cpSync(from, folder, { recursive: true });
  return folder;
}
