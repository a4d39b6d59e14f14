import { ioctls } from '../kernel/uapi';
import type { Token } from './tokens';

/** A grey text in the editor behind an offset. */
export interface Hint {
  readonly offset: number;
  readonly text: string;
  readonly tooltip: string;
}

const sizes: readonly (readonly [bigint, string])[] = [
  [1n << 40n, 'TiB'],
  [1n << 30n, 'GiB'],
  [1n << 20n, 'MiB'],
  [1n << 10n, 'KiB'],
];

/** Numbers of requests, and how much a size in hex is. */
export function hintsOf(tokens: readonly Token[], from: number, to: number): Hint[] {
  const hints: Hint[] = [];
  const code = tokens.filter(({ kind }) => kind !== 'comment');
  code.forEach(({ kind, text, start, end }, at) => {
    if (start < from || end > to) return;
    const ioctl = kind === 'word' && code[at - 4]?.text === 'ioctl' ? ioctls.get(text) : undefined;
    if (ioctl !== undefined) {
      hints.push({ offset: end, text: `0x${ioctl.number.toString(16)}`, tooltip: 'The number of the request' });
    } else if (kind === 'number' && code[at - 1]?.text === ':' && code[at - 2]?.text === 'size') {
      const size = sizeText(text);
      if (size !== undefined) hints.push({ offset: end, text: size, tooltip: 'The size' });
    }
  });
  return hints;
}

/** `1 MiB` for `0x100000`; numbers that are written in such units need no hint. */
function sizeText(text: string): string | undefined {
  if (!/^(0[xX][0-9a-fA-F_]+|[0-9_]+)$/.test(text)) return undefined;
  const value = BigInt(text.replaceAll('_', ''));
  const [unit, name] = sizes.find(([bytes]) => value >= bytes && value % bytes === 0n) ?? [];
  return unit === undefined ? undefined : `${value / unit} ${name}`;
}
