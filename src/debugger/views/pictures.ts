import { Type1Iommu, VfioDma, type Device, type Kernel, type VfioContainer } from '../../kernel';
import type {
  EntrySize,
  FaultSnapshot,
  IovaSnapshot,
  MappingSnapshot,
  PageRange,
  ReservedSnapshot,
  TopologyFunction,
  TopologyKind,
  TopologySnapshot,
} from '../../pictures';
import type { Engine } from '../engine';
import { describeDevice, groupsOf } from './groups';
import { Holders } from './holders';
import { hex } from './item';

const pageBits = 12n;
const mostFaults = 1000;
/** Without an IOMMU nothing limits addresses. */
const unlimitedWidth = 64;
/** Source validation, request and completion redirect, upstream forwarding: what isolation needs. */
const isolating = 0x1d;
const hostBridgeClass = 0x0600;

/**
 * What the IOVA map shows of each container, in the order of their making.
 * @param changed what to mark; default what differs from the last stop
 */
export function iovaSnapshots(
  engine: Engine,
  changed: ReadonlySet<object> = engine.changed,
): { readonly id: number; readonly snapshot: IovaSnapshot }[] {
  const { kernel } = engine;
  if (kernel === null) return [];
  const holders = new Holders(kernel);
  return [...kernel.vfio.containers].map((container) => ({
    id: container.id,
    snapshot: iovaSnapshot({ engine, kernel, changed, holders }, container),
  }));
}

interface View {
  readonly engine: Engine;
  readonly kernel: Kernel;
  readonly changed: ReadonlySet<object>;
  readonly holders: Holders;
}

function iovaSnapshot(view: View, container: VfioContainer): IovaSnapshot {
  const { kernel, holders } = view;
  const type1 = container.data instanceof Type1Iommu ? container.data : null;
  const groups = [...container.groups].map(({ iommuGroup }) => iommuGroup.id).sort((a, b) => a - b);
  const where = groups.length === 0 ? 'no group' : `${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}`;
  return {
    name: `${holders.containerName(container)} (${where})`,
    model: type1 === null ? (container.driver?.name ?? null) : `VFIO_${modelNames[type1.model]}_IOMMU`,
    width: kernel.machine.iommu?.width ?? unlimitedWidth,
    mappings: type1 === null ? [] : [...type1.dmas].map((dma) => mappingSnapshot(view, type1, dma)),
    removed: type1 === null ? [] : removedRanges(view, type1),
    reserved: reservedRanges(kernel, container),
    faults: faultsOf(kernel, container),
  };
}

const modelNames = { type1: 'TYPE1', type1v2: 'TYPE1v2', nesting: 'TYPE1_NESTING' } as const;

/** By `IOMMU_READ | IOMMU_WRITE`. */
const rightsOf: readonly MappingSnapshot['rights'][] = ['', 'R', 'W', 'RW'];

function mappingSnapshot({ engine, changed }: View, type1: Type1Iommu, dma: VfioDma): MappingSnapshot {
  const writer = engine.writerOf(dma.madeAt);
  const rights = rightsOf[dma.prot & 3]!;
  return {
    page: dma.iovaPage,
    count: dma.pages,
    rights,
    entries: entriesOf(type1, dma),
    vaddr: hex(BigInt(dma.vaddrPage) << pageBits),
    process: dma.task.name,
    ...(writer === undefined
      ? {}
      : { place: { uri: writer.uri, line: writer.range.start.line, column: writer.range.start.character } }),
    ...(changed.has(dma) ? { changed: true } : {}),
  };
}

const entrySizes = { 0: '4K', 9: '2M', 18: '1G' } as const;

/** By three samples: tables of a large mapping have too many entries to look at each. */
function entriesOf(type1: Type1Iommu, { iovaPage, pages, iommuMapped }: VfioDma): EntrySize {
  const domain = type1.domains.at(0)?.domain;
  if (!iommuMapped || domain === undefined || pages === 0) return 'none';
  const found = new Set<EntrySize>();
  for (const page of [iovaPage, iovaPage + (pages >>> 1), iovaPage + pages - 1]) {
    const mapping = domain.table.lookup(page);
    found.add(mapping === undefined ? 'none' : entrySizes[mapping.order]);
  }
  const [first] = found;
  return found.size === 1 ? first! : 'mixed';
}

/** Mappings that changed and are in no container any more; when several containers changed, nobody can tell whose. */
function removedRanges({ changed, kernel }: View, type1: Type1Iommu): PageRange[] {
  if (!changed.has(type1) && !changed.has(type1.dmas)) return [];
  const present = new Set<VfioDma>();
  for (const { data } of kernel.vfio.containers)
    if (data instanceof Type1Iommu) for (const dma of data.dmas) present.add(dma);
  const gone: PageRange[] = [];
  for (const owner of changed) {
    if (owner instanceof VfioDma && !present.has(owner) && owner.pages > 0)
      gone.push({ page: owner.iovaPage, count: owner.pages });
  }
  return gone.sort((a, b) => a.page - b.page);
}

