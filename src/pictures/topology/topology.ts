import { drawing, type DrawingOptions } from '../drawing';
import { placeData } from '../place-data';
import type { TopologyFunction, TopologyKind, TopologySnapshot } from '../snapshot';
import { element, fitted, part, text } from '../svg';
import { edgeBend, groupLabel, groupOutlines, groupsOf, groupTag, type OutlinedGroup } from './group-outlines';
import { boxSize, layTree, type TreeNode } from './layout';

export interface TopologyOptions extends DrawingOptions {
  /** Address of the selected function. */
  readonly selected?: string;
}

const left = 40;
const top = 96;
const margin = 24;
const character = 6.4;
const monoCharacter = 6.8;

const kindText: Readonly<Record<TopologyKind, string>> = {
  endpoint: '',
  'root-port': 'root port',
  'upstream-port': 'upstream port',
  'downstream-port': 'downstream port',
  'pci-bridge': 'bridge to PCI',
  'virtual-function': 'VF',
  'host-bridge': 'root complex',
};

/** The PCI hierarchy with its IOMMU groups, and the missing ACS where it makes devices share one. */
export function topology(snapshot: TopologySnapshot, options: TopologyOptions = {}): string {
  const nodes = layTree(snapshot, left, top);
  const groups = groupsOf(nodes, snapshot.groups);
  const byId = new Map(groups.map((group) => [group.id, group]));
  const width = Math.max(520, ...nodes.map(({ x }) => x + boxSize.width + margin));
  const height = Math.max(top, ...nodes.map(({ y }) => y + boxSize.height)) + margin;
  const about = summary(snapshot, groups);
  return drawing(
    {
      kind: 'topology',
      width,
      height,
      title: `Topology of ${snapshot.name}`,
      description: `${about}.`,
      content: [
        text(margin - 4, 30, fitted(snapshot.name, width - 2 * margin, 9), { class: 'heading' }),
        text(margin - 4, 49, `${snapshot.iommu ?? 'no IOMMU'} · ${about}`, { class: 'quiet' }),
        rootBus(nodes, height),
        groupOutlines(groups),
        element('g', { 'aria-hidden': 'true' }, ...nodes.map(treeEdge)),
        ...nodes.map((node) => box(node, groupOf(node, byId), options.selected === node.fn.bdf)),
        ...groups.map(groupTag),
      ],
    },
    options,
  );
}

const groupOf = ({ fn }: TreeNode, groups: ReadonlyMap<number, OutlinedGroup>): OutlinedGroup | undefined =>
  fn.group === null ? undefined : groups.get(fn.group);

function summary({ functions }: TopologySnapshot, groups: readonly OutlinedGroup[]): string {
  const shared = groups.filter(({ members }) => members.length > 1).length;
  const virtual = functions.filter(({ kind }) => kind === 'virtual-function').length;
  return (
    `${functions.length} functions${virtual === 0 ? '' : ` (${virtual} virtual)`}, ${groups.length} IOMMU groups, ` +
    `${shared} of them shared`
  );
}

/** The bus of the root complex as a line down the left side. */
function rootBus(nodes: readonly TreeNode[], height: number): string {
  if (nodes.length === 0) return text(margin, top, 'This machine has no PCI functions.', { class: 'quiet' });
  const roots = nodes.filter(({ depth }) => depth === 0);
  const last = roots.at(-1)!;
  const x = left - 22;
  const end = Math.min(last.y + boxSize.height / 2, height);
  return element('path', { class: 'axis', 'stroke-width': 3, 'stroke-linecap': 'round', d: `M${x} ${top - 8}V${end}` });
}

function treeEdge(node: TreeNode): string {
  const { parent, x, y, fn } = node;
  const middle = y + boxSize.height / 2;
  if (parent === null) return element('path', { class: 'axis', d: `M${left - 22} ${middle}H${x}` });
  const bend = edgeBend(node);
  const from = parent.x + boxSize.width;
  const d = `M${from} ${parent.y + boxSize.height / 2}H${bend}V${middle}H${x}`;
  return element('path', { class: fn.kind === 'virtual-function' ? 'axis dash' : 'axis', d });
}

