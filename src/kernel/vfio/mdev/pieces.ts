import { EFAULT } from '../../errno';
import type { Answer } from '../../file';
import { copyPiece, type UserSpan } from '../../user-memory';

/** What is accessed at once. */
export type Width = 1 | 2 | 4;

/**
 * Cuts an access into aligned pieces of 4, 2 and 1 bytes, as the sample drivers do.
 * @param act accesses one piece: 0, a negative error, or a wait; any error becomes -EFAULT
 * @returns the number of bytes, also when earlier pieces of a failed access are done: then -EFAULT
 */
export function inPieces(
  position: bigint,
  length: number,
  span: UserSpan | undefined,
  act: (position: bigint, done: number, width: Width) => Answer,
): Answer {
  for (let done = 0; done < length;) {
    const at = position + BigInt(done);
    const width = widthAt(at, length - done);
    if (!copyPiece(span, done, width)) return -EFAULT;
    const answer = act(at, done, width);
    if (typeof answer !== 'number') return answer;
    if (answer < 0) return -EFAULT;
    done += width;
  }
  return length;
}

function widthAt(position: bigint, left: number): Width {
  if (left >= 4 && position % 4n === 0n) return 4;
  return left >= 2 && position % 2n === 0n ? 2 : 1;
}
