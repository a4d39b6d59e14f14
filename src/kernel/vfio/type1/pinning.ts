import { ENODEV, ENOMEM, ESRCH } from '../../errno';
import { IOMMU_WRITE } from '../../iommu/domain';
import type { Kernel } from '../../kernel';
import { pageSize } from '../../mm/vma';
import type { Process } from '../../process';
import type { VfioDma } from './dma-tree';

/** Frames found by {@link Pinning.pinPages}: consecutive ones from `pfn`. */
export interface Chunk {
  pfn: number;
  /** How many of them count as locked from now on. */
  counted: number;
}

/** Commit 5cbf3264bc71: frames of PFN maps come from the page table instead of being computed. */
const followPfnChange = '5cbf3264bc71';

/** How type1 pins user memory and counts it against RLIMIT_MEMLOCK. */
export class Pinning {
  constructor(
    private readonly kernel: Kernel,
    private readonly disableHugepages: { readonly on: boolean },
    /** Pages that count already because a vendor driver pinned them. */
    private readonly external: { readonly empty: boolean; has(iovaPage: number): boolean },
  ) {}

  /**
   * `vfio_pin_pages_remote`: pins consecutive frames from `vaddrPage` on, at most `pages`, and counts them.
   * @param limit pages that the process may lock
   * @param found receives the first frame
   * @returns the number of pages pinned, or -EFAULT, -ENOMEM (over the limit, with a message), -ESRCH, -ENODEV
   */
  pinPages(process: Process, dma: VfioDma, vaddrPage: number, pages: number, limit: number, found: Chunk): number {
    const { story } = this.kernel;
    story.enter('vfio_pin_pages_remote', () => ({ vaddr: vaddrPage * pageSize, npage: pages }));
    return story.leave('vfio_pin_pages_remote', this.pin(process, dma, vaddrPage, pages, limit, found));
  }

  private pin(process: Process, dma: VfioDma, vaddrPage: number, pages: number, limit: number, found: Chunk): number {
    const { frames, story } = this.kernel;
    if (!process.alive) return story.refuse('vfio_pin_pages_remote/1', ENODEV, () => 'the caller has no memory');
    const first = this.pinOne(process, vaddrPage, dma.prot);
    if (first < 0) {
      return story.refuse('vfio_pin_pages_remote/2', -first, () => `page ${hex(vaddrPage)} cannot be pinned`);
    }
    found.pfn = first;
    const reserved = frames.isInvalidOrReserved(first);
    const room = dma.lockCap || reserved ? Infinity : limit - process.mm.lockedPages;
    found.counted = 0;
    if (!this.countOne(dma.iovaPage + (vaddrPage - dma.vaddrPage), room, found)) {
      this.unpin(first, 1);
      return this.overLimit('vfio_pin_pages_remote/3', limit);
    }
    const pinned = this.disableHugepages.on ? 1 : this.pinFollowing(process, dma, vaddrPage, pages, room, found);
    if (pinned === 0) return this.overLimit('vfio_pin_pages_remote/4', limit);
    const answer = reserved ? 0 : this.account(dma, found.counted);
    if (answer === 0) return pinned;
    this.unpin(first, pinned);
    return story.refuse('vfio_pin_pages_remote/5', -answer, () => `${pinned} pages cannot be counted`);
  }

  /** The pages behind the first, while their frames follow it: how many with it; 0, and none pinned, over the limit. */
  private pinFollowing(
    process: Process,
    dma: VfioDma,
    vaddrPage: number,
    pages: number,
    room: number,
    found: Chunk,
  ): number {
    const { frames } = this.kernel;
    const first = found.pfn;
    const reserved = frames.isInvalidOrReserved(first);
    const iovaPage = dma.iovaPage + (vaddrPage - dma.vaddrPage);
    for (let pinned = 1; pinned < pages; pinned++) {
      const pfn = this.pinOne(process, vaddrPage + pinned, dma.prot);
      if (pfn < 0) return pinned;
      if (pfn !== first + pinned || frames.isInvalidOrReserved(pfn) !== reserved) {
        this.unpin(pfn, 1);
        return pinned;
      }
      if (!this.countOne(iovaPage + pinned, room, found)) {
        this.unpin(first, pinned + 1);
        return 0;
      }
    }
    return pages;
  }

  /** Counts a page, unless it counts already because a vendor driver pinned it. False: there is no room for it. */
  private countOne(iovaPage: number, room: number, found: Chunk): boolean {
    if (!this.external.empty && this.external.has(iovaPage)) return true;
    if (found.counted >= room) return false;
    found.counted++;
    return true;
  }

  /**
   * `put_pfn` over consecutive frames: drops their pins.
   * @returns how many were pinned; reserved frames are not
   */
  unpin(pfn: number, pages: number): number {
    const { frames } = this.kernel;
    let unpinned = 0;
    for (let at = pfn; at < pfn + pages; at++) {
      if (frames.isInvalidOrReserved(at)) continue;
      frames.put(at);
      unpinned++;
    }
    return unpinned;
  }

  /**
   * `vfio_lock_acct`: counts pages (negative: fewer) for the process that mapped.
   * @returns 0, -ESRCH (it is gone) or -ENOMEM (over its limit)
   */
  account(dma: VfioDma, pages: number): number {
    if (pages === 0) return 0;
    const { story } = this.kernel;
    const { task } = dma;
    if (!task.alive) return story.refuse('vfio_lock_acct/1', ESRCH, () => `${task.name}, which mapped, is gone`);
    const locked = task.mm.lockedPages + pages;
    if (pages > 0 && !dma.lockCap && locked > task.memlockPages) {
      return story.refuse(
        'vfio_lock_acct/3',
        ENOMEM,
        () => `${locked} pages are over the limit of ${task.memlockPages}`,
      );
    }
    task.mm.lockedPages = Math.max(0, locked);
    return 0;
  }

  /** `vaddr_get_pfn`: the frame of one page, pinned when it has a page behind it; or a negative error. */
  pinOne(process: Process, page: number, prot: number): number {
    const pfn = process.mm.pin(page, (prot & IOMMU_WRITE) !== 0);
    return pfn >= 0 ? pfn : this.pfnOfMap(process, page, pfn);
  }

  /** Frames of PFN maps cannot be pinned; they are taken as they are when no page stands behind them. */
  private pfnOfMap(process: Process, page: number, error: number): number {
    const { frames, story } = this.kernel;
    const area = process.mm.areaOf(page);
    if (area?.pfnMap) {
      const start = this.kernel.has(followPfnChange) ? area.firstPfn : area.pgoff;
      const pfn = start + (page - area.startPage);
      if (frames.isInvalidOrReserved(pfn)) return pfn;
    }
    return story.refuse('vaddr_get_pfn/1', -error, () => {
      if (area === undefined) return `nothing is mapped at ${hex(page)}`;
      return area.pfnMap ? 'a PFN map with pages behind it' : 'the memory does not allow this access';
    });
  }

  private overLimit(site: string, limit: number): number {
    const { log, story } = this.kernel;
    const bytes = BigInt.asIntN(64, BigInt(limit) * BigInt(pageSize));
    log.warn(`vfio_pin_pages_remote: RLIMIT_MEMLOCK (${bytes}) exceeded`);
    return story.refuse(site, ENOMEM, () => `more than ${limit} locked pages, and no CAP_IPC_LOCK`);
  }
}

function hex(page: number): string {
  return `0x${(page * pageSize).toString(16)}`;
}
