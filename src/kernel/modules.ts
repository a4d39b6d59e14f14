import { Entity, entity, JournaledMap, type Journal } from '../history';
import { andThen } from './blocking';
import { EAGAIN, ENOENT } from './errno';
import type { Answer } from './file';
import type { Process } from './process';

/** A module that is not part of the kernel from the start. */
export interface LoadableModule {
  /** With underscores. */
  readonly name: string;
  /** Modules whose functions it calls: loaded before it, and kept while it is loaded. */
  readonly needs?: readonly string[];
  /** Modules that modprobe loads behind it (`softdep post`). */
  readonly then?: readonly string[];
  /** `module_init`. */
  load(process: Process): Answer;
  /** `module_exit`; may wait. */
  unload(process: Process): Answer;
}

class LoadedModule extends entity({
  /** References besides those of modules that need it. */
  users: 0,
}) {
  constructor(
    journal: Journal,
    readonly module: LoadableModule,
  ) {
    super(journal);
  }
}

/** Modules that can be loaded and unloaded. Those of vfio-pci and type1 are built in. */
export class Modules extends Entity {
  private readonly loaded: JournaledMap<string, LoadedModule>;

  constructor(
    journal: Journal,
    private readonly known: readonly LoadableModule[],
  ) {
    super(journal);
    this.loaded = new JournaledMap(journal);
  }

  has(name: string): boolean {
    return this.loaded.get(name) !== undefined;
  }

  /** `try_module_get` (1) and `module_put` (-1). */
  hold(name: string, change: 1 | -1): void {
    const module = this.loaded.get(name);
    if (module !== undefined) module.users += change;
  }

  /** `modprobe`: the module with those that it needs and those that go with it; -ENOENT when there is none. */
  load(process: Process, name: string): Answer {
    const module = this.known.find((candidate) => candidate.name === name);
    if (module === undefined) return -ENOENT;
    if (this.has(name)) return 0;
    return andThen(this.loadAll(process, module.needs ?? []), (needed) => {
      if (needed < 0) return needed;
      return andThen(module.load(process), (answer) => {
        if (answer < 0) return answer;
        this.loaded.set(name, new LoadedModule(this.journal, module));
        return this.loadAll(process, module.then ?? []);
      });
    });
  }

  /** `rmmod`: -ENOENT when it is not loaded, -EAGAIN (EWOULDBLOCK) while somebody needs it. */
  unload(process: Process, name: string): Answer {
    const loaded = this.loaded.get(name);
    if (loaded === undefined) return -ENOENT;
    for (const { module } of this.loaded.values()) if (module.needs?.includes(name)) return -EAGAIN;
    if (loaded.users > 0) return -EAGAIN;
    return andThen(loaded.module.unload(process), () => {
      this.loaded.delete(name);
      return 0;
    });
  }

  private loadAll(process: Process, names: readonly string[]): Answer {
    const [first, ...rest] = names;
    if (first === undefined) return 0;
    return andThen(this.load(process, first), (answer) => (answer < 0 ? answer : this.loadAll(process, rest)));
  }
}
