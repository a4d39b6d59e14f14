import { entity, JournaledList, JournaledMap } from '../../../history';
import { EACCES, EFAULT, EINVAL, ENODEV, ENOENT, ENOMEM, EPERM } from '../../errno';
import { IOMMU_READ, IOMMU_WRITE } from '../../iommu/domain';
import type { Kernel } from '../../kernel';
import { pageSize } from '../../mm/vma';
import type { Process } from '../../process';
import { VFIO_IOMMU_NOTIFY_DMA_UNMAP, type NotifierBlock } from '../notifier';
import type { VfioDma } from './dma-tree';
import type { Type1Iommu } from './iommu';

/** A page that vendor drivers of mediated devices have pinned (`struct vfio_pfn`). */
export class VfioPfn extends entity({
  /** How often it was pinned and not unpinned again. */
  references: 1,
}) {
  constructor(
    private readonly kernel: Kernel,
    readonly pfn: number,
  ) {
    super(kernel.journal);
  }

  /** A frame with a page behind it: counted, and given back at the end. */
  get isPage(): boolean {
    return !this.kernel.frames.isInvalidOrReserved(this.pfn);
  }
}

/** Where the kernel's own map of all memory begins (`page_offset_base` without randomization). */
const directMap = 0xffff_8880_0000_0000n;

/**
 * What type1 does for the vendor drivers of mediated devices, which do DMA by themselves: it pins single pages for them,
 * copies between them and user memory, and tells them when a mapping goes (`vfio_iommu_type1_pin_pages` and siblings).
 */
export class ExternalPins {
  /** Pinned pages by IOVA page (`pfn_list` of all mappings of the container). */
  private readonly list: JournaledMap<number, VfioPfn>;
  /** Who wants to know of unmapping (`notifier`). */
  private readonly notifiers: JournaledList<NotifierBlock>;
  private readonly kernel: Kernel;

  constructor(private readonly iommu: Type1Iommu) {
    this.kernel = iommu.driver.kernel;
    this.list = new JournaledMap(this.kernel.journal);
    this.notifiers = new JournaledList(this.kernel.journal);
  }

  /** Whether no page of the container is pinned by a vendor driver: nearly always. */
  get empty(): boolean {
    return this.list.size === 0;
  }

  /** `vfio_find_vpfn`. */
  has(iovaPage: number): boolean {
    return this.list.has(iovaPage);
  }

  get hasNotifier(): boolean {
    return this.notifiers.length > 0;
  }

  /** How many pages of the range are pinned. */
  countIn(iovaPage: number, pages: number): number {
    if (this.list.size === 0) return 0;
    let count = 0;
    for (const page of this.list.keys()) if (page >= iovaPage && page < iovaPage + pages) count++;
    return count;
  }

  /** How many pages of the mapping count as locked because they are pinned. */
  countedIn(dma: VfioDma): number {
    let count = 0;
    for (const [page, pinned] of this.list) {
      if (page >= dma.iovaPage && page < dma.iovaPage + dma.pages && pinned.isPage) count++;
    }
    return count;
  }

  /** The mapping is gone, and what is known of its pages with it: they stay pinned for ever. */
  forget(dma: VfioDma): void {
    if (this.list.size === 0) return;
    for (const page of [...this.list.keys()]) {
      if (page >= dma.iovaPage && page < dma.iovaPage + dma.pages) this.list.delete(page);
    }
  }

  /**
   * `vfio_iommu_type1_pin_pages`: all of the pages, or none.
   * @param prot `IOMMU_READ | IOMMU_WRITE`
   * @param physPfn receives the frames; all 0 when pinning fails
   */
  pin(iovaPages: readonly number[], prot: number, physPfn: number[]): number {
    const { story } = this.kernel;
    story.enter('vfio_iommu_type1_pin_pages', () => ({ npage: iovaPages.length, prot }));
    return story.leave('vfio_iommu_type1_pin_pages', this.pinAll(iovaPages, prot, physPfn));
  }

  private pinAll(iovaPages: readonly number[], prot: number, physPfn: number[]): number {
    const { story } = this.kernel;
    if (!this.iommu.v2) {
      return story.refuse(
        'vfio_iommu_type1_pin_pages/2',
        EACCES,
        () => 'only type1v2 containers pin for vendor drivers',
      );
    }
    if (!this.hasNotifier) {
      return story.refuse('vfio_iommu_type1_pin_pages/3', EINVAL, () => 'nobody registered to hear of unmapping');
    }
    for (const [index, page] of iovaPages.entries()) {
      const pfn = this.pinOne(page, prot);
      if (pfn >= 0) {
        physPfn[index] = pfn;
        continue;
      }
      physPfn[index] = 0;
      for (let done = 0; done < index; done++) {
        this.unpinOne(iovaPages[done]!);
        physPfn[done] = 0;
      }
      return pfn;
    }
    return iovaPages.length;
  }

