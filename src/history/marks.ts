/**
 * Places in time that one can step to: positions of a journal, ascending.
 * Kept apart from the journal so that its entries stay bare.
 */
export class Marks {
  private readonly positions: number[] = [];

  get length(): number {
    return this.positions.length;
  }

  /** Marks `position`; marks at or past it were of a future that is gone. */
  add(position: number): void {
    this.dropFrom(position);
    this.positions.push(position);
  }

  at(index: number): number | undefined {
    return this.positions[index];
  }

  /** Index of the last mark below `position`, or -1. */
  indexBefore(position: number): number {
    let low = 0;
    let high = this.positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.positions[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Forgets the marks at or past `position`. */
  dropFrom(position: number): void {
    if ((this.positions.at(-1) ?? -1) >= position) this.positions.length = this.indexBefore(position) + 1;
  }
}
