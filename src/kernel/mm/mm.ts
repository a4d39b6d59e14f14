import { entity, JournaledList, JournaledMap, type Journal } from '../../history';
import { EACCES, EFAULT, EINVAL, ENOMEM, EOVERFLOW } from '../errno';
import type { Answer, OpenFile } from '../file';
import type { Kernel } from '../kernel';
import type { Process } from '../process';
import { hugePages, pageSize, Vma, type Protection, type VmaOrigin } from './vma';

/** First page of anonymous areas; they are 2 MiB aligned so that huge pages could back them. */
const anonymousStart = 0x7f00_0000_0000 / pageSize;
/** First page of mapped files. */
const fileStart = 0x7fe0_0000_0000 / pageSize;
/** First page that user space cannot have (`TASK_SIZE`). */
const taskEnd = 0x7fff_ffff_f000 / pageSize;

const pageBytes = BigInt(pageSize);
/** Last page of a file whose offset fits 64 bits. */
const lastOffsetPage = 2 ** 52 - 1;
/** Addresses of 64 bits end here. */
const addressSpace = 1n << 64n;

/** What an access of the program itself raises. */
export type AccessSignal = 'SIGSEGV' | 'SIGBUS';

/** The memory of a process (`struct mm_struct`): its areas, its pages, and how many of them are locked. */
export class Mm extends entity({
  /** `locked_vm`: pages that count against RLIMIT_MEMLOCK. */
  lockedPages: 0,
  nextAnonymous: anonymousStart,
  nextFile: fileStart,
}) {
  /** Areas by ascending address; they do not overlap. */
  readonly areas: JournaledList<Vma>;
  /** The page table: page frame by page number. PFN maps are not in it: they are all there from the start. */
  readonly pages: JournaledMap<number, number>;

  constructor(
    journal: Journal,
    private readonly kernel: Kernel,
  ) {
    super(journal);
    this.areas = new JournaledList(journal);
    this.pages = new JournaledMap(journal);
  }

  /** The area that holds the page (`find_vma`, when the page lies inside). */
  areaOf(page: number): Vma | undefined {
    let low = 0;
    let high = this.areas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.areas.at(middle)!.endPage <= page) low = middle + 1;
      else high = middle;
    }
    const area = this.areas.at(low);
    return area !== undefined && area.startPage <= page ? area : undefined;
  }

  /** Private anonymous memory: its address, or -EINVAL (length 0) or -ENOMEM (more than the machine has). */
  mapAnonymous(length: bigint, protection: Protection): bigint | number {
    const pages = pageCount(length);
    if (pages === 0) return -EINVAL;
    if (pages > this.kernel.machine.description.memory / pageSize) return -ENOMEM;
    return this.place(pages, protection, { kind: 'anonymous', shared: false, file: null }).start;
  }

  /** Private memory of 2 MiB pages; all of them are set aside in the pool at once. -ENOMEM: the pool has not enough. */
  mapHuge(length: bigint, protection: Protection): bigint | number {
    const huge = Math.ceil(pageCount(length) / hugePages);
    if (huge === 0) return -EINVAL;
    if (!this.kernel.frames.reserveHuge(huge)) return -ENOMEM;
    return this.place(huge * hugePages, protection, { kind: 'hugetlb', shared: false, file: null }).start;
  }

  /**
   * A mapping of a file: the file's own `mmap` decides.
   * @param pgoff offset in pages
   */
  mapFile(
    process: Process,
    file: OpenFile,
    length: bigint,
    pgoff: number,
    protection: Protection,
    shared: boolean,
  ): bigint | Answer {
    const pages = pageCount(length);
    if (pages === 0) return -EINVAL;
    if (pages > taskEnd - fileStart) return -ENOMEM;
    if (pgoff + pages > lastOffsetPage) return -EOVERFLOW;
    if (!file.readable || (shared && protection.write && !file.writable)) return -EACCES;
    const start = this.nextFile;
    const area = new Vma(this.journal, start, start + pages, protection, { kind: 'file', shared, file });
    area.pgoff = pgoff;
    const refused = file.mmap(process, area);
    if (refused !== 0) return refused;
    file.references++;
    this.nextFile = start + pages + 1;
    this.insert(area);
    return area.start;
  }

  /** `munmap`. Huge page areas can only be cut between huge pages (-EINVAL). */
  unmap(process: Process, address: bigint, length: bigint): number {
    const range = pageRange(address, length);
    if (range === null || range.end === range.start) return -EINVAL;
    const refused = this.split(range.start, range.end);
    if (refused < 0) return refused;
    for (const area of this.areas.toArray()) {
      if (area.startPage >= range.start && area.endPage <= range.end) this.removeArea(process, area);
    }
    return 0;
  }

  /** `mprotect`: -ENOMEM when part of the range is not mapped; what lies before the gap is changed. */
  protect(address: bigint, length: bigint, protection: Protection): number {
    if (address % pageBytes !== 0n) return -EINVAL;
    if (length === 0n) return 0;
    if (address + length > addressSpace) return -ENOMEM;
    return this.protectPages(Number(address / pageBytes), pageCount(length), protection);
  }

  private protectPages(start: number, pages: number, protection: Protection): number {
    const range = { start, end: Math.min(start + pages, taskEnd) };
    if (this.areaOf(range.start) === undefined) return -ENOMEM;
    let reached = range.start;
    for (const area of this.areas.toArray()) {
      if (area.endPage <= reached || area.startPage >= range.end) continue;
      if (area.startPage > reached) return -ENOMEM;
      const { file, shared } = area.origin;
      if (shared && protection.write && file !== null && !file.writable) return -EACCES;
      const end = Math.min(area.endPage, range.end);
      const refused = this.split(reached, end);
      if (refused < 0) return refused;
      const inside = this.areaOf(reached)!;
      inside.read = protection.read;
      inside.write = protection.write;
      reached = end;
    }
    return reached < start + pages ? -ENOMEM : 0;
  }

  /** What the program reads at `address`, or the signal that it gets. */
  load(address: bigint, length: number): Uint8Array | AccessSignal {
    // What lies before the first fault is read: device memory may notice. A length without end must not cost memory.
    const out = new Uint8Array(this.accessible(address, length, false));
    const signal = this.access(address, out.length, false, (place, done, count) => {
      if (typeof place === 'number') out.set(this.kernel.machine.memory.read(place, count), done);
      else readIo(place, out.subarray(done, done + count));
    });
    return signal ?? (out.length === length ? out : 'SIGSEGV');
  }

  /** The program writes; the signal that it gets, or null. What lies before the fault is written. */
  store(address: bigint, bytes: Uint8Array): AccessSignal | null {
    return this.access(address, bytes.length, true, (place, done, count) => {
      const piece = bytes.subarray(done, done + count);
      if (typeof place === 'number') this.kernel.machine.memory.write(place, piece);
      else writeIo(place, piece);
    });
  }

  /** `copy_from_user`: the bytes, or null when not all of them can be read. */
  read(address: bigint, length: number): Uint8Array | null {
    const got = this.load(address, length);
    return typeof got === 'string' ? null : got;
  }

  /** `copy_to_user`: whether all bytes could be written. */
  write(address: bigint, bytes: Uint8Array): boolean {
    return this.store(address, bytes) === null;
  }

  /** How many of `length` bytes from `address` on the program may read or write. */
  accessible(address: bigint, length: number, write: boolean): number {
    const end = address + BigInt(length);
    let at = address;
    while (at >= 0n && at < end && at < BigInt(taskEnd) * pageBytes) {
      const area = this.areaOf(Number(at / pageBytes));
      if (area === undefined || !(area.write || (area.read && !write))) break;
      at = area.end;
    }
    const reached = at < end ? at : end;
    return reached > address ? Number(reached - address) : 0;
  }

  /**
   * Long-term pin of one page (`pin_user_pages_remote`): its frame with one more reference, or -EFAULT (nothing
   * mapped, the access not allowed, or a PFN map), or -ENOMEM.
   *
   * Pages of private memory are made the process's own even for reading (`should_force_cow_break`), so that a pin never
   * holds the zero page.
   */
  pin(page: number, write: boolean): number {
    const area = this.areaOf(page);
    if (area === undefined || area.pfnMap || !(write ? area.write : area.read)) return -EFAULT;
    const pfn = this.fault(area, page, write || !area.origin.shared);
    if (pfn >= 0) this.kernel.frames.get(pfn);
    return pfn;
  }

  /** The end of the process: everything is unmapped; pinned pages stay until they are unpinned. */
  release(process: Process): void {
    for (const area of this.areas.toArray()) this.removeArea(process, area);
  }

  /** The frame of a page, brought in when it is not there. */
  private fault(area: Vma, page: number, write: boolean): number {
    const frames = this.kernel.frames;
    const present = this.pages.get(page);
    if (present !== undefined && !(write && present === frames.zeroPfn)) return present;
    if (area.origin.kind === 'hugetlb') return this.faultHuge(page);
    const pfn = write ? frames.allocate() : frames.zeroPfn;
    if (pfn >= 0) this.pages.set(page, pfn);
    return pfn;
  }

  private faultHuge(page: number): number {
    const head = this.kernel.frames.allocateHuge();
    if (head < 0) return head;
    const first = page - (page % hugePages);
    for (let index = 0; index < hugePages; index++) this.pages.set(first + index, head + index);
    return head + (page - first);
  }

  /** Walks a range page by page; `act` gets a physical address or a place in device memory. */
  private access(
    address: bigint,
    length: number,
    write: boolean,
    act: (place: number | IoPlace, done: number, count: number) => void,
  ): AccessSignal | null {
    if (address < 0n || address + BigInt(length) > BigInt(taskEnd) * pageBytes) return 'SIGSEGV';
    const start = Number(address);
    for (let done = 0; done < length;) {
      const page = Math.floor((start + done) / pageSize);
      const offset = start + done - page * pageSize;
      const count = Math.min(length - done, pageSize - offset);
      const area = this.areaOf(page);
      // On x86 whatever can be written can be read as well.
      if (area === undefined || !(area.write || (area.read && !write))) return 'SIGSEGV';
      if (area.io !== null) {
        act({ area, offset: (page - area.startPage) * pageSize + offset }, done, count);
      } else {
        const pfn = this.fault(area, page, write);
        if (pfn < 0) return 'SIGBUS';
        act(pfn * pageSize + offset, done, count);
      }
      done += count;
    }
    return null;
  }

  private place(pages: number, protection: Protection, origin: VmaOrigin): Vma {
    const start = this.nextAnonymous;
    const area = new Vma(this.journal, start, start + pages, protection, origin);
    // One huge page of nothing between areas: they never touch, and the next one is aligned.
    this.nextAnonymous = (Math.ceil((start + pages) / hugePages) + 1) * hugePages;
    this.insert(area);
    return area;
  }

  private insert(area: Vma): void {
    let index = this.areas.length;
    while (index > 0 && this.areas.at(index - 1)!.startPage > area.startPage) index--;
    this.areas.splice(index, 0, [area]);
  }

  /** Cuts areas so that both ends lie between areas. -EINVAL: inside a huge page. */
  private split(start: number, end: number): number {
    for (const page of [start, end]) {
      const area = this.areaOf(page);
      if (area !== undefined && area.startPage < page && !mayCut(area, page)) return -EINVAL;
    }
    for (const page of [start, end]) {
      const area = this.areaOf(page);
      if (area !== undefined && area.startPage < page) this.cut(area, page);
    }
    return 0;
  }

  private cut(area: Vma, page: number): void {
    const before = page - area.startPage;
    const rest = new Vma(this.journal, page, area.endPage, area, area.origin);
    rest.pgoff = area.pgoff + before;
    rest.pfnMap = area.pfnMap;
    rest.firstPfn = area.firstPfn + before;
    rest.io = area.io;
    rest.ioOffset = area.ioOffset + before * pageSize;
    area.endPage = page;
    if (area.origin.file !== null) area.origin.file.references++;
    this.insert(rest);
  }

  private removeArea(process: Process, area: Vma): void {
    this.areas.remove(area);
    if (area.origin.kind === 'hugetlb') this.dropHugePages(area);
    else this.dropPages(area);
    if (area.origin.file !== null) process.drop(area.origin.file);
  }

  private dropPages(area: Vma): void {
    if (area.pfnMap || this.pages.size === 0) return;
    // From the end, so that what the next program touches in order does not lie in order either.
    for (let page = area.endPage - 1; page >= area.startPage; page--) {
      const pfn = this.pages.get(page);
      if (pfn === undefined) continue;
      this.pages.delete(page);
      this.kernel.frames.put(pfn);
    }
  }

  private dropHugePages(area: Vma): void {
    let untouched = 0;
    for (let first = area.startPage; first < area.endPage; first += hugePages) {
      const head = this.pages.get(first);
      if (head === undefined) {
        untouched++;
        continue;
      }
      for (let index = 0; index < hugePages; index++) this.pages.delete(first + index);
      this.kernel.frames.put(head);
    }
    this.kernel.frames.unreserveHuge(untouched);
  }
}

