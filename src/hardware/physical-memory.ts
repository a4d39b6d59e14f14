import { entity, JournaledBytes, JournaledMap, JournaledNumbers, type Journal } from '../history';

export const frameBits = 12;
export const frameSize = 1 << frameBits;
/** Frames of a huge page of 2 MiB. */
export const hugeFrames = 512;

/** Frames below 1 MiB belong to the firmware. */
const firstFrame = 0x100;

/**
 * Main memory: frames of 4 KiB, zero when handed out, and a pool of huge pages of 2 MiB.
 * Addresses are physical, as numbers below 2^52. What is in a frame exists from its first write on.
 */
export class PhysicalMemory extends entity({ next: firstFrame, taken: 0, freed: 0, hugeTaken: 0, hugeFreed: 0 }) {
  /** Frames in memory. */
  readonly frames: number;
  /** Huge pages in the pool, taken or free. */
  readonly hugePages: number;
  /** First frame of the pool of huge pages, at the end of memory. */
  private readonly hugeStart: number;
  private readonly contents: JournaledMap<number, JournaledBytes>;
  private readonly freeStack: JournaledNumbers;
  private readonly hugeStack: JournaledNumbers;

  constructor(journal: Journal, bytes: number, hugePages: number) {
    super(journal);
    this.frames = Math.floor(bytes / frameSize);
    this.hugePages = hugePages;
    this.hugeStart = this.frames - hugePages * hugeFrames;
    this.contents = new JournaledMap(journal);
    this.freeStack = new JournaledNumbers(journal, this.frames);
    this.hugeStack = new JournaledNumbers(journal, hugePages);
  }

  /** Frames (outside the pool of huge pages) that are free. */
  get freeFrames(): number {
    return this.hugeStart - this.taken - this.next + this.freed;
  }

  /** Huge pages of the pool that are free (`HugePages_Free`). */
  get freeHugePages(): number {
    return this.hugePages - this.hugeTaken + this.hugeFreed;
  }

  /**
   * A zeroed frame: its number, or -1 when memory is full. From the top of memory downwards: as on a real machine that
   * has run for a while, pages that a program touches one after the other do not lie one after the other.
   */
  allocate(): number {
    if (this.freed > 0) return this.freeStack.get(--this.freed);
    const frame = this.hugeStart - 1 - this.taken;
    if (frame < this.next) return -1;
    this.taken++;
    return frame;
  }

  /** `pages` consecutive frames whose first is a multiple of `align`: its number, or -1 when there are none. */
  allocateRun(pages: number, align: number): number {
    const start = Math.ceil(this.next / align) * align;
    if (start + pages > this.hugeStart - this.taken) return -1;
    for (let skipped = this.next; skipped < start; skipped++) this.freeStack.set(this.freed++, skipped);
    this.next = start + pages;
    return start;
  }

  /** 512 frames of a huge page of the pool: the first one's number, or -1 when the pool is empty. */
  allocateHuge(): number {
    if (this.hugeFreed > 0) return this.hugeStack.get(--this.hugeFreed);
    if (this.hugeTaken === this.hugePages) return -1;
    this.hugeTaken++;
    return this.hugeStart + hugeFrames * (this.hugePages - this.hugeTaken);
  }

  /** Gives back `pages` frames from `pfn`; what was in them is gone. */
  free(pfn: number, pages = 1): void {
    for (let frame = pfn; frame < pfn + pages; frame++) {
      this.contents.delete(frame);
      this.freeStack.set(this.freed++, frame);
    }
  }

  /** Gives a huge page back to the pool. */
  freeHuge(pfn: number): void {
    for (let frame = pfn; frame < pfn + hugeFrames; frame++) this.contents.delete(frame);
    this.hugeStack.set(this.hugeFreed++, pfn);
  }

  /** Whether the address is main memory. */
  has(address: number): boolean {
    return address >= 0 && address < this.frames * frameSize;
  }

  /** `length` bytes from physical `address`, as a copy; bytes past the end of memory read as ff. */
  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = address + done;
      const frame = Math.floor(at / frameSize);
      const start = at - frame * frameSize;
      const count = Math.min(length - done, frameSize - start);
      if (frame >= this.frames) out.fill(0xff, done, done + count);
      else {
        const content = this.contents.get(frame);
        if (content !== undefined) out.set(content.read(start, count), done);
      }
      done += count;
    }
    return out;
  }

  /** Writes to physical `address`; bytes past the end of memory are dropped. */
  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = address + done;
      const frame = Math.floor(at / frameSize);
      const start = at - frame * frameSize;
      const count = Math.min(bytes.length - done, frameSize - start);
      if (frame < this.frames) this.content(frame).write(start, bytes.subarray(done, done + count));
      done += count;
    }
  }

  private content(frame: number): JournaledBytes {
    let content = this.contents.get(frame);
    if (content === undefined) this.contents.set(frame, (content = new JournaledBytes(this.journal)));
    return content;
  }
}
