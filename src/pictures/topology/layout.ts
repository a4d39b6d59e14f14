import type { TopologyFunction, TopologySnapshot } from '../snapshot';

/** A function's place in the tree. */
export interface TreeNode {
  readonly fn: TopologyFunction;
  readonly parent: TreeNode | null;
  readonly children: readonly TreeNode[];
  readonly depth: number;
  /** Edges of its box in pixels. */
  readonly x: number;
  readonly y: number;
}

export const boxSize = { width: 256, height: 40 } as const;
/** Room between boxes: enough for two group outlines, or for one and a group's name. */
export const rowGap = 26;
export const columnGap = 64;

type Draft = {
  -readonly [K in keyof TreeNode]: K extends 'children' ? Draft[] : K extends 'parent' ? Draft | null : TreeNode[K];
};

/**
 * The hierarchy as a tree from left to right: a column for each level, a row for each leaf, parents at the height of
 * their first child. Boxes never overlap.
 */
export function layTree({ functions }: TopologySnapshot, left: number, top: number): readonly TreeNode[] {
  const drafts = new Map<string, Draft>();
  const roots: Draft[] = [];
  for (const fn of functions) {
    const parent = fn.parent === null ? null : (drafts.get(fn.parent) ?? null);
    const depth = parent === null ? 0 : parent.depth + 1;
    const draft: Draft = { fn, parent, children: [], depth, x: left + depth * (boxSize.width + columnGap), y: 0 };
    drafts.set(fn.bdf, draft);
    (parent?.children ?? roots).push(draft);
  }
  let row = 0;
  // Deep trees of strange snapshots must not exhaust the stack.
  const open = roots.toReversed();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    node.y = top + row * (boxSize.height + rowGap);
    if (node.children.length === 0) row++;
    open.push(...node.children.toReversed());
  }
  return [...drafts.values()];
}
