import { isBackwards, type MoveKind } from './stop';
import { Walk, type StepDetail } from './walk';

/** A place among the kernel's decisions of one step. */
export class Inside {
  readonly walk: Walk;

  constructor(
    detail: StepDetail,
    readonly index: number,
    walk?: Walk,
  ) {
    this.walk = walk ?? new Walk(detail);
  }

  get position(): number {
    return this.walk.event(this.index).position;
  }

  at(index: number): Inside {
    return new Inside(this.walk.detail, index, this.walk);
  }

  /**
   * Where a move inside of the call leads.
   * @param stops whether something asks for a stop at a decision
   * @returns the index, or -1 when the move leads out of the call
   */
  destination(kind: MoveKind, stops: (index: number) => boolean): number {
    const direction = isBackwards(kind) ? -1 : 1;
    const wanted = this.wanted(kind);
    for (let i = this.index + direction; i >= 0 && i < this.walk.length; i += direction) {
      if (stops(i) || wanted(i)) return i;
    }
    return -1;
  }

  /** Which of the kernel's decisions a move may stop at. */
  private wanted(kind: MoveKind): (index: number) => boolean {
    const { walk } = this;
    const depth = walk.depth(this.index);
    switch (kind) {
      case 'continue':
      case 'reverse':
        return () => false;
      case 'into':
      case 'backInto':
        return () => true;
      case 'next':
      case 'back':
        return (i) => walk.depth(i) <= depth;
      case 'out':
      case 'backOut':
        return (i) => walk.depth(i) < depth;
    }
  }
}
