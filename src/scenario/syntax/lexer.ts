/** Words that the grammar itself uses. */
const keywords: ReadonlySet<string> = new Set(
  (
    'NULL and bind break continue driver echo else expect false for function has if in include iommu kernel kill let ' +
    'machine mapping modprobe module not null or print process return step test true unbind while without'
  ).split(' '),
);

/** Signs of two characters; every other sign has one. */
const pairs: ReadonlySet<string> = new Set('!= && &= *= += -= .. << <= == >= >> |= ||'.split(' '));

const singles = '!%&()*+,-./:;<=>[]^{|}~';

/**
 * The kind of a token: the keyword or sign itself, or the name of a terminal of the grammar. `ERROR` is never in a
 * text: the parser sees it while it cannot go on.
 */
export type TokenKind = string;

/** Characters that are no token. */
export interface LexicalError {
  readonly offset: number;
  readonly length: number;
}

/** The tokens of a text as parallel arrays; the last one is `EOF`, at the end of what is written. */
export interface Tokens {
  readonly kinds: readonly TokenKind[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly errors: readonly LexicalError[];
}

const address = /(?:[0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]/y;
const numberLike: readonly (readonly [TokenKind, RegExp])[] = [
  ['VERSION', /[0-9]+\.[0-9]+(?:\.[0-9]+)?/y],
  ['HASH', /[0-9]+[a-f][0-9a-f]{3,}/y],
  ['INTEGER', /0[xX][0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*[KMGT]?/y],
];
const string = /"(?:\\.|[^"\\\r\n])*("?)/y;
const space = /[\s\uFEFF]/;

/** Cuts a text into the terminals and keywords of scenario.langium; spaces and comments are left out. */
export function lex(text: string): Tokens {
  return new Lexer(text).run();
}

class Lexer {
  private readonly kinds: TokenKind[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly errors: { offset: number; length: number }[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  run(): Tokens {
    const { text, kinds, starts, ends, errors } = this;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if (code <= 32 || code === 0xfeff) this.blank(code);
      else if (!this.comment(code)) this.token(code);
    }
    const end = ends.at(-1) ?? 0;
    kinds.push('EOF');
    starts.push(end);
    ends.push(end);
    return { kinds, starts, ends, errors };
  }

  private blank(code: number): void {
    if (code === 32 || (code >= 9 && code <= 13) || code === 0xfeff) this.at++;
    else this.unknown(1);
  }

  private comment(code: number): boolean {
    if (code !== 47) return false;
    const next = this.text.charCodeAt(this.at + 1);
    if (next === 47) {
      while (this.at < this.text.length && !isLineEnd(this.text.charCodeAt(this.at))) this.at++;
      return true;
    }
    if (next !== 42) return false;
    const end = this.text.indexOf('*/', this.at + 2);
    if (end < 0) this.unknown(this.text.length - this.at);
    else this.at = end + 2;
    return true;
  }

  private token(code: number): void {
    if (isHexDigit(code) && this.mayBeAddress()) {
      const end = this.match(address);
      if (end !== undefined) return this.push('BDF', end);
    }
    if (isDigit(code)) return this.number();
    if (isWordStart(code)) return this.word();
    if (code === 34) return this.string();
    const pair = this.text.slice(this.at, this.at + 2);
    if (pairs.has(pair)) this.push(pair, this.at + 2);
    else if (singles.includes(pair[0] ?? ' ')) this.push(pair[0] ?? '', this.at + 1);
    else if (space.test(pair[0] ?? '')) this.at++;
    else this.unknown(1);
  }

  /** A colon behind two or four hex digits. */
  private mayBeAddress(): boolean {
    return this.text.charCodeAt(this.at + 2) === 58 || this.text.charCodeAt(this.at + 4) === 58;
  }

  private number(): void {
    for (const [kind, pattern] of numberLike) {
      const end = this.match(pattern);
      if (end !== undefined) return this.push(kind, end);
    }
  }

  private word(): void {
    let end = this.at + 1;
    while (end < this.text.length && isWordPart(this.text.charCodeAt(end))) end++;
    const word = this.text.slice(this.at, end);
    this.push(keywords.has(word) ? word : 'ID', end);
  }

  /** A string that does not end is taken up to the end of its line. */
  private string(): void {
    string.lastIndex = this.at;
    const found = string.exec(this.text);
    const end = string.lastIndex;
    if (found?.[1] === '') this.errors.push({ offset: this.at, length: end - this.at });
    this.push('STRING', end);
  }

  private match(pattern: RegExp): number | undefined {
    pattern.lastIndex = this.at;
    return pattern.test(this.text) ? pattern.lastIndex : undefined;
  }

  private push(kind: TokenKind, end: number): void {
    this.kinds.push(kind);
    this.starts.push(this.at);
    this.ends.push(end);
    this.at = end;
  }

  private unknown(length: number): void {
    const last = this.errors.at(-1);
    // What follows an error directly belongs to it.
    if (last !== undefined && last.offset + last.length === this.at) last.length += length;
    else this.errors.push({ offset: this.at, length });
    this.at += length;
  }
}

const isLineEnd = (code: number): boolean => code === 10 || code === 13;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isHexDigit = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
const isWordStart = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
const isWordPart = (code: number): boolean => isWordStart(code) || isDigit(code);
