import { Entity, entity, type Journal } from '../../../history';
import type { Process } from '../../process';

/** Pages of a 64-bit address space: an end there wraps to 0 in the kernel's arithmetic. */
const wrap = 2 ** 52;

/**
 * One DMA mapping (`struct vfio_dma`), a node of the tree. Addresses and sizes are in pages.
 *
 * Its journaled fields are written out instead of made by `entity()`: nodes get their fields in ever different orders,
 * and every access would be a search. Here all nodes have one shape; it makes mapping twice as fast (`bench/`).
 */
export class VfioDma extends Entity {
  private $pages: number = 0;
  private $iommuMapped: boolean = false;
  private $left: VfioDma | null = null;
  private $right: VfioDma | null = null;
  private $parent: VfioDma | null = null;
  private $red: boolean = true;
  /** Position of the journal when it was made: it leads to the call that made it. */
  readonly madeAt: number;

  constructor(
    journal: Journal,
    /** First IOVA page. */
    readonly iovaPage: number,
    /** First page of the user's memory. */
    readonly vaddrPage: number,
    /** `IOMMU_READ | IOMMU_WRITE`. */
    readonly prot: number,
    /** The process that mapped, whose locked memory it counts against. */
    readonly task: Process,
    /** Whether that process had CAP_IPC_LOCK then: it may lock without limit. */
    readonly lockCap: boolean,
  ) {
    super(journal);
    this.madeAt = journal.position;
  }

  /** Pages that are mapped so far; grows while MAP_DMA pins chunk after chunk. */
  get pages(): number {
    return this.$pages;
  }

  set pages(value: number) {
    if (value === this.$pages) return;
    this.journal.record(this, 'pages', this.$pages);
    this.$pages = value;
  }

  /** Whether the pages are pinned and mapped in the IOMMU. */
  get iommuMapped(): boolean {
    return this.$iommuMapped;
  }

  set iommuMapped(value: boolean) {
    if (value === this.$iommuMapped) return;
    this.journal.record(this, 'iommuMapped', this.$iommuMapped);
    this.$iommuMapped = value;
  }

  get left(): VfioDma | null {
    return this.$left;
  }

  set left(value: VfioDma | null) {
    if (value === this.$left) return;
    this.journal.record(this, 'left', this.$left);
    this.$left = value;
  }

  get right(): VfioDma | null {
    return this.$right;
  }

  set right(value: VfioDma | null) {
    if (value === this.$right) return;
    this.journal.record(this, 'right', this.$right);
    this.$right = value;
  }

  get parent(): VfioDma | null {
    return this.$parent;
  }

  set parent(value: VfioDma | null) {
    if (value === this.$parent) return;
    this.journal.record(this, 'parent', this.$parent);
    this.$parent = value;
  }

  get red(): boolean {
    return this.$red;
  }

  set red(value: boolean) {
    if (value === this.$red) return;
    this.journal.record(this, 'red', this.$red);
    this.$red = value;
  }
}

class Root extends entity({ node: null as VfioDma | null, size: 0 }) {}

/**
 * The mappings of a container by IOVA, in a red-black tree with the balance of the kernel's `rb_tree`: a lookup of a
 * range finds the mapping nearest the root first, and programs can see which one that is.
 */
export class DmaTree extends Entity {
  private readonly root: Root;

  constructor(journal: Journal) {
    super(journal);
    this.root = new Root(journal);
  }

  get size(): number {
    return this.root.size;
  }

  /** `vfio_find_dma`: the mapping nearest the root that overlaps the range, or null. Ends at 2^64 count as 0. */
  find(startPage: number, pages: number): VfioDma | null {
    const sum = startPage + pages;
    return this.search(startPage, sum === wrap ? 0 : sum);
  }

  /** The mapping that covers the page. */
  at(page: number): VfioDma | null {
    return this.search(page, page + 1);
  }

  /** `vfio_link_dma`. */
  insert(dma: VfioDma): void {
    let parent: VfioDma | null = null;
    let toLeft = false;
    for (let at = this.root.node; at !== null; at = toLeft ? at.left : at.right) {
      parent = at;
      // Only the sum of the new mapping counts, and it has no size yet: equal starts go right.
      toLeft = dma.iovaPage + dma.pages <= at.iovaPage;
    }
    dma.parent = parent;
    if (parent === null) this.root.node = dma;
    else if (toLeft) parent.left = dma;
    else parent.right = dma;
    this.root.size++;
    this.balanceInserted(dma);
  }

  /** `vfio_unlink_dma`. */
  remove(dma: VfioDma): void {
    this.root.size--;
    const { left, right } = dma;
    if (left !== null && right !== null) this.exchange(dma, leftmost(right));
    const child = dma.left ?? dma.right;
    const parent = dma.parent;
    this.replace(dma, child);
    if (child !== null) child.parent = parent;
    if (!dma.red) {
      if (child?.red) child.red = false;
      else this.balanceRemoved(child, parent);
    }
  }

