import type { Journal, JournalOwner } from '../history';
import { Breakpoint, type GuardOptions } from './breakpoints';

/** Something whose change can be waited for. */
export interface Watch {
  /** `iova`, `group 9: opened`, `IOVA 0x100000+4096`. */
  readonly label: string;
  /** Whether a write may change it: asked for every write, so only a comparison. */
  touches(owner: JournalOwner, key: unknown): boolean;
  /** What is there now, in words that differ when it differs. */
  read(): string;
}

export interface DataRequest extends GuardOptions {
  /** Undefined: what was to be watched is not there any more. */
  readonly watch: Watch | undefined;
}

/** A watch that a breakpoint belongs to. */
export interface DataBreakpoint {
  readonly breakpoint: Breakpoint;
  readonly watch: Watch;
}

/** Breakpoints on what is written rather than on what runs. */
export class DataBreakpoints {
  private all: readonly DataBreakpoint[] = [];

  constructor(private readonly nextId: () => number) {}

  get size(): number {
    return this.all.length;
  }

  /** Replaces all of them. */
  set(requests: readonly DataRequest[]): Breakpoint[] {
    const watched: DataBreakpoint[] = [];
    const made = requests.map(({ watch, ...guard }) => {
      const problem = watch === undefined ? 'What was to be watched is not there any more' : undefined;
      const breakpoint = new Breakpoint(guard.id ?? this.nextId(), guard, undefined, undefined, problem);
      if (watch !== undefined) watched.push({ breakpoint, watch });
      return breakpoint;
    });
    this.all = watched;
    return made;
  }

  /** Those that a write between two positions of the journal may have changed. */
  touched(journal: Journal, from: number, to: number): readonly DataBreakpoint[] {
    const found = new Set<DataBreakpoint>();
    for (const { owner, key } of journal.changes(from, to)) {
      for (const each of this.all) if (!found.has(each) && each.watch.touches(owner, key)) found.add(each);
      if (found.size === this.all.length) break;
    }
    return [...found];
  }
}
