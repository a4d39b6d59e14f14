import { Type1Iommu, type Kernel, type VfioContainer, type VfioDma } from '../../kernel';
import type { Engine } from '../engine';
import { Holders } from './holders';
import { hex, sizeText } from './item';
import type {
  ContainerItem,
  DmaMappingItem,
  DmaMappingsAnswer,
  DmaMappingsArguments,
  IovaRange,
  ReservedRange,
} from './trees';

const defaultCount = 200;
/** Gaps between mappings that are listed. */
const mostFreeRanges = 200;
const pageBytes = 4096n;
/** Last page of a 64-bit address space. */
const lastPage = 2 ** 52 - 1;

const models = {
  type1: 'VFIO_TYPE1_IOMMU',
  type1v2: 'VFIO_TYPE1v2_IOMMU',
  nesting: 'VFIO_TYPE1_NESTING_IOMMU',
} as const;

/** Containers with a page of their mappings, by rising IOVA. */
export function containersOf(engine: Engine, args: DmaMappingsArguments): DmaMappingsAnswer {
  const { kernel } = engine;
  if (kernel === null) return { containers: [] };
  const holders = new Holders(kernel);
  const wanted = [...kernel.vfio.containers].filter(({ id }) => args.container === undefined || args.container === id);
  return { containers: wanted.map((container) => containerItem(engine, kernel, container, holders, args)) };
}

function containerItem(
  engine: Engine,
  kernel: Kernel,
  container: VfioContainer,
  holders: Holders,
  { start = 0, count = defaultCount }: DmaMappingsArguments,
): ContainerItem {
  const { data, opener } = container;
  const type1 = data instanceof Type1Iommu ? data : null;
  return {
    id: container.id,
    name: holders.containerName(container),
    model: type1 === null ? (container.driver?.name ?? null) : models[type1.model],
    groups: [...container.groups].map(({ iommuGroup }) => iommuGroup.id).sort((a, b) => a - b),
    mappingCount: type1?.dmas.size ?? 0,
    lockedKb: opener.mm.lockedPages * 4,
    limitKb: opener.capable('ipc_lock') ? -1 : Number(opener.memlock / 1024n),
    mappings: type1 === null ? [] : mappingPage(engine, type1, start, count),
    freeRanges: type1 === null ? [] : freeRanges(type1),
    reserved: reservedRanges(kernel, container),
    ...(engine.changed.has(container) || (type1 !== null && engine.changed.has(type1)) ? { changed: true } : {}),
  };
}

function mappingPage(engine: Engine, type1: Type1Iommu, start: number, count: number): DmaMappingItem[] {
  const items: DmaMappingItem[] = [];
  let index = 0;
  for (const dma of type1.dmas) {
    if (index >= start + count) break;
    if (index++ >= start) items.push(mappingItem(engine, type1, dma));
  }
  return items;
}

function mappingItem(engine: Engine, type1: Type1Iommu, dma: VfioDma): DmaMappingItem {
  const size = BigInt(dma.pages) * pageBytes;
  const writer = engine.writerOf(dma.madeAt);
  return {
    iova: hex(BigInt(dma.iovaPage) * pageBytes),
    size: hex(size),
    sizeText: sizeText(size),
    vaddr: hex(BigInt(dma.vaddrPage) * pageBytes),
    flags: `${(dma.prot & 1) === 0 ? '' : 'R'}${(dma.prot & 2) === 0 ? '' : 'W'}`,
    process: dma.task.name,
    pinnedPages: dma.iommuMapped ? dma.pages : type1.external.countIn(dma.iovaPage, dma.pages),
    ...(writer === undefined
      ? {}
      : { source: { uri: writer.uri, line: writer.range.start.line, column: writer.range.start.character } }),
    ...(engine.changed.has(dma) ? { changed: true } : {}),
  };
}

/** What is valid and not mapped, lowest first. */
function freeRanges(type1: Type1Iommu): IovaRange[] {
  const valid = type1.iovaList.length === 0 ? [{ startPage: 0, endPage: lastPage }] : type1.iovaList;
  const free: IovaRange[] = [];
  const add = (from: number, to: number): void => {
    if (from <= to)
      free.push({ start: hex(BigInt(from) * pageBytes), end: hex(BigInt(to) * pageBytes + pageBytes - 1n) });
  };
  const mappings = type1.dmas[Symbol.iterator]();
  let dma = mappings.next();
  for (const { startPage, endPage } of valid) {
    let from = startPage;
    while (!dma.done && dma.value.iovaPage <= endPage && free.length < mostFreeRanges) {
      add(from, dma.value.iovaPage - 1);
      from = dma.value.iovaPage + dma.value.pages;
      dma = mappings.next();
    }
    if (free.length >= mostFreeRanges) break;
    add(from, endPage);
  }
  return free;
}

function reservedRanges(kernel: Kernel, container: VfioContainer): ReservedRange[] {
  const seen = new Map<string, ReservedRange>();
  for (const { iommuGroup } of container.groups) {
    for (const { start, end, type } of kernel.iommu.reservedRegions(iommuGroup)) {
      seen.set(`${start}-${end}-${type}`, { start: hex(start), end: hex(end), type });
    }
  }
  return [...seen.values()];
}
