import { Entity } from './entity';
import type { Journal } from './journal';

const pageBits = 12;
const pageSize = 1 << pageBits;

/**
 * Bytes from offset 0 to 2^53, zero until written, kept in pages of 4 KiB that appear on the first write.
 * A write records the bytes that it replaces; the journal's key is the offset of the first of them.
 */
export class JournaledBytes extends Entity {
  private readonly pages = new Map<number, Uint8Array>();

  /** `length` bytes from `offset`, as a copy. */
  read(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { page, start, count } = this.piece(offset + done, length - done);
      if (page !== undefined) out.set(page.subarray(start, start + count), done);
      done += count;
    }
    return out;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.journal.recording) this.journal.record(this, offset, this.read(offset, bytes.length));
    this.store(offset, bytes);
  }

  override swap(key: unknown, value: unknown): unknown {
    const bytes = value as Uint8Array;
    const old = this.read(key as number, bytes.length);
    this.store(key as number, bytes);
    return old;
  }

  private store(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const { number, page, start, count } = this.piece(offset + done, bytes.length - done);
      let target = page;
      if (target === undefined) this.pages.set(number, (target = new Uint8Array(pageSize)));
      target.set(bytes.subarray(done, done + count), start);
      done += count;
    }
  }

  private piece(
    offset: number,
    length: number,
  ): { number: number; page: Uint8Array | undefined; start: number; count: number } {
    const number = Math.floor(offset / pageSize);
    const start = offset - number * pageSize;
    return { number, page: this.pages.get(number), start, count: Math.min(length, pageSize - start) };
  }
}

/** A fixed-size block of bytes, as registers and configuration space are: small, read and written in any width. */
export class JournaledBlock extends Entity {
  private readonly view: DataView;

  constructor(
    journal: Journal,
    readonly bytes: Uint8Array,
  ) {
    super(journal);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Little-endian value of `width` 1, 2 or 4 bytes. @throws RangeError outside the block. */
  get(offset: number, width: 1 | 2 | 4): number {
    if (width === 1) return this.view.getUint8(offset);
    return width === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true);
  }

  set(offset: number, width: 1 | 2 | 4, value: number): void {
    const old = this.get(offset, width);
    if (old === value) return;
    // Width and offset in one number: the key says which bytes changed without an object per write.
    this.journal.record(this, offset * 8 + width, old);
    this.put(offset, width, value);
  }

  override swap(key: unknown, value: unknown): unknown {
    const width = ((key as number) & 7) as 1 | 2 | 4;
    const offset = (key as number) >>> 3;
    const old = this.get(offset, width);
    this.put(offset, width, value as number);
    return old;
  }

  private put(offset: number, width: 1 | 2 | 4, value: number): void {
    if (width === 1) this.view.setUint8(offset, value);
    else if (width === 2) this.view.setUint16(offset, value, true);
    else this.view.setUint32(offset, value, true);
  }
}