interface IoPlace {
  readonly area: Vma;
  /** Offset in the area, in bytes. */
  readonly offset: number;
}

/** Bytes to pages, rounded up. */
function pageCount(length: bigint): number {
  return Number((length + pageBytes - 1n) / pageBytes);
}

/** First page and the page behind the last; null when the address is not aligned or the range is not user space. */
function pageRange(address: bigint, length: bigint): { start: number; end: number } | null {
  if (address % pageBytes !== 0n) return null;
  const end = address + BigInt(pageCount(length)) * pageBytes;
  if (address < 0n || end > BigInt(taskEnd) * pageBytes) return null;
  return { start: Number(address / pageBytes), end: Number(end / pageBytes) };
}

function mayCut(area: Vma, page: number): boolean {
  return area.origin.kind !== 'hugetlb' || page % hugePages === 0;
}

function widthAt(offset: number, left: number): 1 | 2 | 4 {
  if (offset % 4 === 0 && left >= 4) return 4;
  return offset % 2 === 0 && left >= 2 ? 2 : 1;
}

/** Loads from device memory in the widest aligned pieces, as `memcpy_fromio` does. */
function readIo(place: IoPlace, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < into.length;) {
    const offset = place.area.ioOffset + place.offset + done;
    const width = widthAt(offset, into.length - done);
    const value = place.area.io!.read(offset, width);
    if (width === 4) view.setUint32(done, value, true);
    else if (width === 2) view.setUint16(done, value, true);
    else view.setUint8(done, value);
    done += width;
  }
}

function writeIo(place: IoPlace, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let done = 0; done < bytes.length;) {
    const offset = place.area.ioOffset + place.offset + done;
    const width = widthAt(offset, bytes.length - done);
    const value =
      width === 4 ? view.getUint32(done, true) : width === 2 ? view.getUint16(done, true) : view.getUint8(done);
    place.area.io!.write(offset, width, value);
    done += width;
  }
}
