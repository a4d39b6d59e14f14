import { JournaledMap } from '../../history';
import type { PageOrder } from '../../hardware';
import { devicePrefix, type Device } from '../driver-core';
import { EBUSY, ENODEV } from '../errno';
import type { Kernel } from '../kernel';
import { IOMMU_READ, IOMMU_WRITE, IommuDomain } from './domain';
import { iommuDriver, type IommuDriver } from './drivers';
import { IommuGroup } from './group';
import { placeDevice } from './grouping';
import { groupRegions, type ReservedRegion } from './reserved-regions';

/** Pages of a superpage of 2 MiB, and its order. */
const superPages = 512;
const superOrder: PageOrder = 9;
/** Class and subclass of an IOMMU that is a PCI function itself, as AMD's are: its own DMA is not translated. */
const iommuClass = 0x0806;
const rights = IOMMU_READ | IOMMU_WRITE;

/** `drivers/iommu/iommu.c`: groups of devices, and domains on the machine's IOMMU. */
export class IommuCore {
  /** All groups by their number. */
  readonly groups: JournaledMap<number, IommuGroup>;
  private readonly driver: IommuDriver | null;

  constructor(private readonly kernel: Kernel) {
    this.groups = new JournaledMap(kernel.journal);
    const { iommu } = kernel.machine;
    this.driver = iommu === null ? null : iommuDriver(iommu);
  }

  /** Whether PCI has an IOMMU (`iommu_present`). */
  get present(): boolean {
    return this.driver !== null;
  }

  /** `iommu_capable`: whether DMA can be made to snoop caches, and whether interrupts are remapped. */
  capable(capability: 'cache_coherency' | 'intr_remap'): boolean {
    const { iommu } = this.kernel.machine;
    if (iommu === null) return false;
    return capability === 'intr_remap' ? iommu.interruptRemapping : iommu.cacheCoherency;
  }

  /** A device comes to the bus: into its group (`iommu_probe_device`). Nothing happens without IOMMU. */
  addDevice(device: Device): void {
    if (
      this.driver === null ||
      !device.isPci ||
      device.iommuGroup !== null ||
      device.pci.classCode >>> 8 === iommuClass
    )
      return;
    const { group, reason } = placeDevice(device, this.kernel.drivers.devices.values());
    const joined = group ?? this.allocateGroup();
    if (group === null) joined.reason = reason;
    else if (joined.devices.length > 0) joined.reason = `${device.name}: ${reason}`;
    joined.defaultDomain ??= this.domainAlloc('DMA');
    joined.domain ??= joined.defaultDomain;
    this.addToGroup(joined, device);
  }

  /** A device leaves its bus (`iommu_group_remove_device`); an empty group that nobody holds is gone. */
  removeDevice(device: Device): void {
    const group = device.iommuGroup;
    if (group === null) return;
    this.kernel.log.info(`${devicePrefix(device)}Removing from iommu group ${group.id}`);
    group.notify('DEL_DEVICE', device);
    if (device.isPci) this.kernel.machine.iommu?.attach(device.pci.fn, null);
    group.devices.remove(device);
    device.iommuGroup = null;
    this.dropEmpty(group);
  }

  /** A new group with the lowest free number (`iommu_group_alloc`). */
  allocateGroup(): IommuGroup {
    let id = 0;
    while (this.groups.has(id)) id++;
    const group = new IommuGroup(this.kernel.journal, id);
    this.groups.set(id, group);
    return group;
  }

  /** `iommu_group_add_device`. */
  addToGroup(group: IommuGroup, device: Device): void {
    device.iommuGroup = group;
    group.devices.push(device);
    if (group.domain !== null) this.kernel.machine.iommu?.attach(device.pci.fn, group.domain.table);
    group.notify('ADD_DEVICE', device);
    this.kernel.log.info(`${devicePrefix(device)}Adding to iommu group ${group.id}`);
  }

  /** Somebody who held the group (`iommu_group_get`) lets it go. */
  dropHolder(group: IommuGroup): void {
    group.holders--;
    this.dropEmpty(group);
  }

  /** `iommu_get_group_resv_regions`, by ascending address. */
  reservedRegions(group: IommuGroup): ReservedRegion[] {
    const { iommu } = this.kernel.machine;
    return iommu === null || group.iommudata !== null ? [] : groupRegions(iommu, group.devices);
  }

