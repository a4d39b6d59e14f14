import { Entity, JournaledNumbers, JournaledSet, JournaledSlots, type Journal } from '../history';

/** Rights of a mapping, as `IOMMU_READ` and `IOMMU_WRITE`. */
export const pageRead = 1;
export const pageWrite = 2;

const entriesPerTable = 512;
const bitsPerLevel = 9;

/** Pages of an entry by level of its table; level 1 is the last. */
const entryPages = Array.from({ length: 8 }, (_, level) => 2 ** (bitsPerLevel * Math.max(0, level - 1)));

/** Index of the page's entry in its table at `level`. */
function entryOf(pfn: number, level: number): number {
  // Shifts take 32 bits only; nearly all page numbers fit.
  if (level <= 4 && pfn < 0x80000000) return (pfn >>> (bitsPerLevel * (level - 1))) & (entriesPerTable - 1);
  return Math.floor(pfn / entryPages[level]!) % entriesPerTable;
}

/** Orders of page sizes: 4 KiB, 2 MiB, 1 GiB. */
export type PageOrder = 0 | 9 | 18;

/** One mapping, as {@link PageTable.lookup} finds it. */
export interface PageMapping {
  /** First I/O page of the (super)page. */
  readonly iovaPfn: number;
  /** First frame of it. */
  readonly pfn: number;
  /** log2 of its pages. */
  readonly order: PageOrder;
  /** `pageRead | pageWrite`. */
  readonly prot: number;
}

/**
 * A table of the tree: 512 entries, each empty, a page, or the next table.
 * A page's entry is `frame * 4 + prot`: rights are never 0, so that 0 stays free for "empty".
 */
class Table extends Entity {
  readonly pages: JournaledNumbers;
  readonly tables: JournaledSlots<Table> | null;

  constructor(journal: Journal, level: number) {
    super(journal);
    this.pages = new JournaledNumbers(journal, entriesPerTable);
    this.tables = level === 1 ? null : new JournaledSlots(journal, entriesPerTable);
  }
}

/**
 * The translation tables of one IOMMU domain: a tree of tables with 512 entries, as VT-d's second level and AMD's
 * host tables are. Addresses are page numbers (4 KiB). All writes are journaled, ranges a table at a time.
 */
export class PageTable extends Entity {
  /** First I/O pages of the mappings that the IOTLB holds: used by a device since they were made. */
  readonly cached: JournaledSet<number>;
  private readonly root: Table;
  private readonly levels: number;

  constructor(
    journal: Journal,
    /** Bits of IOVA that the tree covers. */
    readonly width: number,
  ) {
    super(journal);
    this.levels = Math.ceil((width - 12) / bitsPerLevel);
    this.root = new Table(journal, this.levels);
    this.cached = new JournaledSet(journal);
  }

  /**
   * Maps `pages` pages to consecutive frames with pages of 2^`order`; `iovaPfn`, `physPfn` and `pages` are multiples
   * of that. What was mapped there is overwritten.
   */
  map(iovaPfn: number, physPfn: number, pages: number, prot: number, order: PageOrder = 0): void {
    const level = order / bitsPerLevel + 1;
    const size = entryPages[level]!;
    let page = iovaPfn;
    let frame = physPfn;
    let left = pages / size;
    while (left > 0) {
      const table = this.tableFor(page, level);
      const at = entryOf(page, level);
      const count = Math.min(left, entriesPerTable - at);
      table.pages.fill(at, count, frame * 4 + prot, size * 4);
      if (table.tables !== null) for (let slot = at; slot < at + count; slot++) table.tables.set(slot, null);
      page += count * size;
      frame += count * size;
      left -= count;
    }
  }

  /**
   * Unmaps the page at `iovaPfn` and those after it up to `pages` pages.
   * A superpage goes as a whole, even when the range covers a part of it: the answer may exceed `pages`.
   * @returns number of pages unmapped, counted from `iovaPfn` to the end of the last (super)page; 0 when `iovaPfn` is
   * not mapped. Stops at the first page that is not mapped.
   */
  unmap(iovaPfn: number, pages: number): number {
    let done = 0;
    while (done < pages) {
      const count = this.unmapPiece(iovaPfn + done, pages - done);
      if (count === 0) break;
      done += count;
    }
    if (this.cached.size > 0) this.forget(iovaPfn, done);
    return done;
  }

