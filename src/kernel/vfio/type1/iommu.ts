import { entity, JournaledList } from '../../../history';
import { BlockedCall } from '../../blocking';
import { EFAULT, EINVAL, ENOTTY } from '../../errno';
import type { Answer } from '../../file';
import type { IommuGroup } from '../../iommu/group';
import { pageSize } from '../../mm/vma';
import type { Process } from '../../process';
import {
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
} from '../../uapi';
import { copyFromUser, copyToUser, UserBuffer, type UserArgument } from '../../user-memory';
import type { VfioIommuData } from '../iommu-driver';
import type { NotifierBlock } from '../notifier';
import { Attachment } from './attachment';
import { DmaTree } from './dma-tree';
import type { Type1Domain } from './domain';
import type { Type1Driver } from './driver';
import { ExternalPins } from './external-pins';
import { getInfo } from './info';
import type { IovaList } from './iova-list';
import { Mapping } from './mapping';
import { Pinning } from './pinning';

/** `sizeof(struct vfio_iommu_type1_dma_map)`. */
const mapSize = 32;
/** `sizeof(struct vfio_iommu_type1_dma_unmap)`. */
const unmapSize = 24;
/** Where the answer of UNMAP_DMA is put together before it is copied out; making one for each call is what costs most. */
const unmapAnswer = new UserBuffer(new Uint8Array(unmapSize));
const mapFlags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
/** Pages that the high half of a 64-bit address counts. */
const pagesPerHighUnit = 2 ** 20;

