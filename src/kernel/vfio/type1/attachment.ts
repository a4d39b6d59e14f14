import { EINVAL, EIO, EPERM } from '../../errno';
import { IOMMU_CACHE } from '../../iommu/domain';
import type { IommuGroup } from '../../iommu/group';
import type { ReservedRegion } from '../../iommu/reserved-regions';
import type { Kernel } from '../../kernel';
import { pageShift } from '../../mm/vma';
import type { Process } from '../../process';
import { Type1Domain } from './domain';
import type { Type1Iommu } from './iommu';
import { exclude, resize, type IovaList, type IovaRange } from './iova-list';
import type { Mapping } from './mapping';

/** Last page of the widest aperture. */
const lastPage = 2 ** 52 - 1;

const unsafeMessage =
  'vfio_iommu_type1_attach_group: No interrupt remapping support.  ' +
  'Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform';

const source = 'drivers/vfio/vfio_iommu_type1.c';
/** How a closing group gets to the place that looks for what vendor drivers left. */
const leaveTrace: readonly string[] = [
  'vfio_sanity_check_pfn_list',
  'vfio_iommu_type1_detach_group',
  '__vfio_group_unset_container',
];

/** How groups come to a container's domains and leave them. */
export class Attachment {
  private readonly kernel: Kernel;

  constructor(
    private readonly iommu: Type1Iommu,
    private readonly mapping: Mapping,
  ) {
    this.kernel = iommu.driver.kernel;
  }

  /** `vfio_iommu_type1_attach_group`: 0, or an error that leaves everything as it was. */
  attach(process: Process, group: IommuGroup): number {
    const { story, iommu: core, journal } = this.kernel;
    if (this.domainOf(group) !== undefined) {
      return story.refuse('vfio_iommu_type1_attach_group/1', EINVAL, () => 'the group is attached already');
    }
    if (this.iommu.externalGroups.includes(group)) {
      return story.refuse('vfio_iommu_type1_attach_group/2', EINVAL, () => 'the group is attached already');
    }
    if (isMediated(group)) {
      story.refuse('vfio_mdev_iommu_device/1', EINVAL, () => 'the mediated device has no IOMMU of its own');
      story.note(() => 'its driver does DMA for it, and no IOMMU domain is needed');
      this.iommu.externalGroups.unshift(group);
      return 0;
    }
    const domain = core.domainAlloc('unmanaged');
    if (domain === null) {
      return story.refuse('vfio_iommu_type1_attach_group/5', EIO, () => 'there is no IOMMU to make a domain');
    }
    if (this.iommu.model === 'nesting') {
      const answer = core.enableNesting();
      return story.refuse(
        'vfio_iommu_type1_attach_group/6',
        -answer,
        () => 'the IOMMU driver cannot nest translations',
      );
    }
    const added = new Type1Domain(journal, domain);
    const refused = core.attachGroup(domain, group);
    if (refused < 0) {
      story.refuse('vfio_iommu_attach_group/1', -refused, () => 'the group is not in its default domain');
      return story.refuse('vfio_iommu_type1_attach_group/7', -refused, () => 'the IOMMU driver refuses the group');
    }
    added.groups.unshift(group);
    const answer = this.joinContainer(process, group, added);
    // A group that joined another domain of the container left this one.
    if (answer < 0) core.detachGroup(domain, group);
    return answer;
  }

  /** From the aperture tests on; the group is in the new domain. */
  private joinContainer(process: Process, group: IommuGroup, added: Type1Domain): number {
    const { iommu, kernel } = this;
    const { story } = kernel;
    const regions = kernel.iommu.reservedRegions(group);
    const list = this.fittingList(added, regions);
    if (typeof list === 'number') return list;
    story.note(
      () => `reserved: ${regions.map(({ type, start, end }) => `${type} ${hexRange(start, end)}`).join(', ')}`,
    );
    story.note(() => `valid IOVAs then: ${list.map(rangeText).join(', ')}`);
    const unsafe = this.interruptsUnsafe();
    if (unsafe < 0) return unsafe;
    if (kernel.iommu.capable('cache_coherency')) added.prot |= IOMMU_CACHE;
    const shared = this.compatibleDomain(added);
    if (shared !== undefined) {
      story.note(() => 'joins a domain of the container that is of the same kind');
      kernel.iommu.detachGroup(added.domain, group);
      kernel.iommu.attachGroup(shared.domain, group);
      shared.groups.unshift(group);
      iommu.iovaList = list;
      return 0;
    }
    added.fineGrainedSuperpages = this.probeSuperpages(added);
    const replayed = this.mapping.replay(process, added);
    if (replayed < 0) {
      return story.refuse(
        'vfio_iommu_type1_attach_group/16',
        -replayed,
        () => 'what is mapped cannot be mapped for this group',
      );
    }
    iommu.domains.unshift(added);
    iommu.iovaList = list;
    return 0;
  }

  /** The container's IOVA ranges with the new domain and group in it, or an error. */
  private fittingList(added: Type1Domain, regions: readonly ReservedRegion[]): IovaList | number {
    const { iommu } = this;
    const { story } = this.kernel;
    const end = added.domain.traits.apertureEndPage;
    if (this.apertureConflicts(0, end)) {
      return story.refuse('vfio_iommu_type1_attach_group/8', EINVAL, () => 'the domain cannot reach what is mapped');
    }
    const taken = regions.find(
      ({ type, startPage, endPage }) =>
        type !== 'direct-relaxable' && iommu.dmas.find(startPage, endPage - startPage + 1) !== null,
    );
    if (taken !== undefined) {
      return story.refuse(
        'vfio_iommu_type1_attach_group/10',
        EINVAL,
        () => `a mapping lies in a ${taken.type} region of the group`,
      );
    }
    const list = exclude(resize(iommu.iovaList, 0, end), regions);
    if (list.length > 0) return list;
    story.refuse('vfio_iommu_resv_exclude/2', EINVAL, () => 'no IOVA is left');
    return story.refuse('vfio_iommu_type1_attach_group/13', EINVAL, () => 'no IOVA is left');
  }

