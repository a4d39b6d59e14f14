import type { EntrySize, IovaSnapshot } from '../snapshot';
import { element, text } from '../svg';
import type { Block } from './blocks';
import { entriesText, rightsColour, rightsText } from './labels';

interface LegendPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

const character = 6.2;
const lineHeight = 20;

/** Explains the colours and patterns that occur, and no others. */
export function legend(
  snapshot: IovaSnapshot,
  blocks: readonly Block[],
  { left, top, width }: LegendPlace,
): { readonly content: string; readonly height: number } {
  let x = left;
  let y = top;
  const shown: string[] = [];
  for (const { label, swatch } of entriesOf(snapshot, blocks)) {
    const needed = 34 + label.length * character;
    if (x > left && x + needed > left + width) {
      x = left;
      y += lineHeight;
    }
    shown.push(swatch(x, y), text(x + 20, y + 9, label, { class: 'small' }));
    x += needed;
  }
  return { content: element('g', { 'aria-hidden': 'true' }, ...shown), height: y + lineHeight - top };
}

interface Entry {
  readonly label: string;
  readonly swatch: (x: number, y: number) => string;
}

const square = (attributes: Record<string, string>) => (x: number, y: number) =>
  element('rect', { ...attributes, x, y, width: 14, height: 11, rx: 2 });

const dashes: Readonly<Record<EntrySize, string | undefined>> = {
  '4K': '1.5 1.5',
  '2M': '7 2',
  '1G': undefined,
  mixed: '7 2 1.5 2',
  none: undefined,
};

function entriesOf({ mappings, reserved, faults, removed }: IovaSnapshot, blocks: readonly Block[]): Entry[] {
  const entries: Entry[] = [];
  const rights = new Set<Block['rights']>(mappings.map((mapping) => mapping.rights));
  if (blocks.some((block) => block.rights === 'mixed')) rights.add('mixed');
  for (const right of ['RW', 'R', 'W', '', 'mixed'] as const) {
    if (rights.has(right))
      entries.push({ label: rightsText[right], swatch: square({ class: `f-${rightsColour[right]}` }) });
  }
  const sizes = new Set(mappings.map((mapping) => mapping.entries));
  for (const size of ['4K', '2M', '1G', 'mixed'] as const) {
    if (!sizes.has(size)) continue;
    entries.push({
      label: entriesText[size],
      swatch: (x, y) =>
        element('path', {
          class: 's-text hollow',
          d: `M${x} ${y + 6}h14`,
          'stroke-width': 3,
          'stroke-dasharray': dashes[size],
        }),
    });
  }
  if (reserved.length > 0)
    entries.push({ label: 'reserved', swatch: square({ fill: 'url(#vl-iova-hatch)', class: 's-faint' }) });
  if (faults.length > 0)
    entries.push({
      label: 'DMA fault',
      swatch: (x, y) => element('path', { class: 'f-error', d: `M${x} ${y}h12l-6 11z` }),
    });
  if (removed.length > 0 || mappings.some(({ changed }) => changed === true)) {
    entries.push({
      label: 'changed by the last step',
      swatch: (x, y) => element('path', { class: 'f-changed', d: `M${x + 6} ${y}l5 10h-10z` }),
    });
  }
  return entries;
}
