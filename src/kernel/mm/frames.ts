import { Entity, entity, JournaledSet, type Journal } from '../../history';
import type { PhysicalMemory } from '../../hardware';
import { ENOMEM } from '../errno';
import { hugePages } from './vma';

/** Frames of the first MiB belong to the firmware and are reserved. */
const firmwareFrames = 0x100;

/** Page frames of user memory with their reference counts (`struct page`), and the pool of huge pages. */
export class Frames extends Entity {
  /** References by page frame: one of the page table, one for each pin. Huge pages are counted at their first frame. */
  private readonly references = new Map<number, number>();
  /** Huge pages that are handed out, by their first frame divided by 512. */
  private readonly huge: JournaledSet<number>;
  /** The frame that stands for memory that was only ever read (`empty_zero_page`). It is reserved and never freed. */
  readonly zeroPfn: number;
  /** Huge pages that areas set aside and did not touch yet. */
  private readonly reservation: Reservation;

  constructor(
    journal: Journal,
    private readonly memory: PhysicalMemory,
  ) {
    super(journal);
    this.zeroPfn = memory.allocate();
    this.huge = new JournaledSet(journal);
    this.reservation = new Reservation(journal);
  }

  /** `is_invalid_reserved_pfn`: a frame without page, or a reserved page. Such frames are neither counted nor unpinned. */
  isInvalidOrReserved(pfn: number): boolean {
    return pfn === this.zeroPfn || pfn >= this.memory.frames || pfn < firmwareFrames;
  }

  /** A zeroed page with one reference, or -ENOMEM. */
  allocate(): number {
    const pfn = this.memory.allocate();
    if (pfn < 0) return -ENOMEM;
    this.count(pfn, 1);
    return pfn;
  }

  /** Sets huge pages aside for an area, so that touching it cannot fail. False: the pool has not so many left. */
  reserveHuge(pages: number): boolean {
    if (this.memory.freeHugePages - this.reservation.pages < pages) return false;
    this.reservation.pages += pages;
    return true;
  }

  /** Gives back what an area set aside and did not touch. */
  unreserveHuge(pages: number): void {
    this.reservation.pages -= pages;
  }

  /** A zeroed huge page, of those set aside, with one reference: its first frame, or -ENOMEM. */
  allocateHuge(): number {
    const head = this.memory.allocateHuge();
    if (head < 0) return -ENOMEM;
    this.reservation.pages--;
    this.huge.add(head / hugePages);
    this.count(head, 1);
    return head;
  }

  /** `get_page`. */
  get(pfn: number): void {
    if (pfn === this.zeroPfn) return;
    const counted = this.countedFrame(pfn);
    this.count(counted, (this.references.get(counted) ?? 0) + 1);
  }

  /** `put_page`: the last reference frees the page. */
  put(pfn: number): void {
    if (pfn === this.zeroPfn) return;
    const counted = this.countedFrame(pfn);
    const left = (this.references.get(counted) ?? 1) - 1;
    this.count(counted, left);
    if (left > 0) return;
    if (counted === pfn && !this.isHuge(pfn)) this.memory.free(pfn);
    else this.freeHuge(counted);
  }

  override swap(key: unknown, value: unknown): unknown {
    const old = this.references.get(key as number) ?? 0;
    this.store(key as number, value as number);
    return old;
  }

  private freeHuge(head: number): void {
    this.huge.delete(head / hugePages);
    this.memory.freeHuge(head);
  }

  private isHuge(pfn: number): boolean {
    return this.huge.size > 0 && this.huge.has(Math.floor(pfn / hugePages));
  }

  private countedFrame(pfn: number): number {
    return this.isHuge(pfn) ? pfn - (pfn % hugePages) : pfn;
  }

  private count(pfn: number, references: number): void {
    this.journal.record(this, pfn, this.references.get(pfn) ?? 0);
    this.store(pfn, references);
  }

  private store(pfn: number, references: number): void {
    if (references === 0) this.references.delete(pfn);
    else this.references.set(pfn, references);
  }
}

/** How many huge pages are promised. */
class Reservation extends entity({ pages: 0 }) {}