  /** Takes the pages out of the IOTLB. */
  private forget(iovaPfn: number, pages: number): void {
    for (const cached of [...this.cached]) {
      if (cached < iovaPfn + pages && cached + 2 ** 18 > iovaPfn && this.lookup(cached) === undefined)
        this.cached.delete(cached);
    }
  }

  /** The mapping that covers the page, or undefined. */
  lookup(iovaPfn: number): PageMapping | undefined {
    let table: Table | null = this.root;
    for (let level = this.levels; table !== null; level--) {
      const at = entryOf(iovaPfn, level);
      const page = table.pages.get(at);
      if (page !== 0) {
        const order = ((level - 1) * bitsPerLevel) as PageOrder;
        return { iovaPfn: iovaPfn - (iovaPfn % entryPages[level]!), pfn: Math.floor(page / 4), order, prot: page % 4 };
      }
      table = table.tables === null ? null : table.tables.get(at);
    }
    return undefined;
  }

  /** Frame of the page, or -1: {@link lookup} without an object. */
  frameOf(iovaPfn: number): number {
    let table: Table | null = this.root;
    for (let level = this.levels; table !== null; level--) {
      const at = entryOf(iovaPfn, level);
      const page = table.pages.get(at);
      if (page !== 0) return Math.floor(page / 4) + (iovaPfn % entryPages[level]!);
      table = table.tables === null ? null : table.tables.get(at);
    }
    return -1;
  }

  /**
   * The entries that lead to a page, from the root down: what the IOMMU reads to translate. The last one is the page,
   * or an empty entry where nothing is mapped.
   */
  walkTo(iovaPfn: number): { readonly level: number; readonly index: number; readonly page: number }[] {
    const path: { level: number; index: number; page: number }[] = [];
    let table: Table | null = this.root;
    for (let level = this.levels; table !== null; level--) {
      const index = entryOf(iovaPfn, level);
      const page = table.pages.get(index);
      path.push({ level, index, page });
      if (page !== 0) break;
      table = table.tables === null ? null : table.tables.get(index);
    }
    return path;
  }

  /** All mappings in the order of their addresses. */
  *mappings(): Generator<PageMapping> {
    yield* this.walk(this.root, this.levels, 0);
  }

  private *walk(table: Table, level: number, base: number): Generator<PageMapping> {
    const size = entryPages[level]!;
    for (let at = 0; at < entriesPerTable; at++) {
      const iovaPfn = base + at * size;
      const page = table.pages.get(at);
      if (page !== 0) {
        yield { iovaPfn, pfn: Math.floor(page / 4), order: ((level - 1) * bitsPerLevel) as PageOrder, prot: page % 4 };
        continue;
      }
      const next = table.tables?.get(at);
      if (next !== null && next !== undefined) yield* this.walk(next, level - 1, iovaPfn);
    }
  }

  /** The table at `level` that holds the page's entry; made when missing. */
  private tableFor(page: number, level: number): Table {
    let table = this.root;
    for (let at = this.levels; at > level; at--) {
      const slot = entryOf(page, at);
      table = table.tables!.get(slot) ?? this.makeTable(table, slot, at);
    }
    return table;
  }

  /** A missing table; a superpage that stood in its place is split, so that the rest of it stays mapped. */
  private makeTable(above: Table, slot: number, level: number): Table {
    const page = above.pages.get(slot);
    const made = this.journal.quietly(() => {
      const table = new Table(this.journal, level - 1);
      if (page !== 0) table.pages.fill(0, entriesPerTable, page, entryPages[level - 1]! * 4);
      return table;
    });
    above.pages.set(slot, 0);
    above.tables!.set(slot, made);
    return made;
  }

  private unmapPiece(iovaPfn: number, pages: number): number {
    let table: Table | null = this.root;
    for (let level = this.levels; table !== null; level--) {
      const at = entryOf(iovaPfn, level);
      if (table.pages.get(at) !== 0) {
        const size = entryPages[level]!;
        const lead = iovaPfn % size;
        let count = 1;
        while (at + count < entriesPerTable && count * size - lead < pages && table.pages.get(at + count) !== 0)
          count++;
        table.pages.fill(at, count, 0, 0);
        return count * size - lead;
      }
      table = table.tables === null ? null : table.tables.get(at);
    }
    return 0;
  }
}
