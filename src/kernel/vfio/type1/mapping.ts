import { EEXIST, EINVAL, ENOSPC } from '../../errno';
import { IOMMU_READ, IOMMU_WRITE } from '../../iommu/domain';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import { pageSize } from '../../mm/vma';
import { bug } from '../../oops';
import type { Process } from '../../process';
import { VFIO_DMA_MAP_FLAG_READ, VFIO_DMA_MAP_FLAG_WRITE } from '../../uapi';
import { VfioDma } from './dma-tree';
import type { Type1Domain } from './domain';
import type { Type1Iommu } from './iommu';
import { isValid } from './iova-list';
import type { Chunk } from './pinning';

const source = 'drivers/vfio/vfio_iommu_type1.c';
/** Notices about one mapping, after the first, until the kernel gives up. */
const mostReminders = 10;
/** How a program's UNMAP_DMA gets to the place that meets a frame 0. */
const unmapTrace: readonly string[] = [
  'vfio_unmap_unpin',
  'vfio_remove_dma',
  'vfio_iommu_type1_ioctl',
  'vfio_fops_unl_ioctl',
  'ksys_ioctl',
  '__x64_sys_ioctl',
  'do_syscall_64',
  'entry_SYSCALL_64_after_hwframe',
];

/** How type1 makes and removes mappings. All addresses and sizes are in pages. */
export class Mapping {
  private readonly kernel: Kernel;

  constructor(private readonly iommu: Type1Iommu) {
    this.kernel = iommu.driver.kernel;
  }

  /**
   * `vfio_dma_do_map`, from the first look at the mappings on.
   * @param flags `VFIO_DMA_MAP_FLAG_*`
   * @returns 0, -EEXIST, -ENOSPC, -EINVAL, or an error of pinning (-EFAULT, -ENOMEM) or of the IOMMU driver
   */
  map(process: Process, iovaPage: number, vaddrPage: number, pages: number, flags: number): number {
    const { iommu } = this;
    const { story } = this.kernel;
    const other = iommu.dmas.find(iovaPage, pages);
    if (other !== null) {
      return story.refuse('vfio_dma_do_map/4', EEXIST, () => `${range(other.iovaPage, other.pages)} is mapped already`);
    }
    if (iommu.dmaAvail === 0) {
      return story.refuse('vfio_dma_do_map/5', ENOSPC, () => 'the container has as many mappings as it may have');
    }
    if (!isValid(iommu.iovaList, iovaPage, iovaPage + pages - 1)) {
      return story.refuse(
        'vfio_dma_do_map/6',
        EINVAL,
        () => `${range(iovaPage, pages)} is not inside a valid IOVA range`,
      );
    }
    if (story.listener !== null) this.tellPlan(iovaPage, pages);
    iommu.dmaAvail--;
    const prot =
      ((flags & VFIO_DMA_MAP_FLAG_READ) !== 0 ? IOMMU_READ : 0) |
      ((flags & VFIO_DMA_MAP_FLAG_WRITE) !== 0 ? IOMMU_WRITE : 0);
    const dma = new VfioDma(iommu.journal, iovaPage, vaddrPage, prot, process, process.capable('ipc_lock'));
    iommu.dmas.insert(dma);
    if (iommu.domains.length === 0) {
      dma.pages = pages;
      return 0;
    }
    const answer = this.pinAndMap(process, dma, pages);
    if (answer === 0) return 0;
    this.remove(dma);
    return story.refuse('vfio_dma_do_map/8', -answer, () => 'everything of this mapping is taken back');
  }

  private tellChunk(dma: VfioDma, done: number, pinned: number, pfn: number): void {
    const where = range(dma.iovaPage + done - pinned, pinned);
    this.kernel.story.note(() => `${where} maps to the frames from 0x${pfn.toString(16)} on`);
  }

  private tellPlan(iovaPage: number, pages: number): void {
    const { iommu, kernel } = this;
    kernel.story.note(() => `${range(iovaPage, pages)} overlaps nothing and lies inside a valid IOVA range`);
    kernel.story.note(() => `${iommu.dmaAvail} more mappings may be made`);
    if (iommu.domains.length === 0) kernel.story.note(() => 'no IOMMU domain: nothing is pinned');
  }

