import type { Scale } from '../scale';
import type { TimelineEvent, TimelineKind } from '../snapshot';

/** One drawn mark: an event, or neighbours in a lane that are too close to be told apart at this zoom. */
export interface Mark {
  readonly x: number;
  readonly width: number;
  /** Indices among all events of its first and last one. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** The most serious kind in it. */
  readonly kind: TimelineKind;
}

/** From what is usual to what needs attention. */
const seriousness: readonly TimelineKind[] = [
  'call',
  'interrupt',
  'blocked',
  'failure',
  'warning',
  'fault',
  'expectation',
];
const smallest = 3;
const gap = 1.5;

const worse = (a: TimelineKind, b: TimelineKind): TimelineKind =>
  seriousness.indexOf(a) >= seriousness.indexOf(b) ? a : b;

/** The events by lane, each with a place: events of all lanes stand in one order. */
export function marksByLane(events: readonly TimelineEvent[], scale: Scale): Map<string, Mark[]> {
  const lanes = new Map<string, Mark[]>();
  const from = Math.max(Math.floor(scale.from), 0);
  for (const { lane } of events) if (!lanes.has(lane)) lanes.set(lane, []);
  for (let index = from; index < Math.min(events.length, scale.to); index++) {
    const { lane, kind } = events[index]!;
    const marks = lanes.get(lane)!;
    const x = scale.at(index);
    const width = scale.at(index + 1) - x;
    const before = marks.at(-1);
    if (before !== undefined && width < smallest && x < before.x + before.width + gap) {
      const end = Math.max(x + width, before.x + before.width);
      marks[marks.length - 1] = {
        ...before,
        last: index,
        count: before.count + 1,
        kind: worse(before.kind, kind),
        width: end - before.x,
      };
    } else {
      const start = Math.max(x, before === undefined ? x : before.x + before.width);
      marks.push({ x: start, width: Math.max(x + width - start, 1), first: index, last: index, count: 1, kind });
    }
  }
  return lanes;
}
