import type { Token } from './tokens';

/** Lines that can be folded away, counted from 0. */
export interface Fold {
  readonly start: number;
  readonly end: number;
  readonly kind?: 'comment' | 'region';
}

/**
 * What can be folded: braces and brackets over several lines, comments, and the lines between `// #region` and
 * `// #endregion`.
 * @param lineOf the line of an offset
 */
export function foldsOf(tokens: readonly Token[], lineOf: (offset: number) => number): Fold[] {
  return [...bracketFolds(tokens, lineOf), ...commentFolds(tokens, lineOf), ...regionFolds(tokens, lineOf)].filter(
    ({ start, end }) => end > start,
  );
}

function bracketFolds(tokens: readonly Token[], lineOf: (offset: number) => number): Fold[] {
  const folds: Fold[] = [];
  const open: number[] = [];
  for (const { kind, text, start } of tokens) {
    if (kind !== 'sign') continue;
    if ('{[('.includes(text)) open.push(lineOf(start));
    else if ('}])'.includes(text)) {
      const begin = open.pop();
      // The closing bracket stays to be seen.
      if (begin !== undefined) folds.push({ start: begin, end: lineOf(start) - 1 });
    }
  }
  return folds;
}

function commentFolds(tokens: readonly Token[], lineOf: (offset: number) => number): Fold[] {
  const folds: { start: number; end: number; kind: 'comment' }[] = [];
  let codeLine = -1;
  for (const { kind, start, end } of tokens) {
    const [first, last] = [lineOf(start), lineOf(end)];
    if (kind !== 'comment') {
      codeLine = last;
      continue;
    }
    const previous = folds.at(-1);
    const continues = previous?.end === first - 1 && codeLine < first && codeLine < previous.start;
    if (continues) previous.end = last;
    else if (codeLine < first) folds.push({ start: first, end: last, kind: 'comment' });
  }
  return folds;
}

function regionFolds(tokens: readonly Token[], lineOf: (offset: number) => number): Fold[] {
  const folds: Fold[] = [];
  const open: number[] = [];
  for (const { kind, text, start } of tokens) {
    if (kind !== 'comment') continue;
    const words = text.replace('//', '').trimStart();
    if (words.startsWith('#region')) open.push(lineOf(start));
    else if (words.startsWith('#endregion')) {
      const begin = open.pop();
      if (begin !== undefined) folds.push({ start: begin, end: lineOf(start), kind: 'region' });
    }
  }
  return folds;
}
