import type { TopologyGroup } from '../snapshot';
import { element, fitted, part, text } from '../svg';
import { boxSize, columnGap, rowGap, type TreeNode } from './layout';

/** How far an outline stands away from the boxes of its group. */
const pad = 7;
const strokeWidth = 1.6;
const palette = ['both', 'read', 'write', 'mixed', 'changed'] as const;
const character = 6.2;

export interface OutlinedGroup {
  readonly id: number;
  readonly members: readonly TreeNode[];
  readonly group: TopologyGroup | undefined;
}

/** The groups by number, each with its members in the order of the tree. */
export function groupsOf(nodes: readonly TreeNode[], groups: readonly TopologyGroup[]): OutlinedGroup[] {
  const byId = new Map<number, TreeNode[]>();
  for (const node of nodes) {
    const { group } = node.fn;
    if (group === null) continue;
    const members = byId.get(group);
    if (members === undefined) byId.set(group, [node]);
    else members.push(node);
  }
  const known = new Map(groups.map((group) => [group.id, group]));
  return [...byId].sort(([a], [b]) => a - b).map(([id, members]) => ({ id, members, group: known.get(id) }));
}

/**
 * Outlines of the groups that hold more than one function. Two layers make the outline of a union without computing
 * it: all its shapes a little larger in the colour of the line, then once more in the colour of the ground.
 */
export function groupOutlines(groups: readonly OutlinedGroup[]): string {
  const shared = groups.filter(({ members }) => members.length > 1);
  return shared.map((group, index) => outline(group, palette[index % palette.length]!)).join('');
}

function outline(outlined: OutlinedGroup, colour: string): string {
  const { id, members } = outlined;
  return part(
    { label: groupLabel(outlined), class: 'group', data: { group: id } },
    element('g', { class: `body f-${colour}` }, shapes(members, strokeWidth)),
    element('g', { class: 'ground' }, shapes(members, 0)),
    element('g', { class: `f-${colour}`, opacity: 0.1 }, shapes(members, 0)),
  );
}

export function groupLabel({ id, members, group }: OutlinedGroup): string {
  const who = members.map(({ fn }) => fn.bdf).join(', ');
  const state = group === undefined ? '' : group.viable ? '; viable' : `; not viable: ${group.why ?? 'unknown'}`;
  const reason = group === undefined || members.length === 1 ? '' : ` because ${group.reason}`;
  return `IOMMU group ${id}: ${who}${reason}${state}${group?.container === undefined ? '' : `; in ${group.container}`}`;
}

/** Boxes of the members, the edges of the tree between them, and a spine where siblings belong together. */
function shapes(members: readonly TreeNode[], grow: number): string {
  const reach = pad + grow;
  const inGroup = new Set(members);
  const parts: string[] = [];
  const lastSibling = new Map<TreeNode | null, TreeNode>();
  for (const member of members) {
    const { x, y, parent } = member;
    parts.push(
      element('rect', {
        x: x - reach,
        y: y - reach,
        width: boxSize.width + 2 * reach,
        height: boxSize.height + 2 * reach,
        rx: 9,
      }),
    );
    const sibling = lastSibling.get(parent);
    if (parent !== null && inGroup.has(parent)) parts.push(edge(parent, member, reach));
    if (sibling !== undefined) parts.push(spine(sibling, member, reach, parent === null || !inGroup.has(parent)));
    lastSibling.set(parent, member);
  }
  return parts.join('');
}

/** Half of the width of a connection, without its outline. */
const half = 5;

/** Along the edge of the tree from a bridge to what is behind it. */
function edge(parent: TreeNode, child: TreeNode, reach: number): string {
  const width = 2 * (half + reach - pad);
  const from = parent.x + boxSize.width;
  const bend = edgeBend(child);
  const y = (node: TreeNode): number => node.y + boxSize.height / 2;
  const horizontal = (left: number, right: number, middle: number): string =>
    element('rect', { x: left - width / 2, y: middle - width / 2, width: right - left + width, height: width });
  const vertical = element('rect', {
    x: bend - width / 2,
    y: y(parent) - width / 2,
    width,
    height: y(child) - y(parent) + width,
  });
  return horizontal(from, bend, y(parent)) + vertical + horizontal(bend, child.x, y(child));
}

/** Down at the left of the boxes, from one sibling to the next of the same group. */
function spine(above: TreeNode, below: TreeNode, reach: number, needed: boolean): string {
  const width = 2 * (half + reach - pad);
  if (above.children.length === 0 && below.y - above.y === boxSize.height + rowGap) {
    // Neighbours: their outlines simply flow into each other.
    return element('rect', {
      x: above.x - reach,
      y: above.y + boxSize.height,
      width: boxSize.width + 2 * reach,
      height: below.y - above.y - boxSize.height,
    });
  }
  if (!needed) return '';
  const x = above.x - pad - half;
  const from = above.y + boxSize.height / 2;
  return element('rect', {
    x: x - width / 2,
    y: from,
    width: width + pad,
    height: below.y + boxSize.height / 2 - from,
  });
}

/** Where the edge to a child turns downwards. */
export function edgeBend(child: TreeNode): number {
  return child.x - columnGap / 2;
}

/** `group 9` at the upper edge of its first member, and why it cannot be handed out. */
export function groupTag({ id, members, group }: OutlinedGroup): string {
  const [first] = members;
  if (first === undefined) return '';
  const shared = members.length > 1;
  const flag = group !== undefined && !group.viable && shared ? 'not viable' : '';
  const label = fitted(`group ${id}${flag === '' ? '' : ` · ${flag}`}`, boxSize.width - 20, character);
  const width = label.length * character + 10;
  const x = first.x + boxSize.width - width - 4;
  const y = first.y - (shared ? 16 : 15);
  return element(
    'g',
    { 'aria-hidden': 'true' },
    shared ? element('rect', { class: 'ground', x, y: y + 1, width, height: 13 }) : '',
    text(x + width / 2, y + 11, label, { class: `small middle ${flag === '' ? 'quiet' : 'f-error'}` }),
  );
}
