import { pagesOfWidth } from '../pages';
import type { IovaSnapshot, PageRange } from '../snapshot';

/** An empty address space shows its first 4 GiB: there are the first reserved ranges. */
const emptyWindow = 2 ** 20;
/** Room at both sides of what is shown. */
const margin = 0.06;
const fewestPages = 16;

/** The part of the address space in which something is going on: mappings, faults, what was just taken away. */
export function fittingWindow(snapshot: IovaSnapshot): PageRange {
  const { mappings, removed, faults } = snapshot;
  const whole = pagesOfWidth(snapshot.width);
  const first = mappings[0];
  const last = mappings.at(-1);
  const starts = [first, ...removed].flatMap((range) => (range === undefined ? [] : [range.page]));
  const ends = [last, ...removed].flatMap((range) => (range === undefined ? [] : [range.page + range.count]));
  for (const { page } of faults) {
    starts.push(page);
    ends.push(page + 1);
  }
  if (starts.length === 0) return { page: 0, count: Math.min(emptyWindow, whole) };
  const from = Math.min(...starts);
  const to = Math.max(...ends);
  const room = Math.max(Math.ceil((to - from) * margin), Math.ceil((fewestPages - (to - from)) / 2), 1);
  const page = Math.max(from - room, 0);
  return { page, count: Math.max(to + room - page, fewestPages) };
}
