import { isBackwards, mayEnd, type MoveKind } from './stop';
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
    const depth = this.walk.depth(this.index);
    const wanted = (index: number): boolean => mayEnd(kind, this.walk.depth(index), depth);
    for (let i = this.index + direction; i >= 0 && i < this.walk.length; i += direction) {
      if (stops(i) || wanted(i)) return i;
    }
    return -1;
  }
}
