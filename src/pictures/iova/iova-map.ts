import { drawing, type DrawingOptions } from '../drawing';
import { addressOf, pagesOfWidth, rangeText, sizeOf } from '../pages';
import { placeData } from '../place-data';
import { binaryTicks, linearScale, type Scale } from '../scale';
import type { FaultSnapshot, IovaSnapshot, MappingSnapshot, PageRange, ReservedSnapshot } from '../snapshot';
import { element, firstFitting, fitted, part, text } from '../svg';
import { blocksOf, type Block } from './blocks';
import { blockLabel, faultLabel, reservedLabel, reservedText, rightsColour, summary } from './labels';
import { legend } from './legend';
import { mappingRows, rowHeight } from './rows';
import { fittingWindow } from './window';

export interface IovaMapOptions extends DrawingOptions {
  /** Part of the address space to show; left out: where something is going on. */
  readonly window?: PageRange;
  /** Pixels; at least 480. */
  readonly width?: number;
  /** Page number at which the selected mapping starts. */
  readonly selected?: number;
}

const margin = 20;
const overview = { top: 68, height: 16 } as const;
/** Room for the sign of what lies beyond the last address. */
const beyond = 26;
const band = { top: 140, height: 74 } as const;
const block = { top: band.top + 12, height: 42 } as const;
const entryStrip = { top: block.top + block.height + 2, height: 6 } as const;
const axisTop = band.top + band.height;
const legendTop = axisTop + 44;
const smallCharacter = 6.2;
const monoCharacter = 6.8;

/** The address space of a container, to scale: the whole of it in a strip, and a window of it below. */
export function iovaMap(snapshot: IovaSnapshot, options: IovaMapOptions = {}): string {
  const width = Math.max(options.width ?? 1000, 480);
  const whole = pagesOfWidth(snapshot.width);
  const window = options.window ?? fittingWindow(snapshot);
  const scale = linearScale(window.page, window.page + window.count, margin, width - margin);
  const blocks = blocksOf(snapshot.mappings, scale);
  const keys = legend(snapshot, blocks, { left: margin, top: legendTop, width: width - 2 * margin });
  const rowsTop = legendTop + keys.height + 12;
  const rows = mappingRows(snapshot.mappings, blocks, { top: rowsTop, left: margin, width: width - 2 * margin });
  const total = summary(snapshot);
  return drawing(
    {
      kind: 'iova',
      width,
      height: rowsTop + rows.count * rowHeight + margin,
      title: `IOVA map of ${snapshot.name}`,
      description: `${total}. Shown: ${rangeText(window)}.`,
      plot: { left: margin, right: width - margin, from: window.page, count: window.count },
      content: [
        patterns,
        text(margin, 30, fitted(snapshot.name, width - 2 * margin, 9), { class: 'heading' }),
        text(margin, 49, `${snapshot.model ?? 'no IOMMU model set'} · ${total}`, { class: 'quiet' }),
        overviewStrip(snapshot, whole, window, width),
        element('rect', { class: 'surface', x: margin, y: band.top, width: width - 2 * margin, height: band.height }),
        unreachable(whole, scale),
        ...snapshot.reserved.filter((range) => inside(range, scale)).map((range) => reservedRange(range, scale)),
        ...freeGaps(snapshot, blocks, scale),
        ...blocks.map((one) => mappingBlock(one, snapshot.mappings, options.selected)),
        ...snapshot.removed.filter((range) => inside(range, scale)).map((range) => removedRange(range, scale)),
        element('rect', { class: 'axis', x: margin, y: band.top, width: width - 2 * margin, height: band.height }),
        ...faultMarks(snapshot.faults, scale),
        axis(scale, width),
        keys.content,
        rows.content,
      ],
    },
    options,
  );
}

