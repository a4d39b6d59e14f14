import { rangeText, sizeOf } from '../pages';
import type { MappingSnapshot } from '../snapshot';
import { element, fitted, part, text } from '../svg';
import type { Block } from './blocks';
import { blockLabel, entriesText, rightsColour } from './labels';
import { placeData } from '../place-data';

export const rowHeight = 20;
const mostRows = 12;
const character = 6.8;

interface RowsPlace {
  readonly top: number;
  readonly left: number;
  readonly width: number;
}

/** The drawn blocks once more as lines of text, with exact addresses: the first ones, and how many there are more. */
export function mappingRows(
  mappings: readonly MappingSnapshot[],
  blocks: readonly Block[],
  place: RowsPlace,
): { readonly content: string; readonly count: number } {
  if (blocks.length === 0)
    return { content: text(place.left, place.top + 12, 'Nothing is mapped here.', { class: 'quiet' }), count: 1 };
  const shown = blocks.slice(0, blocks.length > mostRows ? mostRows - 1 : mostRows);
  const lines = shown.map((block, index) => row(block, mappings, { ...place, top: place.top + index * rowHeight }));
  if (shown.length < blocks.length) {
    const left = blocks.slice(shown.length).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    lines.push(
      text(
        place.left + 20,
        place.top + shown.length * rowHeight + 13,
        `and ${left.toLocaleString('en')} more mappings to the right`,
        { class: 'quiet small' },
      ),
    );
  }
  return { content: element('g', { class: 'rows' }, ...lines), count: lines.length };
}

function row(block: Block, mappings: readonly MappingSnapshot[], { top, left, width }: RowsPlace): string {
  const mapping = mappings[block.first]!;
  const single = block.first === block.last;
  const cells = single
    ? [
        rangeText(mapping),
        sizeOf(mapping.count),
        mapping.rights,
        `${mapping.process} ${mapping.vaddr}`,
        entriesText[mapping.entries],
      ]
    : [
        rangeText(block.range),
        sizeOf(block.mapped),
        block.rights,
        `${(block.last - block.first + 1).toLocaleString('en')} mappings`,
        entriesText[block.entries],
      ];
  const columns = [20, 0.36, 0.46, 0.51, 0.78].map((at) => (at < 1 ? at * width : at));
  return part(
    {
      label: blockLabel(block, mappings),
      class: 'mapping-row',
      data: { page: block.range.page, count: block.range.count, ...(single ? placeData(mapping.place) : {}) },
    },
    element('rect', { class: 'body ground', x: left, y: top, width, height: rowHeight - 1, rx: 2 }),
    element('rect', {
      class: `f-${rightsColour[block.rights]}`,
      x: left + 2,
      y: top + 4,
      width: 11,
      height: 11,
      rx: 2,
    }),
    ...cells.map((cell, index) =>
      text(
        left + columns[index]!,
        top + 14,
        fitted(cell, (columns[index + 1] ?? width) - columns[index]! - 8, character),
        { class: 'mono' },
      ),
    ),
    block.changed ? element('path', { class: 'f-changed', d: `M${left - 9} ${top + 4}v10l8 -5z` }) : '',
  );
}