  /** `vfio_iommu_aper_conflict`: whether the aperture leaves out ranges in which something is mapped, or all ranges. */
  private apertureConflicts(startPage: number, endPage: number): boolean {
    const { iovaList, dmas } = this.iommu;
    const first = iovaList[0];
    const last = iovaList.at(-1);
    if (first === undefined || last === undefined) return false;
    if (startPage > last.endPage || endPage < first.startPage) return true;
    if (startPage > first.startPage && dmas.find(first.startPage, startPage - first.startPage) !== null) return true;
    return endPage < last.endPage && dmas.find(endPage + 1, last.endPage - endPage) !== null;
  }

  private interruptsUnsafe(): number {
    const { story, log, iommu: core } = this.kernel;
    if (core.capable('intr_remap')) {
      story.note(() => 'interrupts are remapped: a device can only send its own');
      return 0;
    }
    if (this.iommu.driver.allowUnsafeInterrupts.on) {
      story.note(() => 'interrupts are not remapped, which allow_unsafe_interrupts permits');
      return 0;
    }
    log.warn(unsafeMessage);
    return story.refuse(
      'vfio_iommu_type1_attach_group/14',
      EPERM,
      () => 'a device could send any interrupt to the host',
    );
  }

  /** A domain of the container with the same IOMMU operations and the same cache behaviour. */
  private compatibleDomain(added: Type1Domain): Type1Domain | undefined {
    for (const member of this.iommu.domains) if (member.prot === added.prot) return member;
    return undefined;
  }

  /** `vfio_test_domain_fgsp`: maps two pages and unmaps one: did both go? */
  private probeSuperpages(added: Type1Domain): boolean {
    const core = this.kernel.iommu;
    core.map(added.domain, 0, 0, 2, added.prot | 3);
    const unmapped = core.unmap(added.domain, 0, 1);
    if (unmapped > 1) return true;
    core.unmap(added.domain, 1, 1);
    return false;
  }

  /** `vfio_iommu_type1_detach_group`. */
  detach(group: IommuGroup): void {
    const { iommu, kernel } = this;
    if (iommu.externalGroups.remove(group)) {
      if (iommu.externalGroups.length === 0) this.dropExternal();
      return;
    }
    const member = this.domainOf(group);
    if (member === undefined) return;
    kernel.iommu.detachGroup(member.domain, group);
    member.groups.remove(group);
    const emptied = member.groups.length === 0;
    if (emptied) {
      if (iommu.domains.length === 1) {
        if (iommu.externalGroups.length === 0) this.mapping.removeAll();
        else this.mapping.unmapAllKeepingPins();
      }
      iommu.domains.remove(member);
    }
    this.refreshList(emptied);
  }

  /** The last mediated device leaves. Its driver should have let go of everything (`vfio_sanity_check_pfn_list`). */
  dropExternal(): void {
    const { iommu } = this;
    const { log } = this.kernel;
    if (!iommu.external.empty) log.warning(`${source}:1857 vfio_sanity_check_pfn_list`, leaveTrace);
    if (iommu.external.hasNotifier) log.warning(`${source}:1861 vfio_sanity_check_pfn_list`, leaveTrace);
    for (const group of iommu.externalGroups.toArray()) iommu.externalGroups.remove(group);
    if (iommu.domains.length === 0) this.mapping.removeAll();
  }

  /**
   * `vfio_iommu_resv_refresh`: cuts the reserved regions of the remaining groups from a fresh range. Its ends are those
   * of the present list, or of what the remaining domains can reach when one has gone (`vfio_iommu_aper_expand`).
   */
  private refreshList(domainGone: boolean): void {
    const { iommu } = this;
    const first = iommu.iovaList[0];
    const last = iommu.iovaList.at(-1);
    if (first === undefined || last === undefined) return;
    let { startPage } = first;
    let { endPage } = last;
    if (domainGone) {
      startPage = 0;
      endPage = lastPage;
      for (const { domain } of iommu.domains) endPage = Math.min(endPage, domain.traits.apertureEndPage);
    }
    let list = resize([], startPage, endPage);
    for (const member of iommu.domains) {
      for (const group of member.groups) list = exclude(list, this.kernel.iommu.reservedRegions(group));
    }
    if (list.length > 0) iommu.iovaList = list;
  }

  private domainOf(group: IommuGroup): Type1Domain | undefined {
    for (const member of this.iommu.domains) if (member.groups.includes(group)) return member;
    return undefined;
  }
}

/** Whether the group's devices are on the bus of mediated devices (`vfio_bus_is_mdev`). */
function isMediated(group: IommuGroup): boolean {
  return group.devices.at(0)?.bus === 'mdev';
}

function hexRange(start: bigint, end: bigint): string {
  return `0x${start.toString(16)}..0x${end.toString(16)}`;
}

function rangeText({ startPage, endPage }: IovaRange): string {
  return hexRange(BigInt(startPage) << pageShift, ((BigInt(endPage) + 1n) << pageShift) - 1n);
}
