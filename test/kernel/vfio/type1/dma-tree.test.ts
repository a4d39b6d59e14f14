import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DmaTree, VfioDma } from '../../../../src/kernel/vfio/type1/dma-tree';
import { boot } from '../../world';

/** Black nodes on every way down, or a failed expectation. */
function blackHeight(node: VfioDma | null): number {
  if (node === null) return 1;
  for (const child of [node.left, node.right]) {
    if (child === null) continue;
    expect(child.parent).toBe(node);
    expect(node.red && child.red).toBe(false);
  }
  const left = blackHeight(node.left);
  expect(blackHeight(node.right)).toBe(left);
  return left + (node.red ? 0 : 1);
}

function rootOf(tree: DmaTree): VfioDma | null {
  let node = tree.first();
  while (node?.parent) node = node.parent;
  return node;
}

describe('DmaTree', () => {
  const { kernel, journal } = boot();
  const task = kernel.spawn({ name: 'a' });
  const add = (tree: DmaTree, page: number, pages: number): VfioDma => {
    const dma = new VfioDma(journal, page, 0, 3, task, true);
    tree.insert(dma);
    dma.pages = pages;
    return dma;
  };

  it('stays ordered and balanced, finds what overlaps, and can be undone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 80 }), (slots) => {
        const tree = new DmaTree(journal);
        const start = journal.position;
        const present = new Map<number, VfioDma>();
        for (const slot of slots) {
          const known = present.get(slot);
          if (known === undefined) present.set(slot, add(tree, slot * 4, 3));
          else {
            tree.remove(known);
            present.delete(slot);
          }
          blackHeight(rootOf(tree));
          expect(tree.find(slot * 4, 3)).toBe(present.get(slot) ?? null);
          expect(tree.find(slot * 4 + 3, 1)).toBe(null);
        }
        const ordered = [...present.keys()].sort((a, b) => a - b).map((slot) => slot * 4);
        expect([...tree].map((dma) => dma.iovaPage)).toEqual(ordered);
        expect(tree.size).toBe(present.size);
        journal.goto(start);
        expect([...tree]).toEqual([]);
      }),
    );
  });

  it('finds the mapping nearest the root first, as rb_tree does', () => {
    const tree = new DmaTree(journal);
    for (const page of [0, 1, 2, 3, 4, 5, 6]) add(tree, page, 1);
    // Seven ascending insertions: 1 is the root, 3 its right child.
    expect(tree.find(0, 7)?.iovaPage).toBe(1);
    expect(tree.find(2, 5)?.iovaPage).toBe(3);
  });

  it('does not find a mapping that ends at 2^64: the sum wraps to 0', () => {
    const tree = new DmaTree(journal);
    add(tree, 2 ** 52 - 1, 1);
    expect(tree.find(2 ** 52 - 1, 1)).toBe(null);
    expect(tree.at(2 ** 52 - 1)).toBe(null);
  });
});
