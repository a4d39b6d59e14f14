/** Numbers for things that a client asks about later. They hold until the next stop. */
export class Handles<T> {
  private readonly things = new Map<number, T>();
  private next: number;

  constructor(private readonly first = 1) {
    this.next = first;
  }

  add(thing: T): number {
    this.things.set(this.next, thing);
    return this.next++;
  }

  get(handle: number): T | undefined {
    return this.things.get(handle);
  }

  /** Forgets all; numbers are not used again, so that a late question gets no wrong answer. */
  clear(): void {
    this.things.clear();
    if (this.next > 0x3fff_ffff) this.next = this.first;
  }
}