const patterns = element(
  'defs',
  {},
  element(
    'pattern',
    { id: 'vl-iova-hatch', width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('path', { class: 's-line', d: 'M0 0V7', 'stroke-width': 2.4, 'stroke-opacity': 0.75 }),
  ),
  element(
    'pattern',
    { id: 'vl-iova-cross', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    element('path', { class: 's-faint hollow', d: 'M0 0L6 6M6 0L0 6', 'stroke-width': 1 }),
  ),
);

const inside = ({ page, count }: PageRange, scale: Scale): boolean => page < scale.to && page + count > scale.from;

function overviewStrip(snapshot: IovaSnapshot, whole: number, window: PageRange, width: number): string {
  const end = width - margin - beyond;
  const scale = linearScale(0, whole, margin, end);
  const { top, height } = overview;
  const bar = (range: PageRange, name: string): string => {
    const x = scale.at(range.page);
    return element('rect', {
      class: name,
      x: Math.min(x, end - 1.5),
      y: top,
      width: Math.max(scale.at(range.page + range.count) - x, 1.5),
      height,
    });
  };
  const left = scale.at(window.page);
  const right = Math.max(scale.at(window.page + window.count), left + 1);
  const bottom = top + height;
  return element(
    'g',
    { 'aria-hidden': 'true' },
    element('rect', { class: 'surface', x: margin, y: top, width: end - margin, height }),
    element('rect', { fill: 'url(#vl-iova-cross)', x: end, y: top, width: beyond, height }),
    ...snapshot.reserved.map((range) => bar(range, 'f-line')),
    ...blocksOf(snapshot.mappings, scale).map((one) => bar(one.range, `f-${rightsColour[one.rights]}`)),
    ...snapshot.faults.map(({ page }) => bar({ page, count: 1 }, 'f-error')),
    element('rect', { class: 'axis', x: margin, y: top, width: end - margin, height }),
    element('path', {
      class: 'zoom',
      d: `M${left} ${bottom + 2}L${margin} ${band.top}H${width - margin}L${right} ${bottom + 2}Z`,
    }),
    element('rect', { class: 'zoom', x: left - 1, y: top - 3, width: right - left + 2, height: height + 5, rx: 2 }),
    text(width - margin, top - 6, `${snapshot.width} bits: ends at ${sizeOf(whole)}`, { class: 'quiet small end' }),
  );
}

function unreachable(whole: number, scale: Scale): string {
  if (scale.to <= whole) return '';
  const x = scale.at(whole);
  return part(
    { label: `Unreachable: the IOMMU translates no address from ${addressOf(whole)} on`, class: 'unreachable' },
    element('rect', {
      class: 'body',
      fill: 'url(#vl-iova-cross)',
      x,
      y: band.top,
      width: scale.at(scale.to) - x,
      height: band.height,
    }),
    text(
      x + 6,
      band.top + band.height / 2 + 4,
      firstFitting(['unreachable'], scale.at(scale.to) - x - 8, smallCharacter),
      { class: 'quiet small' },
    ),
  );
}

function reservedRange(range: ReservedSnapshot, scale: Scale): string {
  const x = scale.at(range.page);
  const width = Math.max(scale.at(range.page + range.count) - x, 3);
  const label = firstFitting([reservedText(range.type), range.type], width - 10, smallCharacter);
  return part(
    { label: reservedLabel(range), class: 'reserved', data: { page: range.page, count: range.count } },
    element('rect', {
      class: 'body s-line',
      'stroke-width': 0.8,
      fill: 'url(#vl-iova-hatch)',
      x,
      y: band.top,
      width,
      height: band.height,
    }),
    label === ''
      ? ''
      : element('rect', {
          class: 'surface',
          x: x + 2,
          y: band.top + band.height - 15,
          width: label.length * smallCharacter + 6,
          height: 13,
        }),
    label === '' ? '' : text(x + 5, band.top + band.height - 5, label, { class: 'small' }),
  );
}

/** Says how much is free where there is room to say it. */
function freeGaps({ reserved, width: bits }: IovaSnapshot, blocks: readonly Block[], scale: Scale): string[] {
  const end = Math.min(scale.to, pagesOfWidth(bits));
  const taken = [...blocks.map(({ range }) => range), ...reserved].sort((a, b) => a.page - b.page);
  const gaps: string[] = [];
  let from = scale.from;
  for (const { page, count } of [...taken, { page: end, count: 0 }]) {
    const to = Math.min(page, end);
    const width = scale.at(to) - scale.at(from);
    const label = `${sizeOf(to - from)} free`;
    if (to > from && width > label.length * smallCharacter + 10) {
      gaps.push(
        text(scale.at(from) + width / 2, band.top + band.height / 2 + 4, label, { class: 'quiet small middle' }),
      );
    }
    from = Math.max(from, page + count);
  }
  return gaps;
}

function mappingBlock(one: Block, mappings: readonly MappingSnapshot[], selected: number | undefined): string {
  const first = mappings[one.first]!;
  const single = one.first === one.last;
  const colour = rightsColour[one.rights];
  const { x, width } = one;
  const count = (one.last - one.first + 1).toLocaleString('en');
  const captions = single
    ? [`${first.rights || 'no access'} · ${sizeOf(first.count)}`, first.rights]
    : [`${count} mappings`, count];
  const label = firstFitting(captions, width - 8, monoCharacter);
  const isSelected =
    selected !== undefined && selected >= one.range.page && selected < one.range.page + one.range.count;
  const gap = width > 4 ? 0.5 : 0;
  return part(
    {
      label: blockLabel(one, mappings),
      class: `mapping rights-${colour}${one.changed ? ' is-changed' : ''}${isSelected ? ' selected' : ''}`,
      data: {
        page: one.range.page,
        count: one.range.count,
        ...(single ? placeData(first.place) : { merged: one.last - one.first + 1 }),
      },
    },
    element('rect', {
      class: `body f-${colour}`,
      x: x + gap,
      y: block.top,
      width: width - 2 * gap,
      height: block.height,
      rx: width > 8 ? 3 : 0,
      // Many small mappings with room between them are paler than those without.
      'fill-opacity': single ? undefined : 0.4 + 0.6 * Math.min(one.mapped / one.range.count, 1),
    }),
    entries(one, gap),
    one.changed ? element('path', { class: 'f-changed', d: changedMark(x + width / 2) }) : '',
    label === '' ? '' : text(x + width / 2, block.top + block.height / 2 + 4, label, { class: 'mono middle on' }),
  );
}

/** A strip per size of page table entries: the larger the entries, the fewer its dashes. */
function entries({ x, width, entries: size }: Block, gap: number): string {
  const dashes = { '4K': '1.5 1.5', '2M': '7 2', '1G': undefined, mixed: '7 2 1.5 2', none: '0 9' }[size];
  const y = entryStrip.top + entryStrip.height / 2;
  const d = `M${x + gap} ${y}H${x + width - gap}`;
  return size === 'none'
    ? ''
    : element('path', { class: 's-text hollow', d, 'stroke-width': 3, 'stroke-dasharray': dashes });
}

/** A small triangle under the block, pointing at it. */
function changedMark(middle: number): string {
  const y = entryStrip.top + entryStrip.height + 2;
  return `M${middle} ${y}l5 8h-10z`;
}

function removedRange(range: PageRange, scale: Scale): string {
  const x = scale.at(range.page);
  const width = Math.max(scale.at(range.page + range.count) - x, 2);
  return part(
    {
      label: `Unmapped by the last step: ${rangeText(range)}, ${sizeOf(range.count)}`,
      class: 'removed',
      data: { page: range.page, count: range.count },
    },
    element('rect', {
      class: 'body hollow s-changed dash',
      x,
      y: block.top,
      width,
      height: block.height,
      rx: 3,
      'stroke-width': 1.5,
    }),
    text(x + width / 2, block.top + block.height / 2 + 4, firstFitting(['unmapped'], width - 4, smallCharacter), {
      class: 'small middle f-changed',
    }),
    element('path', { class: 'f-changed', d: changedMark(x + width / 2) }),
  );
}

/** One mark for all faults of a pixel. */
function faultMarks(faults: readonly FaultSnapshot[], scale: Scale): string[] {
  const byPixel = new Map<number, FaultSnapshot[]>();
  for (const fault of faults) {
    if (!inside({ page: fault.page, count: 1 }, scale)) continue;
    const pixel = Math.round(scale.at(fault.page + 0.5));
    byPixel.set(pixel, [...(byPixel.get(pixel) ?? []), fault]);
  }
  return [...byPixel].map(([x, here]) =>
    part(
      {
        label: here.slice(0, 5).map(faultLabel).join('; ') + (here.length > 5 ? `; and ${here.length - 5} more` : ''),
        class: 'fault',
        data: { page: here[0]!.page, bdf: here[0]!.device },
      },
      element('path', {
        class: 's-error',
        d: `M${x} ${band.top - 2}V${band.top + band.height}`,
        'stroke-width': 1.5,
        'stroke-dasharray': '2 2',
      }),
      element('path', { class: 'body f-error', d: `M${x - 6} ${band.top - 12}h12l-6 11z` }),
      here.length > 1 ? text(x + 8, band.top - 3, String(here.length), { class: 'small f-error' }) : '',
    ),
  );
}

const pixelsPerTick = 120;

function axis(scale: Scale, width: number): string {
  const ticks = binaryTicks(scale.from, scale.to, Math.floor((width - 2 * margin) / pixelsPerTick));
  const marks = ticks.map((page) => {
    const x = scale.at(page);
    const label = addressOf(page);
    const half = (label.length * monoCharacter) / 2;
    const place = x - half < margin ? 'mono' : x + half > width - margin ? 'mono end' : 'mono middle';
    const anchor = place === 'mono' ? margin : place === 'mono end' ? width - margin : x;
    return (
      element('path', { class: 'axis', d: `M${x} ${axisTop}v6` }) + text(anchor, axisTop + 19, label, { class: place })
    );
  });
  return element('g', { 'aria-hidden': 'true' }, ...marks);
}
