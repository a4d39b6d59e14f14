import { lex, type TokenKind, type Tokens } from './syntax/lexer';

/** A token or a comment, with the spaces before it. */
interface Piece {
  /** A kind of token, or `COMMENT`. */
  readonly kind: TokenKind;
  readonly text: string;
  /** Line ends between the piece before and this one. */
  readonly lines: number;
  /** Spaces before it in its line. */
  readonly spaces: number;
}

const indentation = '  ';
const openers = '([{';
const closers = ')]}';
/** No space stands before these, */
const beforeThese: ReadonlySet<string> = new Set([',', ';', ')', ']', ':', '.', '..']);
/** nor behind these. */
const behindThese: ReadonlySet<string> = new Set(['(', '[', '.', '..']);
const unary: ReadonlySet<string> = new Set(['!', '~', '-', '&']);
const operators: ReadonlySet<string> = new Set(
  '* / % + - << >> & ^ | == != < <= > >= has and && or || = += -= *= |= &= not ! ~'.split(' '),
);
/** Behind these a sign is one of one side: `return -1`. */
const wordsBefore: ReadonlySet<string> = new Set('return print expect if while in step echo else'.split(' '));

/**
 * A text in the usual form: indented by its brackets, one space where spaces belong. Lines stay as they were broken,
 * comments and the columns of what is lined up behind a line stay, and no token changes.
 * @returns undefined when the text cannot be cut into tokens (a string that does not end)
 */
export function format(text: string): string | undefined {
  const tokens = lex(text);
  if (tokens.errors.length > 0) return undefined;
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const made = mark + new Writer(piecesOf(text, tokens), lineEnd).write();
  return sameTokens(text, tokens, made) ? made : undefined;
}

function sameTokens(text: string, before: Tokens, made: string): boolean {
  const after = lex(made);
  return (
    after.kinds.length === before.kinds.length &&
    after.kinds.every(
      (kind, at) =>
        kind === before.kinds[at] &&
        made.slice(after.starts[at], after.ends[at]) === text.slice(before.starts[at], before.ends[at]),
    )
  );
}

const comment = /\/\/[^\n\r]*|\/\*[^]*?\*\//g;

/** Tokens and the comments between them. */
function piecesOf(text: string, { kinds, starts, ends }: Tokens): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const add = (kind: Piece['kind'], from: number, to: number): void => {
    const blank = text.slice(end, from);
    const lines = blank.replaceAll('\r\n', '\n').split(/[\n\r]/).length - 1;
    const spaces = blank.length - Math.max(blank.lastIndexOf('\n'), blank.lastIndexOf('\r')) - 1;
    pieces.push({ kind, text: text.slice(from, to), lines, spaces });
    end = to;
  };
  kinds.forEach((kind, at) => {
    const start = kind === 'EOF' ? text.length : (starts[at] ?? 0);
    const gap = end;
    for (const { 0: found, index } of text.slice(gap, start).matchAll(comment))
      add('COMMENT', gap + index, gap + index + found.length);
    if (kind !== 'EOF') add(kind, start, ends[at] ?? start);
  });
  return pieces;
}

class Writer {
  private out = '';
  /** For each open bracket the indentation of the line that it stands in. */
  private readonly open: number[] = [];
  private indent = 0;

  constructor(
    private readonly pieces: readonly Piece[],
    private readonly lineEnd: string,
  ) {}

  write(): string {
    this.pieces.forEach((piece, at) => {
      const before = this.pieces[at - 1];
      if (before !== undefined && piece.lines > 0) this.beginLine(piece, before, at);
      else if (before !== undefined) this.out += ' '.repeat(this.spacesBefore(piece, before, at));
      this.out += piece.kind === 'COMMENT' ? piece.text.trimEnd() : piece.text;
      this.brackets(piece);
    });
    return this.out === '' ? '' : this.out + this.lineEnd;
  }

  private brackets({ kind }: Piece): void {
    if (openers.includes(kind)) this.open.push(this.indent);
    else if (closers.includes(kind)) this.open.pop();
  }

  private beginLine(piece: Piece, before: Piece, at: number): void {
    const innermost = this.open.at(-1);
    if (closers.includes(piece.kind)) this.indent = this.leadingClosers(at);
    else this.indent = innermost === undefined ? 0 : innermost + 1;
    const continues = piece.kind !== 'COMMENT' && operators.has(before.kind);
    const width = continues ? this.indent + 2 : this.indent;
    // One empty line is kept, more are not, and none behind an opening or before a closing brace.
    const empty = piece.lines > 1 && !openers.includes(before.kind) && !closers.includes(piece.kind);
    this.out += this.lineEnd.repeat(empty ? 2 : 1) + indentation.repeat(width);
  }

  /** A line that begins with closing brackets stands under the line that opened the last of them. */
  private leadingClosers(at: number): number {
    let count = 0;
    while (
      closers.includes(this.pieces[at + count]?.kind ?? 'EOF') &&
      (count === 0 || this.pieces[at + count]?.lines === 0)
    )
      count++;
    return this.open.at(-count) ?? 0;
  }

  private spacesBefore(piece: Piece, before: Piece, at: number): number {
    if (piece.kind === 'COMMENT') return piece.text.startsWith('//') ? Math.max(2, piece.spaces) : 1;
    if (before.kind === 'COMMENT') return 1;
    // Outcomes may be lined up behind their calls.
    if (piece.kind === 'expect') return Math.max(1, piece.spaces);
    if (this.isTight(piece, before, at)) return 0;
    return 1;
  }

  private isTight(piece: Piece, before: Piece, at: number): boolean {
    if (beforeThese.has(piece.kind) || behindThese.has(before.kind)) return true;
    switch (piece.kind) {
      case '(':
        return this.isCall(before, at);
      case '[':
        return piece.spaces === 0 && isValueEnd(before.kind);
      case '-':
        // A dash within a name: `vfio-pci`.
        if (touches(piece) && touches(this.pieces[at + 1]) && isValueEnd(before.kind)) return true;
    }
    if (unary.has(before.kind) && !this.isBinary(at - 1)) return true;
    return before.kind === '-' && touches(piece) && touches(before);
  }

  /** `name(`; a process has its options behind a space. */
  private isCall(before: Piece, at: number): boolean {
    if (this.pieces[at - 2]?.kind === 'process') return false;
    return before.kind === 'kill' || isValueEnd(before.kind);
  }

  /** Whether the operator at `at` has a value before it. */
  private isBinary(at: number): boolean {
    const before = this.pieces[at - 1];
    if (before === undefined || wordsBefore.has(before.kind)) return false;
    return isValueEnd(before.kind);
  }
}

const valueEnds: ReadonlySet<string> = new Set([
  ...['ID', 'INTEGER', 'STRING', 'BDF', 'HASH', 'VERSION', 'true', 'false', 'null', 'NULL', ')', ']', '}'],
  ...['step', 'iommu', 'driver', 'without'],
]);

const touches = (piece: Piece | undefined): boolean => piece?.lines === 0 && piece.spaces === 0;

const isValueEnd = (kind: string): boolean => valueEnds.has(kind);
