import type { Scale } from '../scale';
import type { EntrySize, MappingSnapshot, PageRange } from '../snapshot';

/** One drawn rectangle: a mapping, or neighbours that are too small to be told apart at this zoom. */
export interface Block {
  /** Left edge and width in pixels; blocks of a row never overlap. */
  readonly x: number;
  readonly width: number;
  /** Indices of its first and last mapping. */
  readonly first: number;
  readonly last: number;
  readonly rights: MappingSnapshot['rights'] | 'mixed';
  readonly entries: EntrySize;
  /** From its first to behind its last page. */
  readonly range: PageRange;
  /** Pages in it that are mapped. */
  readonly mapped: number;
  readonly changed: boolean;
}

/** What is smaller than this is drawn together with its neighbours. */
const smallest = 1;
/** From this width on, what differs gets a block of its own. */
const distinct = 2;

/** Index of the first range that ends behind `page`. */
function firstBehind(ranges: readonly PageRange[], page: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle]!;
    if (range.page + range.count > page) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Rectangles for the mappings in the scale's interval, from left to right. There are never more of them than pixels:
 * a picture of 65,535 mappings is as light as one of a hundred.
 */
export function blocksOf(mappings: readonly MappingSnapshot[], scale: Scale): Block[] {
  const blocks: Block[] = [];
  let open = null as OpenBlock | null;
  for (let index = firstBehind(mappings, scale.from); index < mappings.length; index++) {
    const mapping = mappings[index]!;
    if (mapping.page >= scale.to) break;
    const left = scale.at(mapping.page);
    const right = scale.at(mapping.page + mapping.count);
    if (open?.takes(mapping, left, right) === true) open.add(mapping, index, right);
    else {
      if (open !== null) blocks.push(open.close());
      open = new OpenBlock(mapping, index, Math.max(left, open?.end ?? left), right);
    }
  }
  if (open !== null) blocks.push(open.close());
  return blocks;
}

/** A block that may still grow. */
class OpenBlock {
  private last: number;
  private right: number;
  private rights: Block['rights'];
  private entries: EntrySize;
  private mapped: number;
  private endPage: number;
  private changed: boolean;

  constructor(
    private readonly start: MappingSnapshot,
    private readonly first: number,
    private readonly left: number,
    right: number,
  ) {
    this.last = first;
    this.right = right;
    this.rights = start.rights;
    this.entries = start.entries;
    this.mapped = start.count;
    this.endPage = start.page + start.count;
    this.changed = start.changed === true;
  }

  /** Right edge as it will be drawn. */
  get end(): number {
    return Math.max(this.right, this.left + smallest);
  }

  /** Both are too small to stand alone, they are of one kind, and there is less than half of a pixel between them. */
  takes(mapping: MappingSnapshot, left: number, right: number): boolean {
    const alone = this.first === this.last && this.right - this.left >= smallest;
    if (alone || right - left >= smallest || left >= this.end + smallest / 2) return false;
    return this.end - this.left < distinct || this.isLike(mapping);
  }

  private isLike({ rights, entries, changed }: MappingSnapshot): boolean {
    return this.rights === rights && this.entries === entries && this.changed === (changed === true);
  }

  add(mapping: MappingSnapshot, index: number, right: number): void {
    this.last = index;
    this.right = Math.max(this.right, right);
    if (mapping.rights !== this.rights) this.rights = 'mixed';
    if (mapping.entries !== this.entries) this.entries = 'mixed';
    this.mapped += mapping.count;
    this.endPage = mapping.page + mapping.count;
    this.changed ||= mapping.changed === true;
  }

  close(): Block {
    const { left: x, first, last, rights, entries, mapped, changed } = this;
    const range = { page: this.start.page, count: this.endPage - this.start.page };
    return { x, width: this.end - x, first, last, rights, entries, range, mapped, changed };
  }
}
