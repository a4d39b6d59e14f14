import { constantValues, errnoNumbers } from '../../kernel';

/** `expect` words that speak of a call as a whole. */
export const outcomeWords = ['ok', 'blocked', 'busy', 'SIGSEGV', 'SIGBUS'] as const;

export type OutcomeWord = (typeof outcomeWords)[number];

export function isOutcomeWord(name: string): name is OutcomeWord {
  return (outcomeWords as readonly string[]).includes(name);
}

export function isErrnoName(name: string): boolean {
  return Object.hasOwn(errnoNumbers, name);
}

/** `RLIM_INFINITY`, what `memlock unlimited` sets. */
export const unlimited = 0xffff_ffff_ffff_ffffn;

/** The address that `bad_pointer` gives: not NULL, and never mapped. */
const badPointer = 8n;

/** All names that stand for a number everywhere. Made once: bigint constants cost time to make. */
let constants: ReadonlyMap<string, bigint> | undefined;

export function constantNamed(name: string): bigint | undefined {
  constants ??= new Map<string, bigint>([
    ...[...constantValues].map(([constant, value]): [string, bigint] => [constant, BigInt(value)]),
    ...Object.entries(errnoNumbers).map(([errno, value]): [string, bigint] => [errno, BigInt(value)]),
    ['unlimited', unlimited],
    ['bad_pointer', badPointer],
  ]);
  return constants.get(name);
}

/** For suggestions and completion. */
export function constantNames(): Iterable<string> {
  constantNamed('');
  return constants?.keys() ?? [];
}

/** The names among `known` that someone who wrote `name` may have meant: the nearest one, when it is near. */
export function nearest(name: string | undefined, known: Iterable<string>): string | undefined {
  if (name === undefined) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 4)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance =
      candidate.toLowerCase() === wanted ? 0 : editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance; `limit` or more when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return row[b.length] ?? limit;
}
