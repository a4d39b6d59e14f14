import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { printLine, flush, paint } from './console';
import { scenariosIn } from './scenarios';

/** Between two looks at the files, in milliseconds. Looking works on every file system, other than being told. */
const pause = 200;

/** Once at the start, and again whenever a scenario below the paths is new, changed or gone. Never ends by itself. */
export async function* afterChanges(paths: readonly string[]): AsyncGenerator<void> {
  for (let seen: string | undefined; ;) {
    const state = stateOf(paths);
    if (state !== seen) {
      seen = state;
      yield;
      printLine(paint('dim', 'waiting for changes; Ctrl+C ends'));
      flush();
    }
    await wait(pause);
  }
}

/** Names, sizes and times of all scenarios. */
function stateOf(paths: readonly string[]): string {
  return scenariosIn(paths)
    .map((file) => {
      try {
        const { mtimeMs, size } = statSync(file);
        return `${file} ${mtimeMs} ${size}`;
      } catch {
        // Gone between the listing and here: that is a change, too.
        return file;
      }
    })
    .join('\n');
}
