/** One line of the table that `npm run bench` prints. */
export interface Measurement {
  /** What was done, so that a person could do it too. */
  what: string;
  value: number;
  /** As in "ms", "ioctls/s", "KiB". */
  unit: string;
  /** What we want, as in "< 150" or "> 250000"; left out where there is no aim. */
  aim?: `${'<' | '>'} ${number}`;
}

/**
 * What every `bench/*.bench.ts` exports as `measure`. Each file runs in a Node process of its own,
 * so that no bench warms the code or fills the heap of another; `globalThis.gc` is there.
 */
export type Measure = () => Promise<Measurement[]> | Measurement[];

/** The middle one; a single slow run on a busy machine does not count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no values');
  return middle;
}
