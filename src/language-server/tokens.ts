/** A piece of a scenario that is no space. Offsets count characters from the beginning of the text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'bdf' | 'string' | 'comment' | 'sign';
  readonly text: string;
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['comment', /\/\/[^\n\r]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  // A string ends with its line even when its quote is still missing.
  ['string', /"(?:\\.|[^"\\\r\n])*"?/y],
  ['bdf', /(?:[0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]/y],
  ['number', /0[xX][0-9a-fA-F_]*|[0-9][0-9_]*[KMGT]?/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['sign', /[^\s]/y],
];

/**
 * Cuts a text into tokens. Unlike the parser of the language it takes every text, finished or not, so what stands
 * around the cursor is known while a person types.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const space = /\s*/y;
  for (let at = 0; ;) {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
    if (at >= text.length) return tokens;
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
}

function tokenAt(text: string, start: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found) return { kind, text: found, start, end: start + found.length };
  }
  return { kind: 'sign', text: text.slice(start, start + 1), start, end: start + 1 };
}

/** The token that the offset lies in or directly behind. */
export function tokenAround(tokens: readonly Token[], offset: number): Token | undefined {
  return (
    tokens.find(({ start, end }) => start <= offset && offset < end) ??
    tokens.find(({ kind, end }) => end === offset && kind !== 'sign')
  );
}