  /** `iommu_domain_alloc`; null without IOMMU. */
  domainAlloc(type: 'DMA' | 'unmanaged'): IommuDomain | null {
    const { iommu } = this.kernel.machine;
    if (iommu === null || this.driver === null) return null;
    return new IommuDomain(this.kernel.journal, type, iommu.createTable(), this.driver.traits);
  }

  /** Asks for a domain whose translation can be nested: a negative error, no driver here can. */
  enableNesting(): number {
    return this.driver?.nesting ?? -ENODEV;
  }

  /** `iommu_attach_group`: 0, or -EBUSY when the group is in a domain that is not its default one. */
  attachGroup(domain: IommuDomain, group: IommuGroup): number {
    if (group.defaultDomain !== null && group.domain !== group.defaultDomain) return -EBUSY;
    this.switchTo(group, domain);
    domain.users++;
    return 0;
  }

  /** `iommu_detach_group`: back to the default domain. */
  detachGroup(domain: IommuDomain, group: IommuGroup): void {
    domain.users--;
    this.switchTo(group, group.defaultDomain);
  }

  /**
   * `iommu_map`: maps consecutive page frames. What was mapped before an error is unmapped again.
   * @param prot `IOMMU_READ | IOMMU_WRITE`, more bits are ignored
   * @returns 0, or -EFAULT when the tables cannot reach the address
   */
  map(domain: IommuDomain, iovaPage: number, pfn: number, pages: number, prot: number): number {
    if (iovaPage + pages > domain.traits.limitPage) {
      const refused = this.checkPieces(iovaPage, pfn, pages);
      if (refused < 0) return refused;
    }
    if (pages < superPages) domain.table.map(iovaPage, pfn, pages, prot & rights);
    else this.mapSuper(domain, iovaPage, pfn, pages, prot & rights);
    return 0;
  }

  /** `iommu_unmap`: pages unmapped, from `iovaPage` up to the first gap; superpages go as a whole. */
  unmap(domain: IommuDomain, iovaPage: number, pages: number): number {
    return domain.table.unmap(iovaPage, pages);
  }

  /** `iommu_iova_to_phys` in page numbers; -1: not mapped. */
  iovaToPfn(domain: IommuDomain, iovaPage: number): number {
    return domain.table.frameOf(iovaPage);
  }

  /** Asks the driver for each piece in the sizes that `iommu_map` cuts: the largest aligned power of two. */
  private checkPieces(iovaPage: number, pfn: number, pages: number): number {
    for (let done = 0; done < pages;) {
      let size = 1;
      const left = pages - done;
      while (size * 2 <= left && (iovaPage + done) % (size * 2) === 0 && (pfn + done) % (size * 2) === 0) size *= 2;
      const refused = this.driver!.checkMap(this.kernel.log, iovaPage + done, size);
      if (refused < 0) return refused;
      done += size;
    }
    return 0;
  }

  /** Small pages up to the first aligned place, superpages while they fit, small pages for the rest. */
  private mapSuper(domain: IommuDomain, iovaPage: number, pfn: number, pages: number, prot: number): void {
    const { table } = domain;
    const lead = (superPages - (iovaPage % superPages)) % superPages;
    if ((pfn + lead) % superPages !== 0 || pages - lead < superPages) {
      table.map(iovaPage, pfn, pages, prot);
      return;
    }
    if (lead > 0) table.map(iovaPage, pfn, lead, prot);
    const middle = Math.floor((pages - lead) / superPages) * superPages;
    table.map(iovaPage + lead, pfn + lead, middle, prot, superOrder);
    const rest = pages - lead - middle;
    if (rest > 0) table.map(iovaPage + lead + middle, pfn + lead + middle, rest, prot);
  }

  private switchTo(group: IommuGroup, domain: IommuDomain | null): void {
    group.domain = domain;
    const { iommu } = this.kernel.machine;
    if (iommu === null) return;
    for (const device of group.devices) iommu.attach(device.pci.fn, domain?.table ?? null);
  }

  private dropEmpty(group: IommuGroup): void {
    if (group.devices.length === 0 && group.holders === 0) this.groups.delete(group.id);
  }
}
