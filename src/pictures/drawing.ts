import { element, escapeText } from './svg';
import { pictureStyle, type Theme } from './theme';

export interface DrawingOptions {
  /**
   * Colours to write into the picture, so that it stands alone in a file. Left out: the page that shows it brings
   * {@link pictureStyle}.
   */
  readonly theme?: Theme;
}

interface Drawing {
  readonly kind: 'iova' | 'topology' | 'timeline';
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** One or two sentences for those who cannot see it. */
  readonly description: string;
  /** Where its scale begins and ends, and what it shows: for pages that zoom. */
  readonly plot?: { readonly left: number; readonly right: number; readonly from: number; readonly count: number };
  readonly content: readonly string[];
}

/** A whole picture. Ids begin with its kind: two pictures may stand on one page. */
export function drawing(
  { kind, width, height, title, description, plot, content }: Drawing,
  { theme }: DrawingOptions,
): string {
  const [titleId, descriptionId] = [`vl-${kind}-title`, `vl-${kind}-desc`];
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: `vl vl-${kind}`,
      role: 'group',
      'aria-labelledby': titleId,
      'aria-describedby': descriptionId,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width),
      height: Math.ceil(height),
      'data-left': plot?.left,
      'data-right': plot?.right,
      'data-from': plot?.from,
      'data-count': plot?.count,
    },
    element('title', { id: titleId }, escapeText(title)),
    element('desc', { id: descriptionId }, escapeText(description)),
    theme === undefined ? '' : element('style', {}, escapeStyle(pictureStyle(theme))),
    element('rect', { class: 'ground', width: Math.ceil(width), height: Math.ceil(height) }),
    ...content,
  );
}

/** In XML, unlike in HTML, a style sheet is text like any other. */
function escapeStyle(style: string): string {
  return style.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