  private pinOne(page: number, prot: number): number {
    const { story } = this.kernel;
    const dma = this.iommu.dmas.at(page);
    if (dma === null)
      return story.refuse('vfio_iommu_type1_pin_pages/4', EINVAL, () => `no mapping covers ${hex(page)}`);
    if ((dma.prot & prot) !== prot) {
      return story.refuse('vfio_iommu_type1_pin_pages/5', EPERM, () => 'the mapping does not allow this access');
    }
    const known = this.list.get(page);
    if (known !== undefined) {
      known.references++;
      story.note(() => `${hex(page)} is pinned already, now ${known.references} times`);
      return known.pfn;
    }
    const vaddrPage = this.vaddrPage(dma, page);
    const pfn = this.pinExternal(dma, vaddrPage);
    if (pfn < 0) return story.refuse('vfio_iommu_type1_pin_pages/6', -pfn, () => `${hex(page)} cannot be pinned`);
    this.list.set(page, new VfioPfn(this.kernel, pfn));
    story.note(() => `${hex(page)} is frame 0x${pfn.toString(16)} at ${hex(vaddrPage)} of ${dma.task.name}`);
    return pfn;
  }

  /** The page of the user's memory. Before 0ea971f8dcd6 the sum was made first and wrapped at 2^64, and came back. */
  private vaddrPage(dma: VfioDma, page: number): number {
    if (this.kernel.has('0ea971f8dcd6')) return dma.vaddrPage + (page - dma.iovaPage);
    const sum = (dma.vaddrPage + page) % addressSpacePages;
    return (sum - dma.iovaPage + addressSpacePages) % addressSpacePages;
  }

  /** `vfio_pin_page_external`. Pages count only while no IOMMU domain has them pinned and counted anyway. */
  private pinExternal(dma: VfioDma, vaddrPage: number): number {
    const { story, log, frames } = this.kernel;
    const { task } = dma;
    if (!task.alive) {
      return story.refuse('vfio_pin_page_external/1', ENODEV, () => `${task.name}, which mapped, is gone`);
    }
    const { pinning } = this.iommu;
    const pfn = pinning.pinOne(task, vaddrPage, dma.prot);
    if (pfn < 0) return story.refuse('vfio_pin_page_external/2', -pfn, () => 'the page cannot be pinned');
    if (!this.counts || frames.isInvalidOrReserved(pfn)) return pfn;
    const refused = pinning.account(dma, 1);
    if (refused === 0) return pfn;
    pinning.unpin(pfn, 1);
    if (refused === -ENOMEM) {
      const limit = BigInt.asIntN(64, task.memlock);
      log.warn(`vfio_pin_page_external: Task ${task.command} (${task.pid}) RLIMIT_MEMLOCK (${limit}) exceeded`);
    }
    return story.refuse('vfio_pin_page_external/3', -refused, () => 'the page cannot be counted');
  }

  /** `vfio_iommu_type1_unpin_pages`: how many pages lay in a mapping, up to the first that does not. */
  unpin(iovaPages: readonly number[]): number {
    const { story } = this.kernel;
    story.enter('vfio_iommu_type1_unpin_pages', () => ({ npage: iovaPages.length }));
    return story.leave('vfio_iommu_type1_unpin_pages', this.unpinAll(iovaPages));
  }

  private unpinAll(iovaPages: readonly number[]): number {
    const { story } = this.kernel;
    if (!this.iommu.v2) {
      return story.refuse(
        'vfio_iommu_type1_unpin_pages/2',
        EACCES,
        () => 'only type1v2 containers pin for vendor drivers',
      );
    }
    let done = 0;
    for (const page of iovaPages) {
      if (this.iommu.dmas.at(page) === null) break;
      this.unpinOne(page);
      done++;
    }
    if (done > 0) return done;
    return story.refuse('vfio_iommu_type1_unpin_pages/3', EINVAL, () => 'no mapping covers the first page');
  }

  /** `vfio_unpin_page_external`: once less; the last time gives the page back. Never pinned: nothing. */
  private unpinOne(page: number): void {
    const pinned = this.list.get(page);
    const dma = this.iommu.dmas.at(page);
    if (pinned === undefined || dma === null) return;
    pinned.references--;
    if (pinned.references > 0) return;
    this.list.delete(page);
    const given = this.iommu.pinning.unpin(pinned.pfn, 1);
    if (this.counts) this.iommu.pinning.account(dma, -given);
  }

  /** Whether pins count as locked memory: not while an IOMMU domain holds all pages anyway. */
  private get counts(): boolean {
    return this.iommu.domains.length === 0;
  }

