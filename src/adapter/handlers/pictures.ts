import type { Context } from '../context';
import { Painter } from '../picture';
import type { PictureRequests } from '../picture-requests';
import type { Run } from '../run';

/** Requests of the picture panels. */
export function pictureHandlers(context: Context) {
  const painters = new WeakMap<Run, Painter>();
  const painterOf = (run: Run): Painter => {
    let painter = painters.get(run);
    if (painter === undefined) painters.set(run, (painter = new Painter(run.engine, run.events, 'this run')));
    return painter;
  };
  return {
    'vfioLab/picture': (
      args: PictureRequests['vfioLab/picture']['arguments'],
    ): PictureRequests['vfioLab/picture']['answer'] => painterOf(context.standing).draw(args),
  };
}