function box(node: TreeNode, group: OutlinedGroup | undefined, selected: boolean): string {
  const { fn, x, y } = node;
  const state = [fn.changed === true ? 'is-changed' : '', selected ? 'selected' : ''].filter((name) => name !== '');
  const inner = boxSize.width - 16;
  const name = fn.bdf.startsWith('0000:') ? fn.bdf.slice(5) : fn.bdf;
  const nameWidth = name.length * monoCharacter + 8;
  const stroke = fn.changed === true ? 's-changed' : 's-line';
  return part(
    {
      label: functionLabel(fn, group),
      class: ['function', `kind-${fn.kind}`, ...state].join(' '),
      data: { bdf: fn.bdf, group: fn.group ?? undefined, ...placeData(fn.place) },
    },
    element('rect', {
      class: `body surface ${stroke}${fn.kind === 'virtual-function' ? ' dash' : ''}`,
      'stroke-width': fn.changed === true ? 2 : 1,
      x,
      y,
      width: boxSize.width,
      height: boxSize.height,
      rx: isBridge(fn.kind) ? 3 : 6,
    }),
    text(x + 8, y + 16, name, { class: 'mono strong' }),
    text(x + 8 + nameWidth, y + 16, fitted(whatItIs(fn), inner - nameWidth, character), { class: 'small quiet' }),
    ...badges(node, acsMatters(node, group)),
  );
}

/** What the kind says already is not said twice: `root port 1b36:000c`. */
function whatItIs({ kind, description }: TopologyFunction): string {
  const name = kindText[kind];
  return name === '' ? description : `${name} ${description.replace(/^(PCI|Host) bridge\b:? ?/, '')}`.trim();
}

const isBridge = (kind: TopologyKind): boolean => kind.endsWith('-port') || kind === 'pci-bridge';

/** Driver, holders, VFs and ACS on the second line of a box. */
function badges({ fn, x, y }: TreeNode, acs: boolean): string[] {
  const right = x + boxSize.width - 8;
  const shield = acs || fn.acs === 'on' ? shieldOf(right, y, fn.acs, acs) : { content: '', width: 0 };
  const vfs = fn.vfs > 0 ? `SR-IOV, ${fn.vfs} VFs` : '';
  const vfsWidth = vfs.length * 6 + (vfs === '' ? 0 : 10);
  const driver = fn.driver ?? 'no driver';
  const holder = fn.openBy.length === 0 ? '' : `, open by ${fn.openBy.join(', ')}`;
  const room = boxSize.width - 16 - shield.width - vfsWidth;
  return [
    element('circle', {
      class: fn.driver === null ? 's-line hollow' : fn.driver.startsWith('vfio') ? 'f-both' : 'f-line',
      cx: x + 12,
      cy: y + 29,
      r: 3.5,
    }),
    text(x + 21, y + 33, fitted(driver + holder, room - 13, character), {
      class: fn.driver === null ? 'small quiet' : 'small',
    }),
    vfs === '' ? '' : text(right - shield.width, y + 33, vfs, { class: 'small quiet end' }),
    shield.content,
  ];
}

/** `ACS` with a tick, or in red what is missing where it makes functions share a group. */
function shieldOf(
  right: number,
  y: number,
  state: TopologyFunction['acs'],
  matters: boolean,
): { content: string; width: number } {
  const label = state === 'on' ? 'ACS' : state === 'off' ? 'ACS off' : 'no ACS';
  const width = label.length * 6.6 + 22;
  const colour = matters ? 'error' : 'read';
  const at = right - width + 8;
  const sign = matters ? `M${at} ${y + 26}l7 7m0 -7l-7 7` : `M${at} ${y + 29}l3 3l5 -6`;
  return {
    width,
    content:
      element('path', { class: `s-${colour} hollow`, 'stroke-width': 1.8, d: sign }) +
      text(right, y + 33, label, { class: `small end f-${colour}` }),
  };
}

/** A missing ACS matters where functions share a group because of it: below a port, or within a slot. */
function acsMatters({ fn, children, parent }: TreeNode, group: OutlinedGroup | undefined): boolean {
  if (fn.acs === 'on' || group === undefined || group.members.length < 2) return false;
  if (fn.kind === 'root-port' || fn.kind === 'downstream-port')
    return children.some((child) => child.fn.group === fn.group);
  if (fn.kind !== 'endpoint' || parent?.fn.kind === 'pci-bridge') return false;
  return group.members.some((other) => other.fn !== fn && other.parent === parent && slotOf(other.fn) === slotOf(fn));
}

const slotOf = ({ bdf }: TopologyFunction): string => bdf.slice(0, bdf.lastIndexOf('.'));

function functionLabel(fn: TopologyFunction, group: OutlinedGroup | undefined): string {
  const parts = [
    `${fn.bdf}, ${kindText[fn.kind] === '' ? '' : `${kindText[fn.kind]}, `}${fn.description}`,
    fn.driver === null ? 'no driver' : `driver ${fn.driver}`,
    ...(fn.openBy.length === 0 ? [] : [`open by ${fn.openBy.join(' and ')}`]),
    ...(fn.vfs === 0 ? [] : [`can make ${fn.vfs} VFs`]),
    { on: 'ACS on', off: 'ACS switched off', missing: 'no ACS' }[fn.acs],
    ...(group === undefined ? [] : [groupLabel(group)]),
    ...(fn.changed === true ? ['changed by the last step'] : []),
  ];
  return parts.join('; ');
}
