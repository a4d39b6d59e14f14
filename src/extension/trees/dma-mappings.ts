import type {
  ContainerItem,
  DmaMappingItem,
  DmaMappingsAnswer,
  DmaMappingsArguments,
  IovaRange,
  SourcePlace,
} from '../../adapter';
import { counted, dotted, grouped, listed, type TreeNode } from './node';

/** How many mappings a node shows at most; a container with more shows ranges of so many. */
export const pageSize = 1000;

/** Asks the adapter for mappings of the shown moment. */
export type AskForMappings = (wanted: DmaMappingsArguments) => Promise<DmaMappingsAnswer>;

/** The rows of the view DMA Mappings. */
export async function containerNodes(ask: AskForMappings): Promise<TreeNode[]> {
  const { containers } = await ask({ count: 0 });
  return containers.map((container) => containerNode(container, ask));
}

function containerNode(container: ContainerItem, ask: AskForMappings): TreeNode {
  const { id, name, model, groups, mappingCount } = container;
  const groupText =
    groups.length === 0 ? 'no group' : `${groups.length === 1 ? 'group' : 'groups'} ${listed(groups.map(String))}`;
  const description = dotted(counted(mappingCount, 'mapping'), shortModel(model), groupText, lockedText(container));
  return {
    id: `container/${id}`,
    label: name,
    description,
    tooltip: [
      `Container "${name}"`,
      model === null ? 'VFIO_SET_IOMMU has not been called yet.' : `Model: ${model}`,
      `Groups: ${groups.length === 0 ? 'none' : listed(groups.map(String))}`,
      `Mappings: ${grouped(mappingCount)}`,
      `Locked memory of the process: ${lockedText(container)}`,
    ],
    spoken: dotted(`container ${name}`, description),
    icon: 'package',
    changed: container.changed === true,
    context: 'container',
    expanded: true,
    children: async () => [...(await mappingsOrRanges(container, ask)), ...rangeLists(container)],
  };
}

/** `VFIO_TYPE1v2_IOMMU` is `type1v2`, as people call it. */
function shortModel(model: string | null): string {
  return model === null ? 'no IOMMU model yet' : model.replace('VFIO_', '').replace('_IOMMU', '').toLowerCase();
}

function lockedText({ lockedKb, limitKb }: ContainerItem): string {
  return `${grouped(lockedKb)} kB locked${limitKb < 0 ? ' without limit' : ` of ${grouped(limitKb)} kB`}`;
}

async function mappingsOrRanges({ id, mappingCount }: ContainerItem, ask: AskForMappings): Promise<TreeNode[]> {
  if (mappingCount <= pageSize) return mappingNodes(id, 0, ask);
  const starts = Array.from({ length: Math.ceil(mappingCount / pageSize) }, (_, page) => page * pageSize);
  return Promise.all(starts.map((start) => pageNode(id, start, mappingCount, ask)));
}

/** A node over one page of mappings. Its IOVA makes it possible to find an address among many pages. */
async function pageNode(container: number, start: number, count: number, ask: AskForMappings): Promise<TreeNode> {
  const [first] = await mappingsOf(container, start, 1, ask);
  const end = Math.min(start + pageSize, count);
  const label = `Mappings ${grouped(start + 1)} – ${grouped(end)}`;
  return {
    id: `container/${container}/page/${start}`,
    label,
    description: first === undefined ? '' : `from ${first.iova}`,
    spoken: `${label}${first === undefined ? '' : `, from IOVA ${first.iova}`}`,
    icon: 'list-ordered',
    context: 'page',
    children: () => mappingNodes(container, start, ask),
    ...(first === undefined ? {} : { copies: { iova: first.iova } }),
  };
}

async function mappingNodes(container: number, start: number, ask: AskForMappings): Promise<TreeNode[]> {
  return (await mappingsOf(container, start, pageSize, ask)).map((mapping) => mappingNode(container, mapping));
}

async function mappingsOf(
  container: number,
  start: number,
  count: number,
  ask: AskForMappings,
): Promise<readonly DmaMappingItem[]> {
  const { containers } = await ask({ container, start, count });
  return containers.find(({ id }) => id === container)?.mappings ?? [];
}

/** What a device may do with the memory, and the icon for it. */
const rights: Readonly<Record<string, { text: string; icon: string }>> = {
  RW: { text: 'read and write', icon: 'arrow-swap' },
  R: { text: 'read only', icon: 'arrow-up' },
  W: { text: 'write only', icon: 'arrow-down' },
};

function mappingNode(container: number, mapping: DmaMappingItem): TreeNode {
  const { iova, size, sizeText, vaddr, flags, process, pinnedPages, source } = mapping;
  const right = rights[flags] ?? { text: flags, icon: 'circle-outline' };
  const last = `0x${(BigInt(iova) + BigInt(size) - 1n).toString(16)}`;
  const pinned = `${counted(pinnedPages, 'page')} pinned`;
  return {
    id: `container/${container}/mapping/${iova}`,
    label: `${iova} – ${last}`,
    description: dotted(sizeText, flags, `${process} ${vaddr}`, source && `${fileName(source)}:${source.line + 1}`),
    tooltip: [
      `IOVA ${iova} – ${last} (${sizeText}, ${size} bytes)`,
      `Memory of ${process} at ${vaddr}`,
      `A device may ${right.text === 'read and write' ? right.text : right.text.replace(' only', '')} here${flags === 'RW' ? '' : ` (${right.text})`}.`,
      `${pinned}.`,
      ...(source === undefined ? [] : [`Made by line ${source.line + 1} of ${fileName(source)}.`]),
    ],
    spoken: dotted(`IOVA ${iova} to ${last}`, sizeText, right.text, `memory of ${process} at ${vaddr}`, pinned),
    icon: right.icon,
    changed: mapping.changed === true,
    context: source === undefined ? 'mapping' : 'mapping-with-line',
    copies: { iova, userAddress: vaddr },
    writer: { container, iova },
    ...(source === undefined ? {} : { place: source }),
  };
}

function fileName({ uri }: SourcePlace): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}

/** The free and the reserved ranges, folded away under one node each. */
function rangeLists({ id, freeRanges, reserved }: ContainerItem): TreeNode[] {
  return [
    ...rangeList(`container/${id}/free`, 'Free', 'circle-large-outline', freeRanges, () => 'free'),
    ...rangeList(`container/${id}/reserved`, 'Reserved', 'circle-slash', reserved, ({ type }) => type),
  ];
}

function rangeList<T extends IovaRange>(
  id: string,
  label: string,
  icon: string,
  ranges: readonly T[],
  type: (range: T) => string,
): TreeNode[] {
  if (ranges.length === 0) return [];
  return [
    {
      id,
      label,
      description: counted(ranges.length, 'range'),
      icon,
      context: 'ranges',
      children: () =>
        ranges.map((range) => ({
          id: `${id}/${range.start}`,
          label: `${range.start} – ${range.end}`,
          description: type(range),
          icon,
          context: 'range',
          copies: { iova: range.start },
        })),
    },
  ];
}