  /** `vfio_iommu_type1_register_notifier`. */
  register(events: number, block: NotifierBlock): number {
    if ((events & ~VFIO_IOMMU_NOTIFY_DMA_UNMAP) !== 0) {
      return this.kernel.story.refuse(
        'vfio_iommu_type1_register_notifier/1',
        EINVAL,
        () => `events 0x${events.toString(16)}: a container only tells of DMA_UNMAP`,
      );
    }
    this.notifiers.push(block);
    return 0;
  }

  /** `vfio_iommu_type1_unregister_notifier`. */
  unregister(block: NotifierBlock): number {
    if (this.notifiers.remove(block)) return 0;
    const why = (): string => 'it is not registered';
    return this.kernel.story.refuse('vfio_iommu_type1_unregister_notifier/1', ENOENT, why);
  }

  /** Tells vendor drivers that the mapping goes: they are to unpin its pages. */
  notifyUnmap(dma: VfioDma): void {
    const unmap = { iova: BigInt(dma.iovaPage * pageSize), size: BigInt(dma.pages * pageSize) };
    for (const block of this.notifiers.toArray()) block.notify(VFIO_IOMMU_NOTIFY_DMA_UNMAP, unmap);
  }

  /**
   * `vfio_iommu_type1_dma_rw`: copies between `data` and what is mapped from `iova` on, mapping by mapping.
   * @param current who calls; null: a kernel thread, which borrows the memory of the process that mapped
   */
  dmaRw(current: Process | null, iova: bigint, data: Uint8Array, write: boolean): number {
    const { story } = this.kernel;
    story.enter('vfio_iommu_type1_dma_rw', () => ({ iova, count: data.length, write }));
    for (let done = 0; done < data.length;) {
      const copied = this.copyChunk(current, iova + BigInt(done), data.subarray(done), write);
      if (copied < 0) {
        story.refuse('vfio_iommu_type1_dma_rw/1', -copied, () => `after ${done} of ${data.length} bytes`);
        return story.leave('vfio_iommu_type1_dma_rw', copied);
      }
      done += copied;
    }
    return story.leave('vfio_iommu_type1_dma_rw', 0);
  }

  /** `vfio_iommu_type1_dma_rw_chunk`: up to the end of the mapping; bytes copied, or a negative error. */
  private copyChunk(current: Process | null, iova: bigint, data: Uint8Array, write: boolean): number {
    const { story } = this.kernel;
    const site = 'vfio_iommu_type1_dma_rw_chunk';
    const dma = this.iommu.dmas.at(Number(iova / BigInt(pageSize)));
    if (dma === null) return story.refuse(`${site}/1`, EINVAL, () => `no mapping covers 0x${iova.toString(16)}`);
    if ((write && (dma.prot & IOMMU_WRITE) === 0) || (dma.prot & IOMMU_READ) === 0) {
      return story.refuse(`${site}/2`, EPERM, () => 'the mapping needs READ, and WRITE for writing');
    }
    if (!dma.task.alive) return story.refuse(`${site}/3`, EPERM, () => `${dma.task.name}, which mapped, is gone`);
    if (current !== null && current !== dma.task) {
      return story.refuse(`${site}/4`, EFAULT, () => `the memory is that of ${dma.task.name}, not of ${current.name}`);
    }
    const offset = iova - BigInt(dma.iovaPage) * BigInt(pageSize);
    const left = BigInt(dma.pages) * BigInt(pageSize) - offset;
    const count = left < BigInt(data.length) ? Number(left) : data.length;
    const vaddr = BigInt(dma.vaddrPage) * BigInt(pageSize) + offset;
    // A kernel thread of 5.7 may address everything on x86, so that the check does not stop it.
    const unchecked = current === null || !this.kernel.has('205323b8ceac');
    if (this.copy(dma.task, vaddr, data.subarray(0, count), write, unchecked)) return count;
    return story.refuse(`${site}/4`, EFAULT, () => `0x${vaddr.toString(16)} is no memory that can be accessed so`);
  }

  /** `copy_to_user` or `copy_from_user`; unchecked, kernel addresses work too. */
  private copy(task: Process, vaddr: bigint, data: Uint8Array, write: boolean, unchecked: boolean): boolean {
    const { memory } = this.kernel.machine;
    const physical = Number(vaddr - directMap);
    if (unchecked && vaddr >= directMap && physical + data.length <= memory.frames * pageSize) {
      if (write) memory.write(physical, data);
      else data.set(memory.read(physical, data.length));
      return true;
    }
    if (write) return task.mm.write(vaddr, data);
    const bytes = task.mm.read(vaddr, data.length);
    if (bytes !== null) data.set(bytes);
    return bytes !== null;
  }
}

/** Pages of 2^64 bytes. */
const addressSpacePages = 2 ** 52;

function hex(page: number): string {
  return `0x${(BigInt(page) * BigInt(pageSize)).toString(16)}`;
}
