import { iovaSnapshots, topologySnapshot, type Engine, type EventRecorder } from '../debugger';
import { iovaMap, timeline, topology } from '../pictures';
import type { PictureAnswer, PictureArguments } from './picture-requests';

const defaultWidth = 1000;

/** Draws the pictures of one run. What was read of a moment is kept: zooming reads nothing again. */
export class Painter {
  private containers: ReturnType<typeof iovaSnapshots> | null = null;
  /** What had changed at the moment that the containers were read at: a new object at each stop. */
  private moment: ReadonlySet<object> | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly recorder: EventRecorder,
    /** What the timeline is called. */
    private readonly name: string,
  ) {}

  draw(wanted: PictureArguments): PictureAnswer {
    const { changed } = this.engine;
    if (changed !== this.moment) this.containers = null;
    this.moment = changed;
    switch (wanted.kind) {
      case 'iova':
        return this.iova(wanted);
      case 'topology': {
        const snapshot = this.engine.inspect(() => topologySnapshot(this.engine));
        if (snapshot.functions.length === 0) return nothing('No machine has been started yet.');
        return { svg: topology(snapshot, { ...themeOf(wanted), ...selectedText(wanted) }), containers: [] };
      }
      case 'timeline':
        return this.timeline(wanted);
    }
  }

  private iova(wanted: PictureArguments): PictureAnswer {
    const all = (this.containers ??= this.engine.inspect(() => iovaSnapshots(this.engine)));
    const found = all.find(({ id }) => id === wanted.container) ?? all[0];
    if (found === undefined) return nothing('No container is open at this moment.');
    const { window, width = defaultWidth, selected } = wanted;
    const svg = iovaMap(found.snapshot, {
      ...themeOf(wanted),
      width,
      ...(window === undefined ? {} : { window: { page: window.from, count: window.count } }),
      ...(selected === undefined ? {} : { selected: Number(selected) }),
    });
    return { svg, containers: all.map(({ id, snapshot }) => ({ id, name: snapshot.name })), container: found.id };
  }

  private timeline(wanted: PictureArguments): PictureAnswer {
    const { step, past } = this.engine.standing;
    const snapshot = this.recorder.snapshot(this.name, past ? step : null);
    if (snapshot.events.length === 0) return nothing('Nothing has happened yet.');
    const { window, width = defaultWidth, selected } = wanted;
    const svg = timeline(snapshot, {
      ...themeOf(wanted),
      width,
      ...(window === undefined ? {} : { window: { first: window.from, count: window.count } }),
      ...(selected === undefined ? {} : { selected: Number(selected) }),
    });
    return { svg, containers: [] };
  }
}

const nothing = (empty: string): PictureAnswer => ({ svg: '', containers: [], empty });

const themeOf = ({ theme }: PictureArguments): Pick<PictureArguments, 'theme'> =>
  theme === undefined ? {} : { theme };

const selectedText = ({ selected }: PictureArguments): { selected?: string } =>
  selected === undefined ? {} : { selected };