  /** `vfio_pin_map_dma`: chunk by chunk of consecutive frames. */
  private pinAndMap(process: Process, dma: VfioDma, pages: number): number {
    const { iommu } = this;
    const { pinning } = iommu;
    const { story } = this.kernel;
    const limit = process.memlockPages;
    const chunk: Chunk = { pfn: 0, counted: 0 };
    let done = 0;
    let answer = 0;
    while (done < pages) {
      const pinned = pinning.pinPages(process, dma, dma.vaddrPage + done, pages - done, limit, chunk);
      if (pinned <= 0) {
        answer = story.refuse('vfio_pin_map_dma/1', -pinned, () => `stopped after ${done} of ${pages} pages`);
        break;
      }
      const refused = this.mapChunk(dma.iovaPage + done, chunk.pfn, pinned, dma.prot);
      if (refused < 0) {
        const stillPinned = iommu.external.countIn(dma.iovaPage + done, pinned);
        pinning.account(dma, stillPinned - pinning.unpin(chunk.pfn, pinned));
        answer = story.refuse('vfio_pin_map_dma/2', -refused, () => `stopped after ${done} of ${pages} pages`);
        break;
      }
      done += pinned;
      if (story.listener !== null) this.tellChunk(dma, done, pinned, chunk.pfn);
    }
    dma.pages = done;
    dma.iommuMapped = true;
    return answer;
  }

  /** `vfio_iommu_map`: into all domains, or into none. */
  private mapChunk(iovaPage: number, pfn: number, pages: number, prot: number): number {
    const core = this.kernel.iommu;
    const mapped: Type1Domain[] = [];
    for (const member of this.iommu.domains) {
      const refused = core.map(member.domain, iovaPage, pfn, pages, prot | member.prot);
      if (refused < 0) {
        for (const before of mapped) core.unmap(before.domain, iovaPage, pages);
        return this.kernel.story.refuse('vfio_iommu_map/1', -refused, () => 'the IOMMU driver refuses');
      }
      if (this.iommu.domains.length > 1) mapped.push(member);
    }
    return 0;
  }

  /**
   * `vfio_dma_do_unmap`, from the first look at the mappings on.
   * @returns pages unmapped, perhaps 0 and with v1 perhaps more than asked for; or -EINVAL (v2: would cut a mapping);
   *   a wait for ever when a vendor driver does not unpin
   */
  unmap(process: Process, iovaPage: number, pages: number): Answer {
    const { iommu } = this;
    if (iommu.v2) {
      const refused = this.wouldCut(iovaPage, pages);
      if (refused < 0) return refused;
    }
    let unmapped = 0;
    let reminded: VfioDma | null = null;
    let reminders = 0;
    for (let dma = iommu.dmas.find(iovaPage, pages); dma !== null; dma = iommu.dmas.find(iovaPage, pages)) {
      if (!iommu.v2 && iovaPage > dma.iovaPage) {
        this.note(dma, 'begins below the range: v1 stops here');
        break;
      }
      if (dma.task !== process) {
        this.note(dma, 'was mapped by another process: stops here');
        break;
      }
      if (!iommu.external.empty && iommu.external.countIn(dma.iovaPage, dma.pages) > 0) {
        reminders = dma === reminded ? reminders + 1 : 0;
        if (reminders > mostReminders) return this.neverUnpinned(process);
        reminded = dma;
        this.note(dma, 'has pages that vendor drivers pinned: they are told, and it begins again');
        iommu.external.notifyUnmap(dma);
        const refused = iommu.v2 ? this.wouldCut(iovaPage, pages) : 0;
        if (refused < 0) return refused;
        continue;
      }
      this.note(dma, 'is unmapped');
      unmapped += dma.pages;
      this.remove(dma);
    }
    return unmapped;
  }

  /** The mapping was met a 12th time in a row and is still pinned: the kernel gives up, with the lock in its hand. */
  private neverUnpinned(process: Process): Answer {
    this.iommu.lockLost = true;
    return bug(process, `${source}:913`);
  }

  private note(dma: VfioDma, what: string): void {
    const { story } = this.kernel;
    if (story.listener !== null) story.note(() => `${range(dma.iovaPage, dma.pages)} ${what}`);
  }

  /** The tests of v2: the range must not begin or end inside a mapping. */
  private wouldCut(iovaPage: number, pages: number): number {
    const { story } = this.kernel;
    const first = this.iommu.dmas.at(iovaPage);
    if (first !== null && first.iovaPage !== iovaPage) {
      return story.refuse(
        'vfio_dma_do_unmap/4',
        EINVAL,
        () => `it begins inside ${range(first.iovaPage, first.pages)}`,
      );
    }
    const last = this.iommu.dmas.at(iovaPage + pages - 1);
    if (last !== null && last.iovaPage + last.pages !== iovaPage + pages) {
      return story.refuse('vfio_dma_do_unmap/5', EINVAL, () => `it ends inside ${range(last.iovaPage, last.pages)}`);
    }
    return 0;
  }

  /** `vfio_remove_dma`. */
  remove(dma: VfioDma): void {
    this.unmapAndUnpin(dma);
    this.iommu.external.forget(dma);
    this.iommu.dmas.remove(dma);
    this.iommu.dmaAvail++;
  }

