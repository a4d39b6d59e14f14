import { drawing, type DrawingOptions } from '../drawing';
import { placeData } from '../place-data';
import { decimalTicks, linearScale, type Scale } from '../scale';
import type { TimelineEvent, TimelineKind, TimelineSnapshot } from '../snapshot';
import { counted, element, firstFitting, fitted, part, text } from '../svg';
import { marksByLane, type Mark } from './marks';

export interface TimelineOptions extends DrawingOptions {
  /** Index of the first event to show and how many; left out: all. */
  readonly window?: { readonly first: number; readonly count: number };
  /** Pixels; at least 480. */
  readonly width?: number;
  /** Position of the selected event. */
  readonly selected?: number;
}

const margin = 20;
const laneName = 96;
const lanesTop = 86;
const lane = { height: 52, mark: 30 } as const;
const character = 6.2;
const boldCharacter = 7.3;
const mostEventRows = 24;
const eventRow = 19;

const colours: Readonly<Record<TimelineKind, string>> = {
  call: 'both',
  failure: 'error',
  blocked: 'mixed',
  expectation: 'error',
  warning: 'changed',
  fault: 'error',
  interrupt: 'read',
};

const kindText: Readonly<Record<TimelineKind, string>> = {
  call: 'call',
  failure: 'failed call',
  blocked: 'call that waits',
  expectation: 'failed expectation',
  warning: 'kernel warning',
  fault: 'DMA fault',
  interrupt: 'interrupt',
};

/** So wide that the names of a short run can be read. */
function comfortableWidth(events: number): number {
  return Math.min(Math.max(events * 98 + laneName + 2 * margin, 800), 1800);
}

/** What happened in a run: a lane for each process and one for the hardware, in the order of the events. */
export function timeline(snapshot: TimelineSnapshot, options: TimelineOptions = {}): string {
  const { events } = snapshot;
  const width = Math.max(options.width ?? comfortableWidth(events.length), 480);
  const { first, count } = options.window ?? { first: 0, count: events.length };
  const scale = linearScale(first, first + count, margin + laneName, width - margin);
  const lanes = [...marksByLane(events, scale)].sort(([a], [b]) => Number(a === 'hardware') - Number(b === 'hardware'));
  const bottom = lanesTop + lanes.length * lane.height;
  const notable = notableRows(snapshot, { first, count, top: bottom + 62, width, selected: options.selected });
  const about = summary(snapshot);
  return drawing(
    {
      kind: 'timeline',
      width,
      height: bottom + 62 + notable.count * eventRow + margin,
      title: `Timeline of ${snapshot.name}`,
      description: `${about}.`,
      plot: { left: margin + laneName, right: width - margin, from: first, count },
      content: [
        text(margin, 30, fitted(snapshot.name, width - 2 * margin, 9), { class: 'heading' }),
        text(margin, 49, about, { class: 'quiet' }),
        ...lanes.map(([name], index) => laneGround(name, lanesTop + index * lane.height, width)),
        axis(scale, bottom),
        ...lanes.flatMap(([, marks], index) =>
          marks.map((mark) => eventMark(mark, snapshot, lanesTop + index * lane.height, options.selected)),
        ),
        now(snapshot, scale, bottom),
        legend(events, bottom + 40),
        notable.content,
      ],
    },
    options,
  );
}

function summary({ events, dropped }: TimelineSnapshot): string {
  const numbers = new Map<TimelineKind, number>();
  for (const { kind } of events) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  const number = (kind: TimelineKind): number => numbers.get(kind) ?? 0;
  const optional = (kind: TimelineKind, thing: string): string[] =>
    number(kind) === 0 ? [] : [counted(number(kind), thing)];
  const parts = [
    counted(number('call') + number('failure') + number('blocked'), 'call'),
    ...(number('failure') === 0 ? [] : [`${number('failure').toLocaleString('en')} failed`]),
    ...optional('fault', 'DMA fault'),
    ...optional('interrupt', 'interrupt'),
    ...optional('warning', 'kernel warning'),
    ...optional('expectation', 'failed expectation'),
    ...(dropped === 0 ? [] : [`${counted(dropped, 'earlier step')} forgotten`]),
  ];
  return parts.join(', ');
}

