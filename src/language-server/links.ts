import type { Token } from './tokens';

/** A path in an `include`: where its quotes stand, and what is between them. */
export interface IncludeLink {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

export function includeLinks(tokens: readonly Token[]): IncludeLink[] {
  return tokens.flatMap(({ kind, text, start, end }, at) =>
    kind === 'string' && tokens[at - 1]?.text === 'include' && text.length > 2 && text.endsWith('"')
      ? [{ start: start + 1, end: end - 1, path: text.slice(1, -1) }]
      : [],
  );
}

/** The address of a file that is named relative to another. */
export function resolved(path: string, from: string): string | undefined {
  try {
    return new URL(path.split('/').map(encodeURIComponent).join('/'), from).href;
  } catch {
    // `untitled:` documents stand nowhere.
    return undefined;
  }
}
