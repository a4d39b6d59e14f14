/** Something whose state is kept by a journal: it can put an earlier value back. */
export interface JournalOwner {
  /**
   * Puts `value` at `key` without recording it, and returns what stood there.
   * An entry of the journal is its own inverse: swapping twice changes nothing.
   */
  swap(key: unknown, value: unknown): unknown;
}

/** One recorded write, as {@link Journal.changes} shows it. */
export interface Change {
  /** Position of the entry: the state before it is `goto(position)`, after it `goto(position + 1)`. */
  readonly position: number;
  readonly owner: JournalOwner;
  /** Field name, map key, list index or byte offset, as the owner chose. */
  readonly key: unknown;
}

export interface JournalOptions {
  /** How many entries are kept at most; older ones are dropped a chunk at a time. Default 32 million (about 800 MB when full). */
  readonly limit?: number;
  /** Off: nothing is recorded, and there is no way back. Default on. */
  readonly recording?: boolean;
}

const chunkBits = 12;
const chunkSize = 1 << chunkBits;

/** Parallel arrays instead of an object per entry: a third of the memory, and nothing for the collector to trace. */
class Chunk {
  readonly owners = new Array<JournalOwner | undefined>(chunkSize);
  readonly keys = new Array<unknown>(chunkSize);
  readonly values = new Array<unknown>(chunkSize);
}

/**
 * The one record of every write to simulated state, and the way through time.
 *
 * Entries stand in the order of their writes and are counted from the start of the run; `position` is where the
 * simulated world is now. Entries below it hold the values that were overwritten, entries from it to `end` hold the
 * values that come back on redo. A write in the past drops what lay ahead.
 */
export class Journal {
  private chunks: Chunk[] = [];
  /** Position of the first entry of `chunks[0]`. */
  private base = 0;
  private now = 0;
  private last = 0;
  private chunkLimit: number;
  private on: boolean;
  private quiet = 0;

  constructor(options: JournalOptions = {}) {
    this.chunkLimit = Math.max(2, Math.ceil((options.limit ?? 32 * 1024 * 1024) / chunkSize));
    this.on = options.recording ?? true;
  }

  /** Number of writes behind the present state. */
  get position(): number {
    return this.now;
  }

  /** Number of writes that are known, the future included. */
  get end(): number {
    return this.last;
  }

  /** The oldest position that can be gone back to. */
  get horizon(): number {
    return this.base;
  }

  get recording(): boolean {
    return this.on;
  }

  /** Switching recording off forgets everything: the present becomes the horizon. */
  set recording(on: boolean) {
    if (on === this.on) return;
    this.on = on;
    this.chunks = [];
    this.base = this.now;
    this.last = this.now;
  }

  /** Called by owners before they overwrite `old` at `key`. Drops the future. */
  record(owner: JournalOwner, key: unknown, old: unknown): void {
    if (!this.on || this.quiet > 0) return;
    const offset = this.now - this.base;
    const at = offset & (chunkSize - 1);
    const chunk = this.chunks[offset >>> chunkBits] ?? this.grow(offset >>> chunkBits);
    chunk.owners[at] = owner;
    chunk.keys[at] = key;
    chunk.values[at] = old;
    this.now++;
    if (this.last !== this.now) this.forgetFuture();
    if (at === chunkSize - 1 && this.chunks.length >= this.chunkLimit) this.dropOldest();
  }

  /**
   * Undoes or redoes up to `position`.
   * @throws RangeError when the position lies behind the horizon or past the end: callers ask first.
   */
  goto(position: number): void {
    if (position < this.base || position > this.last) {
      throw new RangeError(`position ${position} is outside ${this.base}..${this.last}`);
    }
    while (this.now > position) this.undoChunk(position);
    while (this.now < position) this.redoChunk(position);
  }

  /**
   * Runs `act`, then takes back everything that it wrote; the future stays known.
   * This is how an expression is evaluated without effects and how a past call is told again in detail.
   */
  rehearse<T>(act: () => T): T {
    const { chunks, base, last, now, on, chunkLimit } = this;
    this.chunks = [];
    // Nothing may be dropped: all of it is taken back.
    this.chunkLimit = Infinity;
    this.base = now;
    this.last = now;
    this.on = true;
    try {
      return act();
    } finally {
      this.goto(now);
      this.chunks = chunks;
      this.base = base;
      this.last = last;
      this.on = on;
      this.chunkLimit = chunkLimit;
    }
  }

  /** Runs `act` without recording. Only right while `act` writes nothing but objects that it made itself. */
  quietly<T>(act: () => T): T {
    this.quiet++;
    try {
      return act();
    } finally {
      this.quiet--;
    }
  }

  /** The writes between two positions, oldest first. */
  *changes(from: number, to: number): Generator<Change> {
    for (let position = Math.max(from, this.base); position < Math.min(to, this.last); position++) {
      const { owner, key } = this.entry(position);
      yield { position, owner, key };
    }
  }

  /**
   * Position of the last write to `key` of `owner` before `before` (default: the present), or undefined when it was
   * never written or the write lies behind the horizon. Found by walking back: a write costs nothing for it.
   */
  lastWrite(owner: JournalOwner, key: unknown, before = this.now): number | undefined {
    for (let position = before - 1; position >= this.base; position--) {
      const offset = position - this.base;
      const chunk = this.chunks[offset >>> chunkBits]!;
      const at = offset & (chunkSize - 1);
      if (chunk.owners[at] === owner && chunk.keys[at] === key) return position;
    }
    return undefined;
  }

  private entry(position: number): { owner: JournalOwner; key: unknown } {
    const offset = position - this.base;
    const chunk = this.chunks[offset >>> chunkBits]!;
    const at = offset & (chunkSize - 1);
    return { owner: chunk.owners[at]!, key: chunk.keys[at] };
  }

  /** Undoes entries of one chunk, down to `position` at most: going far is most of what a long way back costs. */
  private undoChunk(position: number): void {
    const offset = this.now - 1 - this.base;
    const { owners, keys, values } = this.chunks[offset >>> chunkBits]!;
    const first = Math.max(position, this.now - 1 - (offset & (chunkSize - 1)));
    for (let at = offset & (chunkSize - 1); this.now > first; at--) {
      this.now--;
      values[at] = owners[at]!.swap(keys[at], values[at]);
    }
  }

  private redoChunk(position: number): void {
    const offset = this.now - this.base;
    const { owners, keys, values } = this.chunks[offset >>> chunkBits]!;
    const last = Math.min(position, this.now - (offset & (chunkSize - 1)) + chunkSize);
    for (let at = offset & (chunkSize - 1); this.now < last; at++) {
      values[at] = owners[at]!.swap(keys[at], values[at]);
      this.now++;
    }
  }

  private grow(index: number): Chunk {
    const chunk = new Chunk();
    this.chunks[index] = chunk;
    return chunk;
  }

  private forgetFuture(): void {
    this.last = this.now;
    const used = ((this.now - this.base - 1) >>> chunkBits) + 1;
    if (this.chunks.length > used) this.chunks.length = used;
  }

  private dropOldest(): void {
    this.chunks.shift();
    this.base += chunkSize;
  }
}
