/** The pictures, each in a panel of its own. */
export type PictureKind = 'iova' | 'topology' | 'timeline';

export const pictureKinds: readonly PictureKind[] = ['iova', 'topology', 'timeline'];

/** A part of a picture's scale: pages of an address space, or events of a run. */
export interface ShownWindow {
  readonly from: number;
  readonly count: number;
}

/** What the page keeps over a reload of the editor, and tells whenever it changes. */
export interface PageState {
  readonly kind: PictureKind;
  readonly container?: number;
  /** Left out: everything that matters. */
  readonly window?: ShownWindow;
  /** A page number, an address of a function or a position, by the kind of the picture. */
  readonly selected?: string;
}

/** From the page to the extension. */
export type PageMessage =
  /** It listens, and has this much room. */
  | { readonly type: 'ready'; readonly width: number; readonly state?: PageState }
  | { readonly type: 'state'; readonly width: number; readonly state: PageState }
  /** A part with a line was chosen. */
  | { readonly type: 'reveal'; readonly uri: string; readonly line: number; readonly column: number }
  /** An event of the timeline was chosen: the step to go to. */
  | { readonly type: 'goto'; readonly step: number }
  | { readonly type: 'export' }
  /** Answer to `rasterize`: a PNG as base64. */
  | { readonly type: 'png'; readonly base64: string };

/** From the extension to the page. */
export type HostMessage =
  | {
      readonly type: 'picture';
      readonly svg: string;
      readonly state: PageState;
      readonly containers: readonly { readonly id: number; readonly name: string }[];
      /** What to say instead of a picture. */
      readonly empty?: string;
    }
  | { readonly type: 'rasterize'; readonly svg: string };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const optional = (value: unknown, test: (value: unknown) => boolean): boolean => value === undefined || test(value);

function isWindow(value: unknown): value is ShownWindow {
  return isRecord(value) && isCount(value.from) && isCount(value.count) && value.count > 0;
}

/** State as it comes from a page or from the editor's memory of it. */
export function isPageState(value: unknown): value is PageState {
  return (
    isRecord(value) &&
    (pictureKinds as readonly unknown[]).includes(value.kind) &&
    optional(value.container, isCount) &&
    optional(value.window, isWindow) &&
    optional(value.selected, (selected) => typeof selected === 'string' && selected.length < 100)
  );
}

/** A message as it comes from a page; undefined for anything else. */
export function pageMessage(value: unknown): PageMessage | undefined {
  if (!isRecord(value)) return undefined;
  const good = ((): boolean => {
    switch (value.type) {
      case 'ready':
        return isCount(value.width) && optional(value.state, isPageState);
      case 'state':
        return isCount(value.width) && isPageState(value.state);
      case 'reveal':
        return typeof value.uri === 'string' && isCount(value.line) && isCount(value.column);
      case 'goto':
        return isCount(value.step);
      case 'export':
        return true;
      case 'png':
        return typeof value.base64 === 'string' && /^[A-Za-z0-9+/]*=*$/.test(value.base64);
      default:
        return false;
    }
  })();
  return good ? (value as unknown as PageMessage) : undefined;
}
