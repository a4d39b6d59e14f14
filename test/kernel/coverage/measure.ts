import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecording, perform } from '../../../src/recording';
import { cases } from '../errno-sites/all';
import { messageCases } from '../errno-sites/messages';
import { errnoRows, linePattern, messageRows, reasons, type ErrnoRow, type MessageRow } from './facts';
import { observe, type Observed } from './observe';

/** One row of a table: reached by some test, or out of reach for a reason. */
export interface Covered<Row> {
  readonly row: Row;
  readonly reachedBy: readonly string[];
  readonly reason: string | null;
}

/** Both tables with what reaches each row. */
export interface Coverage {
  readonly sites: readonly Covered<ErrnoRow>[];
  readonly messages: readonly Covered<MessageRow>[];
}

const recordings = join(import.meta.dirname, '../../recordings');

/** Everything that counts: recordings, and the cases written for single sites. By the name shown. */
function sources(): Map<string, () => void> {
  const all = new Map<string, () => void>();
  for (const file of readdirSync(recordings).sort()) {
    if (!file.endsWith('.json')) continue;
    const text = readFileSync(join(recordings, file), 'utf8');
    all.set(`recording ${file.replace('.json', '')}`, () => perform(parseRecording(text)));
  }
  for (const [part, list] of Object.entries({ ...cases, messages: messageCases })) {
    for (const { name, run } of list) all.set(`test ${part}: ${name}`, run);
  }
  return all;
}

/** Runs all of it and counts. */
export function measure(): Coverage {
  const observed = new Map<string, Observed>();
  for (const [name, run] of sources()) observed.set(name, observe(run));
  const reachedBy = (test: (seen: Observed) => boolean): string[] =>
    [...observed].filter(([, seen]) => test(seen)).map(([name]) => name);
  const known = reasons();
  const sites = errnoRows().map((row): Covered<ErrnoRow> => {
    const twin = known.same[row.site] ?? row.site;
    return { row, reachedBy: reachedBy(({ sites: seen }) => seen.has(twin)), reason: known.sites.get(row.site) ?? null };
  });
  const messages = messageRows().map((row): Covered<MessageRow> => {
    const pattern = linePattern(row, known.at[row.id]);
    const printed = ({ lines }: Observed): boolean => [...lines].some((line) => pattern.test(line));
    return { row, reachedBy: reachedBy(printed), reason: known.messages.get(row.id) ?? null };
  });
  return { sites, messages };
}

/** Rows that are neither reached nor excused, or both. */
export function contradictions({ sites, messages }: Coverage): string[] {
  const wrong: string[] = [];
  for (const { row, reachedBy, reason } of [...sites, ...messages]) {
    const id = 'site' in row ? row.site : row.id;
    if (reachedBy.length === 0 && reason === null) wrong.push(`${id} is not reached, and nothing says why`);
    if (reachedBy.length > 0 && reason !== null) wrong.push(`${id} is reached by ${reachedBy[0]}, against its reason`);
  }
  return wrong;
}

/** `reached of reachable`, in words. */
export function figure(name: string, rows: readonly Covered<unknown>[]): string {
  const reached = rows.filter((row) => row.reachedBy.length > 0).length;
  const reachable = rows.filter((row) => row.reachedBy.length > 0 || row.reason === null).length;
  const percent = ((100 * reached) / reachable).toFixed(1);
  return `${name}: ${reached} of ${reachable} reachable (${percent} %), ${rows.length - reachable} out of reach`;
}