  /** By ascending IOVA. */
  *[Symbol.iterator](): Generator<VfioDma> {
    for (let at = this.first(); at !== null; at = successor(at)) yield at;
  }

  /** `rb_first`. */
  first(): VfioDma | null {
    return this.root.node === null ? null : leftmost(this.root.node);
  }

  private search(startPage: number, end: number): VfioDma | null {
    let at = this.root.node;
    while (at !== null) {
      const sum = at.iovaPage + at.pages;
      if (end <= at.iovaPage) at = at.left;
      else if (startPage >= (sum === wrap ? 0 : sum)) at = at.right;
      else return at;
    }
    return null;
  }

  private balanceInserted(start: VfioDma): void {
    let at = start;
    let parent = at.parent;
    while (parent?.red) {
      const grand = parent.parent!;
      const onLeft = grand.left === parent;
      const uncle = onLeft ? grand.right : grand.left;
      if (uncle?.red) {
        parent.red = false;
        uncle.red = false;
        grand.red = true;
        at = grand;
        parent = at.parent;
        continue;
      }
      if ((onLeft ? parent.right : parent.left) === at) {
        this.rotate(parent, onLeft);
        parent = at;
      }
      parent.red = false;
      grand.red = true;
      this.rotate(grand, !onLeft);
      break;
    }
    this.root.node!.red = false;
  }

  /** The path to `start` (perhaps an empty place below `above`) lacks one black node. */
  private balanceRemoved(start: VfioDma | null, above: VfioDma | null): void {
    let at = start;
    let parent = above;
    while (parent !== null && !at?.red) {
      const onLeft = parent.left === at;
      let sibling = (onLeft ? parent.right : parent.left)!;
      if (sibling.red) {
        sibling.red = false;
        parent.red = true;
        this.rotate(parent, onLeft);
        sibling = (onLeft ? parent.right : parent.left)!;
      }
      const near = onLeft ? sibling.left : sibling.right;
      const far = onLeft ? sibling.right : sibling.left;
      if (!near?.red && !far?.red) {
        sibling.red = true;
        at = parent;
        parent = at.parent;
        continue;
      }
      this.lendBlack(parent, sibling, onLeft);
      return;
    }
    if (at !== null) at.red = false;
  }

  /** The sibling has a red child: a rotation or two move a black node over. */
  private lendBlack(parent: VfioDma, given: VfioDma, onLeft: boolean): void {
    let sibling = given;
    if (!(onLeft ? sibling.right : sibling.left)?.red) {
      const near = (onLeft ? sibling.left : sibling.right)!;
      near.red = false;
      sibling.red = true;
      this.rotate(sibling, !onLeft);
      sibling = near;
    }
    sibling.red = parent.red;
    parent.red = false;
    (onLeft ? sibling.right : sibling.left)!.red = false;
    this.rotate(parent, onLeft);
  }

  /** Turns `node` down to the left or right; its child on the other side takes its place. */
  private rotate(node: VfioDma, toLeft: boolean): void {
    const up = (toLeft ? node.right : node.left)!;
    const inner = toLeft ? up.left : up.right;
    this.replace(node, up);
    up.parent = node.parent;
    if (toLeft) {
      up.left = node;
      node.right = inner;
    } else {
      up.right = node;
      node.left = inner;
    }
    node.parent = up;
    if (inner !== null) inner.parent = node;
  }

  /** Makes `other` what `node` is to its parent. */
  private replace(node: VfioDma, other: VfioDma | null): void {
    const { parent } = node;
    if (parent === null) this.root.node = other;
    else if (parent.left === node) parent.left = other;
    else parent.right = other;
  }

  /** Exchanges the places (and colours) of a node and its successor `next` in its right subtree. */
  private exchange(node: VfioDma, next: VfioDma): void {
    const { left, right, red } = node;
    const below = next.right;
    const nextParent = next.parent!;
    this.replace(node, next);
    next.parent = node.parent;
    next.left = left;
    left!.parent = next;
    if (nextParent === node) {
      next.right = node;
      node.parent = next;
    } else {
      next.right = right;
      right!.parent = next;
      nextParent.left = node;
      node.parent = nextParent;
    }
    node.left = null;
    node.right = below;
    if (below !== null) below.parent = node;
    node.red = next.red;
    next.red = red;
  }
}

function leftmost(node: VfioDma): VfioDma {
  let at = node;
  while (at.left !== null) at = at.left;
  return at;
}

function successor(node: VfioDma): VfioDma | null {
  if (node.right !== null) return leftmost(node.right);
  let at = node;
  while (at.parent !== null && at.parent.right === at) at = at.parent;
  return at.parent;
}