/** What type1 keeps for a container (`struct vfio_iommu`): its domains, its mappings, the IOVAs that are valid. */
export class Type1Iommu
  extends entity({
    /** Mappings that may still be made: starts at the module parameter `dma_entry_limit`. */
    dmaAvail: 0,
    /** Valid IOVA ranges; empty: everything. */
    iovaList: [] as IovaList,
    /** A process died with the lock in its hand (`BUG`): nobody gets it any more. */
    lockLost: false,
  })
  implements VfioIommuData
{
  /** The newest first. */
  readonly domains: JournaledList<Type1Domain>;
  readonly dmas: DmaTree;
  readonly pinning: Pinning;
  /** Groups of mediated devices (`external_domain`): their DMA does not go through the IOMMU. */
  readonly externalGroups: JournaledList<IommuGroup>;
  readonly external: ExternalPins;
  private readonly mapping: Mapping;
  private readonly attachment: Attachment;

  constructor(
    readonly driver: Type1Driver,
    readonly model: 'type1' | 'type1v2' | 'nesting',
  ) {
    super(driver.kernel.journal);
    this.domains = new JournaledList(this.journal);
    this.dmas = new DmaTree(this.journal);
    this.dmaAvail = driver.dmaEntryLimit.value;
    this.externalGroups = new JournaledList(this.journal);
    this.external = new ExternalPins(this);
    this.pinning = new Pinning(driver.kernel, driver.disableHugepages, this.external);
    this.mapping = new Mapping(this);
    this.attachment = new Attachment(this, this.mapping);
  }

  /** Whether mappings can only be unmapped whole (`v2`). */
  get v2(): boolean {
    return this.model !== 'type1';
  }

  /** Whether all domains snoop caches (`vfio_domains_have_iommu_cache`). */
  get coherent(): boolean {
    for (const domain of this.domains) if (domain.prot === 0) return false;
    return true;
  }

  /** `vfio_pgsize_bitmap`: what all domains can do; sizes below a page are made up from pages. */
  get pageSizes(): bigint {
    let sizes = BigInt.asUintN(64, -1n);
    for (const { domain } of this.domains) sizes &= domain.traits.pageSizes;
    const page = BigInt(pageSize);
    return (sizes & (page - 1n)) === 0n ? sizes : (sizes & ~(page - 1n)) | page;
  }

  /** `vfio_iommu_type1_ioctl`. */
  ioctl(process: Process, request: number, argument: UserArgument): Answer {
    const { story } = this.driver.kernel;
    if (this.lockLost) return waitForLock(process);
    switch (request) {
      case VFIO_IOMMU_MAP_DMA:
        return this.mapDma(process, argument);
      case VFIO_IOMMU_UNMAP_DMA:
        return this.unmapDma(process, argument);
      case VFIO_IOMMU_GET_INFO:
        return getInfo(story, process, argument, this.pageSizes, this.iovaList);
      default:
        return story.refuse('vfio_iommu_type1_ioctl/13', ENOTTY, () => 'type1 does not know this request');
    }
  }

  attachGroup(process: Process, group: IommuGroup): number {
    const { story } = this.driver.kernel;
    story.enter('vfio_iommu_type1_attach_group', () => ({ group: group.id }));
    return story.leave('vfio_iommu_type1_attach_group', this.attachment.attach(process, group));
  }

  detachGroup(group: IommuGroup): void {
    const { story } = this.driver.kernel;
    story.enter('vfio_iommu_type1_detach_group', () => ({ group: group.id }));
    this.attachment.detach(group);
    story.leave('vfio_iommu_type1_detach_group', undefined);
  }

  pinPages(iovaPages: readonly number[], prot: number, physPfn: number[]): number {
    return this.external.pin(iovaPages, prot, physPfn);
  }

  unpinPages(iovaPages: readonly number[]): number {
    return this.external.unpin(iovaPages);
  }

  registerNotifier(events: number, block: NotifierBlock): number {
    return this.external.register(events, block);
  }

  unregisterNotifier(block: NotifierBlock): number {
    return this.external.unregister(block);
  }

  /** Not there before the series that brought `vfio_dma_rw`. */
  get dmaRw(): VfioIommuData['dmaRw'] {
    if (!this.driver.kernel.has('48219795e7db')) return undefined;
    return (current, iova, data, write) => this.external.dmaRw(current, iova, data, write);
  }

  /** `vfio_iommu_type1_release`. */
  release(): void {
    if (this.externalGroups.length > 0) this.attachment.dropExternal();
    this.mapping.removeAll();
    for (const domain of this.domains.toArray()) this.domains.remove(domain);
  }

  private mapDma(process: Process, argument: UserArgument): number {
    const { story } = this.driver.kernel;
    const map = copyFromUser(process, argument, mapSize);
    if (map === null) return story.refuse('vfio_iommu_type1_ioctl/6', EFAULT, () => 'the structure is not readable');
    const argsz = map.getUint32(0, true);
    const flags = map.getUint32(4, true);
    if (argsz < mapSize || (flags & ~mapFlags) !== 0) {
      return story.refuse('vfio_iommu_type1_ioctl/7', EINVAL, () =>
        argsz < mapSize ? `argsz ${argsz} is below ${mapSize}` : `flags 0x${flags.toString(16)} are not known`,
      );
    }
    story.enter('vfio_dma_do_map', () => ({
      flags,
      vaddr: map.getBigUint64(8, true),
      iova: map.getBigUint64(16, true),
      size: map.getBigUint64(24, true),
    }));
    const answer = story.leave('vfio_dma_do_map', this.checkedMap(process, map, flags));
    return answer === 0 ? 0 : story.refuse('vfio_iommu_type1_ioctl/8', -answer, () => 'nothing is mapped');
  }

  /** The tests of `vfio_dma_do_map` on the bare numbers, which are pages from then on. */
  private checkedMap(process: Process, map: DataView, flags: number): number {
    const { story } = this.driver.kernel;
    story.note(() => 'page mask 0xfff, the smallest page of all domains');
    const low = map.getUint32(8, true) | map.getUint32(16, true) | map.getUint32(24, true);
    const pages = pageAt(map, 24);
    if (flags === 0 || (pages === 0 && (low & 0xfff) === 0) || (low & 0xfff) !== 0) {
      return story.refuse('vfio_dma_do_map/2', EINVAL, () => whyMisfit(map, flags));
    }
    const vaddrPage = pageAt(map, 8);
    const iovaPage = pageAt(map, 16);
    if (iovaPage + pages > addressSpacePages || vaddrPage + pages > addressSpacePages) {
      return story.refuse('vfio_dma_do_map/3', EINVAL, () => 'the range passes the end of the address space');
    }
    return this.mapping.map(process, iovaPage, vaddrPage, pages, flags);
  }

  private unmapDma(process: Process, argument: UserArgument): Answer {
    const { story } = this.driver.kernel;
    const unmap = copyFromUser(process, argument, unmapSize);
    if (unmap === null) return story.refuse('vfio_iommu_type1_ioctl/9', EFAULT, () => 'the structure is not readable');
    const argsz = unmap.getUint32(0, true);
    const flags = unmap.getUint32(4, true);
    if (argsz < unmapSize || flags !== 0) {
      return story.refuse('vfio_iommu_type1_ioctl/10', EINVAL, () =>
        argsz < unmapSize ? `argsz ${argsz} is below ${unmapSize}` : 'UNMAP_DMA has no flags',
      );
    }
    story.enter('vfio_dma_do_unmap', () => ({ iova: unmap.getBigUint64(8, true), size: unmap.getBigUint64(16, true) }));
    const unmapped = story.leave('vfio_dma_do_unmap', this.checkedUnmap(process, unmap));
    if (typeof unmapped !== 'number') return unmapped;
    if (unmapped < 0) return story.refuse('vfio_iommu_type1_ioctl/11', -unmapped, () => 'nothing is unmapped');
    const { view } = unmapAnswer;
    view.setUint32(0, argsz, true);
    view.setUint32(8, unmap.getUint32(8, true), true);
    view.setUint32(12, unmap.getUint32(12, true), true);
    view.setUint32(16, (unmapped % pagesPerHighUnit) * pageSize, true);
    view.setUint32(20, Math.floor(unmapped / pagesPerHighUnit), true);
    if (copyToUser(process, argument, unmapAnswer.bytes)) return 0;
    return story.refuse(
      'vfio_iommu_type1_ioctl/12',
      EFAULT,
      () => 'the structure is not writable; the unmapping is done',
    );
  }

  private checkedUnmap(process: Process, unmap: DataView): Answer {
    const { story } = this.driver.kernel;
    if ((unmap.getUint32(8, true) & 0xfff) !== 0) {
      return story.refuse('vfio_dma_do_unmap/1', EINVAL, () => 'iova is not a multiple of 0x1000');
    }
    const pages = pageAt(unmap, 16);
    if (pages === 0 || (unmap.getUint32(16, true) & 0xfff) !== 0) {
      return story.refuse('vfio_dma_do_unmap/2', EINVAL, () => 'size is 0 or not a multiple of 0x1000');
    }
    const iovaPage = pageAt(unmap, 8);
    if (iovaPage + pages > addressSpacePages) {
      return story.refuse('vfio_dma_do_unmap/3', EINVAL, () => 'the range passes the end of the address space');
    }
    return this.mapping.unmap(process, iovaPage, pages);
  }
}

/** `mutex_lock` of a lock whose holder is dead. */
function waitForLock(process: Process): BlockedCall {
  const never = (): boolean => false;
  return new BlockedCall(process, 'for ever: a process died with the lock of this container', never, () => 0);
}

/** Pages of 2^64 bytes. */
const addressSpacePages = 2 ** 52;

/** Page number of the 64-bit address at an offset; without bigints, because every map and unmap does it. */
function pageAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * pagesPerHighUnit + (view.getUint32(offset, true) >>> 12);
}

function whyMisfit(map: DataView, flags: number): string {
  if (flags === 0) return 'neither READ nor WRITE is given';
  const fields: readonly [string, number][] = [
    ['size', 24],
    ['iova', 16],
    ['vaddr', 8],
  ];
  for (const [name, offset] of fields) {
    const value = map.getBigUint64(offset, true);
    if (value % BigInt(pageSize) !== 0n) return `${name} 0x${value.toString(16)} is not a multiple of 0x1000`;
  }
  return 'size is 0';
}