function laneGround(name: string, y: number, width: number): string {
  const middle = y + lane.height / 2;
  return element(
    'g',
    { 'aria-hidden': 'true' },
    text(margin + laneName - 12, middle + 4, fitted(name, laneName - 14, 7), {
      class: name === 'hardware' ? 'end quiet' : 'end strong',
    }),
    element('path', { class: 'rule', d: `M${margin + laneName} ${middle}H${width - margin}` }),
  );
}

function eventLabel(event: TimelineEvent): string {
  const outcome = event.outcome === '' ? '' : ` ${event.outcome}`;
  return `${event.lane}: ${event.name}${outcome} (${kindText[event.kind]}, position ${event.position}, ${event.time} ms)`;
}

/** A mark's rectangle, narrower than its place so that neighbours can be told apart. */
function markBody(mark: Mark, y: number): string {
  const wide = mark.width > 6;
  const width = Math.max(mark.width - (wide ? 2 : 0), 1);
  const round = mark.kind === 'interrupt' || mark.kind === 'fault';
  return element('rect', {
    class: `body f-${colours[mark.kind]}`,
    x: mark.x + (wide ? 1 : 0),
    y,
    width,
    height: lane.mark,
    rx: Math.min(round ? 13 : 3, width / 2),
  });
}

function eventMark(
  mark: Mark,
  { events, position }: TimelineSnapshot,
  top: number,
  selected: number | undefined,
): string {
  const event = events[mark.first]!;
  const single = mark.count === 1;
  const y = top + (lane.height - lane.mark) / 2;
  const ahead = position !== null && event.position >= position;
  const width = Math.max(mark.width - (mark.width > 6 ? 2 : 0), 1);
  const isSelected = selected !== undefined && selected >= event.position && selected <= events[mark.last]!.position;
  const count = firstFitting([mark.count.toLocaleString('en')], width - 6, boldCharacter);
  const lines = single ? markLines(event, width - 6) : count === '' ? [] : [count];
  return part(
    {
      label: single
        ? eventLabel(event)
        : `${mark.count} events of ${event.lane}, the most serious a ${kindText[mark.kind]}: zoom in to see them`,
      class: `event kind-${mark.kind}${ahead ? ' ahead' : ''}${isSelected ? ' selected' : ''}`,
      data: {
        position: event.position,
        index: mark.first,
        ...(single ? placeData(event.place) : { merged: mark.count }),
      },
    },
    markBody(mark, y),
    mark.kind === 'call' || width < 9 ? '' : sign(mark.kind, mark.x + mark.width / 2, top + 4),
    ...lines.map((content, index) =>
      text(mark.x + mark.width / 2, y + lane.mark / 2 + 4 + (index - (lines.length - 1) / 2) * 11, content, {
        class: 'small middle on',
      }),
    ),
  );
}

/** What to write on a mark in one or two lines, as much as fits: the answer of a failed call, else its name. */
function markLines({ kind, name, outcome }: TimelineEvent, width: number): string[] {
  const fits = (content: string): boolean => content.length * boldCharacter <= width;
  const short = name.replace(/^VFIO_(IOMMU_|GROUP_|DEVICE_)?/, '');
  if (kind === 'failure' && fits(outcome)) return fits(short) ? [short, outcome] : [outcome];
  if (fits(short)) return [short];
  const breaks = [...short.matchAll(/[ _]/g)].map(({ index }) => index + 1);
  const halves = breaks.map((at) => [short.slice(0, at).trim(), short.slice(at)]);
  const fitting = halves.find((lines) => lines.every(fits));
  if (fitting !== undefined) return fitting;
  const first = short.split(' ')[0]!;
  return fits(first) ? [first] : [];
}

/** A sign above the mark: colour is not the only difference. */
function sign(kind: TimelineKind, x: number, y: number): string {
  switch (kind) {
    case 'failure':
    case 'expectation':
      return element('path', { class: 's-error hollow', 'stroke-width': 1.6, d: `M${x - 2.5} ${y - 2}l5 5m0 -5l-5 5` });
    case 'fault':
      return element('path', { class: 'f-error', d: `M${x - 4} ${y - 2.5}h8l-4 7z` });
    case 'warning':
      return element('path', { class: 'f-changed', d: `M${x - 4} ${y + 4}h8l-4 -7z` });
    case 'blocked':
      return element('path', { class: 's-mixed hollow', 'stroke-width': 1.6, d: `M${x - 2} ${y - 3}v7m4 -7v7` });
    default:
      return element('circle', { class: 'f-read', cx: x, cy: y + 0.5, r: 2.6 });
  }
}

