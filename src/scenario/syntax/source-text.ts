import type { Position, Range } from '../problem';

/** A text that was read, and where its lines begin. */
export class SourceText {
  /** The file; empty for an expression that was typed. */
  uri = '';
  /** The line of the file that the text's first line is: not 0 for an expression within a string. */
  firstLine = 0;
  private lines: number[] | undefined;

  constructor(readonly text: string) {}

  positionAt(offset: number): Position {
    const lines = (this.lines ??= lineStarts(this.text));
    let low = 0;
    let high = lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: this.firstLine + low, character: offset - (lines[low] ?? 0) };
  }

  rangeOf(start: number, end: number): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }
}

/** Offsets at which lines begin. Lines end with LF, CR LF or CR, as in LSP. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** Where a part of the tree stands: what the project uses of Langium's CST nodes. Offsets count characters. */
export class Span {
  constructor(
    readonly source: SourceText,
    readonly offset: number,
    /** Behind the last character. */
    readonly end: number,
  ) {}

  get text(): string {
    return this.source.text.slice(this.offset, this.end);
  }

  get range(): Range {
    return this.source.rangeOf(this.offset, this.end);
  }
}