function reservedRanges(kernel: Kernel, container: VfioContainer): ReservedSnapshot[] {
  const seen = new Map<string, ReservedSnapshot>();
  for (const { iommuGroup } of container.groups) {
    for (const { startPage, endPage, type } of kernel.iommu.reservedRegions(iommuGroup)) {
      seen.set(`${startPage}-${endPage}-${type}`, { page: startPage, count: endPage - startPage + 1, type });
    }
  }
  return [...seen.values()].sort((a, b) => a.page - b.page);
}

/** Reasons as VT-d numbers them; AMD-Vi has the same causes. */
const faultReasons: Readonly<Record<number, string>> = {
  2: 'the device is in no domain',
  4: 'the address is beyond the width of the IOMMU',
  5: 'it is not mapped for writing',
  6: 'it is not mapped for reading',
};

function faultsOf(kernel: Kernel, container: VfioContainer): FaultSnapshot[] {
  const members = new Set<string>();
  for (const { iommuGroup } of container.groups) for (const device of iommuGroup.devices) members.add(device.name);
  const faults = [...(kernel.machine.iommu?.faults ?? [])].filter((fault) => members.has(fault.function.bdf));
  return faults.slice(-mostFaults).map(({ function: fn, iova, write, reason }) => ({
    address: hex(iova),
    page: Number(iova >> pageBits),
    write,
    device: fn.bdf,
    reason: faultReasons[reason] ?? `reason ${reason}`,
  }));
}

/** What the topology shows: all functions that the kernel knows, and the IOMMU groups. */
export function topologySnapshot(engine: Engine, changed: ReadonlySet<object> = engine.changed): TopologySnapshot {
  const { kernel } = engine;
  if (kernel === null) return { name: 'no machine', iommu: null, functions: [], groups: [] };
  const holders = new Holders(kernel);
  const functions = [...kernel.pci.devices.values()]
    .map(({ device }) => topologyFunction(device, holders, changed))
    .sort((a, b) => (a.bdf < b.bdf ? -1 : 1));
  return {
    name: kernel.machine.description.name,
    iommu: iommuText(kernel),
    functions: parentsFirst(functions),
    groups: groupsOf(engine).groups.map(({ id, reason, viable, why, container }) => ({
      id,
      reason,
      viable,
      ...(why === undefined ? {} : { why }),
      ...(container === undefined ? {} : { container }),
    })),
  };
}

function iommuText({ machine: { iommu } }: Kernel): string | null {
  if (iommu === null) return null;
  const remapping = iommu.interruptRemapping ? 'interrupt remapping' : 'no interrupt remapping';
  return `${iommu.kind === 'intel' ? 'VT-d' : 'AMD-Vi'}, ${iommu.width} bits, ${remapping}`;
}

function topologyFunction(device: Device, holders: Holders, changed: ReadonlySet<object>): TopologyFunction {
  const { pci } = device;
  const group = device.iommuGroup;
  return {
    bdf: device.name,
    kind: kindOf(device),
    description: describeDevice(device).replace(/, VF of .*$/, ''),
    parent: pci.physfn?.name ?? pci.bus.self?.name ?? null,
    group: group?.id ?? null,
    driver: device.driver?.name ?? null,
    acs: acsOf(device),
    vfs: pci.fn.sriov?.totalVfs ?? 0,
    openBy: holders.of(device),
    ...(changed.has(device) || changed.has(pci) ? { changed: true } : {}),
  };
}

/** Device/port types of the PCI Express capability. */
const portKinds: Readonly<Record<number, TopologyKind>> = {
  4: 'root-port',
  5: 'upstream-port',
  6: 'downstream-port',
  7: 'pci-bridge',
  8: 'pci-bridge',
};

function kindOf({ pci }: Device): TopologyKind {
  if (pci.physfn !== null) return 'virtual-function';
  if (pci.classCode >>> 8 === hostBridgeClass) return 'host-bridge';
  if (!pci.fn.isBridge) return 'endpoint';
  return portKinds[pci.fn.portType ?? -1] ?? 'pci-bridge';
}

function acsOf({ pci }: Device): TopologyFunction['acs'] {
  const { acs } = pci.fn;
  if (acs === null) return 'missing';
  const wanted = isolating & acs.capabilities;
  return (acs.control & wanted) === wanted ? 'on' : 'off';
}

/** VFs may stand on a bus with a number below their port's neighbours: their PFs go first all the same. */
function parentsFirst(functions: readonly TopologyFunction[]): TopologyFunction[] {
  const known = new Map(functions.map((fn) => [fn.bdf, fn]));
  const placed = new Set<TopologyFunction>();
  const place = (fn: TopologyFunction): void => {
    const parent = fn.parent === null ? undefined : known.get(fn.parent);
    if (parent !== undefined && !placed.has(parent)) place(parent);
    placed.add(fn);
  };
  functions.forEach(place);
  return [...placed];
}