/** The shown moment: what is right of it has been taken back. */
function now({ events, position }: TimelineSnapshot, scale: Scale, bottom: number): string {
  if (position === null) return '';
  const index = events.findIndex((event) => event.position >= position);
  const at = index < 0 ? events.length : index;
  if (at < scale.from || at > scale.to) return '';
  const x = scale.at(at);
  return part(
    { label: `You are here: before position ${position}`, class: 'now' },
    element('path', { class: 'body s-changed', 'stroke-width': 2, d: `M${x} ${lanesTop - 8}V${bottom + 4}` }),
    element('path', { class: 'f-changed', d: `M${x - 6} ${lanesTop - 16}h12l-6 9z` }),
  );
}

function axis(scale: Scale, bottom: number): string {
  const ticks = decimalTicks(scale.from, scale.to, 10).map((index) => {
    const x = scale.at(index);
    return (
      element('path', { class: 'rule', d: `M${x} ${lanesTop}V${bottom + 5}` }) +
      text(x, bottom + 18, index.toLocaleString('en'), { class: 'mono quiet middle' })
    );
  });
  return element('g', { 'aria-hidden': 'true' }, ...ticks);
}

function legend(events: readonly TimelineEvent[], y: number): string {
  const present = new Set(events.map(({ kind }) => kind));
  let x = margin;
  const shown: string[] = [];
  for (const kind of ['call', 'failure', 'blocked', 'interrupt', 'fault', 'warning', 'expectation'] as const) {
    if (!present.has(kind)) continue;
    shown.push(
      element('rect', {
        class: `f-${colours[kind]}`,
        x,
        y,
        width: 13,
        height: 11,
        rx: kind === 'interrupt' || kind === 'fault' ? 5.5 : 2,
      }),
    );
    if (kind !== 'call') shown.push(sign(kind, x + 21, y + 5));
    shown.push(text(x + (kind === 'call' ? 19 : 30), y + 9.5, kindText[kind], { class: 'small' }));
    x += kindText[kind].length * character + (kind === 'call' ? 38 : 48);
  }
  return element('g', { 'aria-hidden': 'true' }, ...shown);
}

interface NotablePlace {
  readonly first: number;
  readonly count: number;
  readonly top: number;
  readonly width: number;
  readonly selected: number | undefined;
}

/** What needs attention, once more in words: failures, faults, warnings, waits. */
function notableRows(
  { events }: TimelineSnapshot,
  { first, count, top, width, selected }: NotablePlace,
): { content: string; count: number } {
  const notable = events.slice(first, first + count).filter(({ kind }) => kind !== 'call' && kind !== 'interrupt');
  const shown = notable.slice(0, mostEventRows);
  const rows = shown.map((event, index) => {
    const y = top + index * eventRow;
    return part(
      {
        label: eventLabel(event),
        class: `event-row${selected === event.position ? ' selected' : ''}`,
        data: { position: event.position, ...placeData(event.place) },
      },
      element('rect', { class: 'body ground', x: margin, y, width: width - 2 * margin, height: eventRow - 1, rx: 2 }),
      sign(event.kind, margin + 8, y + 9),
      text(margin + 20, y + 13, fitted(event.lane, 80, 7), { class: 'strong small' }),
      text(margin + laneName, y + 13, fitted(event.name, width * 0.4, 6.8), { class: 'mono' }),
      text(
        margin + laneName + width * 0.4 + 12,
        y + 13,
        fitted(event.outcome, width * 0.5 - laneName - 2 * margin, 6.8),
        { class: `mono f-${colours[event.kind] === 'error' ? 'error' : 'quiet'}` },
      ),
    );
  });
  if (notable.length > shown.length) {
    rows.push(
      text(
        margin + 20,
        top + shown.length * eventRow + 13,
        `and ${(notable.length - shown.length).toLocaleString('en')} more`,
        { class: 'quiet small' },
      ),
    );
  }
  return { content: element('g', { class: 'rows' }, ...rows), count: rows.length };
}
