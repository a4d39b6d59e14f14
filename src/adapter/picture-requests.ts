import type { Theme } from '../pictures';

/** Which picture, and which part of it. */
export interface PictureArguments {
  readonly kind: 'iova' | 'topology' | 'timeline';
  /** Number of the container, for the IOVA map; default the first. */
  readonly container?: number;
  /** Pages of 4 KiB (IOVA map) or numbers of events (timeline) to show; default all that matter. */
  readonly window?: { readonly from: number; readonly count: number };
  /** Pixels. Default 1000. */
  readonly width?: number;
  /** Page number, address of a function, or position of what is selected. */
  readonly selected?: string;
  /** Colours to write into the picture; default none: the page that shows it has a style sheet. */
  readonly theme?: Theme;
}

export interface PictureAnswer {
  /** An SVG; empty when there is nothing to draw. */
  readonly svg: string;
  /** Containers that can be chosen, for the IOVA map. */
  readonly containers: readonly { readonly id: number; readonly name: string }[];
  /** The one that is drawn. */
  readonly container?: number;
  /** Why there is nothing to draw. */
  readonly empty?: string;
}

/** The requests behind the picture panels. */
export interface PictureRequests {
  /** A picture of the shown moment. */
  'vfioLab/picture': { readonly arguments: PictureArguments; readonly answer: PictureAnswer };
}