  /** `vfio_iommu_unmap_unpin_all`: from the lowest address on. */
  removeAll(): void {
    for (let dma = this.iommu.dmas.first(); dma !== null; dma = this.iommu.dmas.first()) this.remove(dma);
  }

  /**
   * `vfio_iommu_unmap_unpin_reaccount`: the last IOMMU domain goes and mediated devices stay. The mappings stay too, and
   * only what vendor drivers have pinned counts from now on.
   */
  unmapAllKeepingPins(): void {
    const { iommu } = this;
    for (const dma of iommu.dmas) {
      const unpinned = this.unmapUncounted(dma);
      dma.iommuMapped = false;
      iommu.pinning.account(dma, iommu.external.countedIn(dma) - unpinned);
    }
  }

  private unmapAndUnpin(dma: VfioDma): void {
    this.iommu.pinning.account(dma, -this.unmapUncounted(dma));
  }

  /** `vfio_unmap_unpin`: the first domain tells which frames were mapped. Answers how many pages were unpinned. */
  private unmapUncounted(dma: VfioDma): number {
    const { iommu } = this;
    const core = this.kernel.iommu;
    const first = iommu.domains.at(0);
    if (dma.pages === 0 || first === undefined) return 0;
    if (iommu.domains.length > 1) {
      for (const other of iommu.domains) {
        if (other !== first) core.unmap(other.domain, dma.iovaPage, dma.pages);
      }
    }
    let unlocked = 0;
    for (let at = dma.iovaPage, end = endOf(dma); at < end;) {
      const pfn = core.iovaToPfn(first.domain, at);
      if (pfn <= 0) {
        this.kernel.log.warning(`${source}:751 vfio_unmap_unpin`, unmapTrace);
        at++;
        continue;
      }
      let run = 1;
      while (at + run < end && core.iovaToPfn(first.domain, at + run) === pfn + run) run++;
      const removed = core.unmap(first.domain, at, run);
      if (removed === 0) break;
      unlocked += iommu.pinning.unpin(pfn, removed);
      at += removed;
    }
    return unlocked;
  }

  /**
   * `vfio_iommu_replay`: maps what the container holds into a domain that joins it. Frames come from a domain that has
   * them; mappings that nothing pinned yet are pinned now.
   */
  replay(process: Process, domain: Type1Domain): number {
    const core = this.kernel.iommu;
    const source = this.iommu.domains.at(0);
    for (const dma of this.iommu.dmas) {
      if (source === undefined || !dma.iommuMapped) {
        const answer = this.pinInto(process, dma, domain);
        if (answer < 0) return answer;
        continue;
      }
      for (let at = dma.iovaPage, end = endOf(dma); at < end; at++) {
        const pfn = core.iovaToPfn(source.domain, at);
        const refused = core.map(domain.domain, at, pfn, 1, dma.prot | domain.prot);
        if (refused < 0)
          return this.kernel.story.refuse('vfio_iommu_replay/2', -refused, () => 'the IOMMU driver refuses');
      }
    }
    return 0;
  }

  private pinInto(process: Process, dma: VfioDma, domain: Type1Domain): number {
    const { story } = this.kernel;
    const chunk: Chunk = { pfn: 0, counted: 0 };
    for (let done = 0, pages = Math.max(0, endOf(dma) - dma.iovaPage); done < pages;) {
      const { pinning } = this.iommu;
      const pinned = pinning.pinPages(process, dma, dma.vaddrPage + done, pages - done, process.memlockPages, chunk);
      if (pinned <= 0) return story.refuse('vfio_iommu_replay/1', -pinned, () => 'a page cannot be pinned');
      const refused = this.kernel.iommu.map(
        domain.domain,
        dma.iovaPage + done,
        chunk.pfn,
        pinned,
        dma.prot | domain.prot,
      );
      if (refused < 0) return story.refuse('vfio_iommu_replay/2', -refused, () => 'the IOMMU driver refuses');
      done += pinned;
    }
    dma.iommuMapped = true;
    return 0;
  }
}

/** Pages of 2^64 bytes. */
const addressSpacePages = 2 ** 52;

/**
 * The page behind the mapping as the kernel computes it, in 64 bits: 0 behind one that reaches the end of the address
 * space. Nothing lies before that, so that such a mapping is never unpinned.
 */
function endOf(dma: VfioDma): number {
  const end = dma.iovaPage + dma.pages;
  return end === addressSpacePages ? 0 : end;
}

function range(startPage: number, pages: number): string {
  const hex = (page: number): string => `0x${(BigInt(page) * BigInt(pageSize)).toString(16)}`;
  return `${hex(startPage)}..${hex(startPage + pages)}`;
}
