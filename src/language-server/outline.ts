import type { Token } from './tokens';

/** A part of a scenario that has a name. */
export interface Block {
  readonly kind: 'test' | 'process' | 'function' | 'machine' | 'module' | 'device';
  readonly name: string;
  /** The first token: the keyword, or the model of a device. */
  readonly first: Token;
  /** The name itself. */
  readonly nameToken: Token;
  /** Behind its last token; the end of the text when its brace is still open. */
  readonly end: number;
  readonly children: readonly Block[];
}

type OpenBlock = Omit<Block, 'end' | 'children'> & { end: number; children: OpenBlock[] };

/** What must follow a keyword that names a block; otherwise it is a name, which all of them may be. */
const follows: Readonly<Record<string, readonly Token['kind'][]>> = {
  test: ['string'],
  process: ['word'],
  function: ['word'],
  machine: ['word', 'sign'],
  module: ['word'],
};

/** The named blocks of a text, nested as their braces are. Never fails, whatever the text. */
export function outlineOf(tokens: readonly Token[], textLength: number): Block[] {
  const roots: OpenBlock[] = [];
  // One entry for each open brace: its block, or undefined for a brace without a name.
  const braces: (OpenBlock | undefined)[] = [];
  let header: OpenBlock | undefined;
  const innermost = (): OpenBlock | undefined => braces.findLast((block) => block !== undefined);
  const code = tokens.filter(({ kind }) => kind !== 'comment');

  for (const [at, token] of code.entries()) {
    const found = headerAt(code, at, innermost());
    if (found !== undefined) {
      header = found;
      (innermost()?.children ?? roots).push(found);
    } else if (token.text === '{') {
      braces.push(header);
      if (header !== undefined) header.end = textLength;
      header = undefined;
    } else if (token.text === '}') {
      const closed = braces.pop();
      if (closed !== undefined) closed.end = token.end;
    }
  }
  return roots;
}

function headerAt(code: readonly Token[], at: number, parent: OpenBlock | undefined): OpenBlock | undefined {
  const [first, next] = [code[at], code[at + 1]];
  if (first === undefined || next === undefined) return undefined;
  if (parent?.kind === 'machine' || parent?.kind === 'device') return deviceAt(code, at, next);
  if (!beginsBlock(first, next, code[at - 1])) return undefined;
  const kind = first.text as Block['kind'];
  // `machine {`
  if (next.kind === 'sign') return { kind, name: kind, first, nameToken: first, end: first.end, children: [] };
  const last = lastOfDashedName(code, at + 1);
  const name = next.kind === 'string' ? next.text.replaceAll('"', '') : textFrom(code, at + 1, last);
  return { kind, name, first, nameToken: next, end: last.end, children: [] };
}

/** Whether a keyword stands here with what must follow it. `.process` is a field, `let process` a variable. */
function beginsBlock(first: Token, next: Token, before: Token | undefined): boolean {
  const wanted = first.kind === 'word' && Object.hasOwn(follows, first.text) ? follows[first.text] : undefined;
  if (wanted?.includes(next.kind) !== true || before?.text === '.') return false;
  return next.kind !== 'sign' || next.text === '{';
}

/** `nvme 01:00.0`, `root-port 00:08.0` */
function deviceAt(code: readonly Token[], at: number, next: Token): OpenBlock | undefined {
  if (next.kind !== 'bdf' || code[at]?.kind !== 'word') return undefined;
  let start = at;
  while (code[start - 1]?.text === '-' && code[start - 2]?.kind === 'word') start -= 2;
  const first = code[start];
  const model = code[at];
  if (first === undefined || model === undefined) return undefined;
  return {
    kind: 'device',
    name: `${textFrom(code, start, model)} ${next.text}`,
    first,
    nameToken: next,
    end: next.end,
    children: [],
  };
}

/** The last token of `q35-intel-39`. */
function lastOfDashedName(code: readonly Token[], at: number): Token {
  let last = at;
  while (code[last + 1]?.text === '-' && code[last + 1]?.start === code[last]?.end) last += 2;
  const token = code[Math.min(last, code.length - 1)];
  if (token === undefined) throw new RangeError('a name begins behind the end of the text');
  return token;
}

/** The tokens from `at` to `last`, joined. */
function textFrom(code: readonly Token[], at: number, last: Token): string {
  let text = '';
  for (let index = at; index < code.length; index++) {
    const token = code[index];
    if (token === undefined || token.end > last.end) break;
    text += token.text;
  }
  return text;
}
