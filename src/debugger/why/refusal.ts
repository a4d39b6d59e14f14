import { errnoName, type StoryEvent } from '../../kernel';

/** The decision at the root of a failed call. */
export interface Refusal {
  /** `function/order`. */
  readonly site: string;
  /** The condition that was not met, with its values. */
  readonly text: string;
  /** Functions around it, innermost first. */
  readonly functions: readonly string[];
}

/**
 * Finds the refusal that an error number began with.
 * @param errno `EEXIST`; undefined: whatever was refused last, for calls that hide the error (`bind`)
 */
export function refusalOf(events: readonly StoryEvent[], errno: string | undefined): Refusal | undefined {
  const at = rootOf(events, errno);
  const event = events[at];
  if (event?.kind !== 'refuse') return undefined;
  return { site: event.site, text: event.text, functions: stackAt(events, at, event.site.split('/')[0] ?? '') };
}

/**
 * Index of the refusal that an error number began with: callers hand an error on as refusals of their own, so the last
 * one is followed back as long as no other function was entered in between. -1: nothing was told.
 */
function rootOf(events: readonly StoryEvent[], errno: string | undefined): number {
  const refuses = (event: StoryEvent): boolean =>
    event.kind === 'refuse' && (errno === undefined || errnoName(event.errno) === errno);
  let root = events.findLastIndex(refuses);
  for (let i = root - 1; i >= 0; i--) {
    const event = events[i]!;
    if (event.kind === 'enter') break;
    if (refuses(event)) root = i;
  }
  return root;
}

/** Names of the functions around an event, innermost first; the refusing one is known from its site. */
function stackAt(events: readonly StoryEvent[], index: number, innermost: string): string[] {
  const stack: string[] = [];
  for (const event of events.slice(0, index)) {
    if (event.kind === 'enter') stack.push(event.name);
    if (event.kind === 'leave') stack.length = Math.max(0, stack.lastIndexOf(event.name));
  }
  const own = stack.lastIndexOf(innermost);
  const around = own < 0 ? stack : stack.slice(0, own);
  return [...around, innermost].filter((name) => name !== '').reverse();
}
