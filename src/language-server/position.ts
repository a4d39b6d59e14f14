import { ioctls, type Ioctl, structNamed, type Layout } from '../kernel/uapi';
import type { Token } from './tokens';

/** What the place in a text asks for, as far as one can tell from what stands before it. */
export interface Place {
  /** The innermost call whose parentheses are open: `ioctl`, `open`. */
  readonly call?: string;
  /** Which argument of it, from 0. */
  readonly argument: number;
  /** The first argument of the call, when it is one word: the file of an ioctl. */
  readonly firstArgument?: string;
  /** The ioctl that is being written, when its request is already there. */
  readonly ioctl?: Ioctl;
  /** The structure whose braces are open, within an ioctl. */
  readonly struct?: Layout;
  /** Fields that the open braces already have. */
  readonly fields: readonly string[];
  /** The field whose value is being written. */
  readonly field?: string;
  /** The token before the place. */
  readonly before?: Token;
}

/** Looks back from an offset; the token that the offset lies in does not count. */
export function placeAt(tokens: readonly Token[], offset: number): Place {
  const code = tokens.filter(({ kind, end }) => kind !== 'comment' && end <= offset);
  const before = code.at(-1);
  const start = openBracket(code, code.length);
  const brace = start !== undefined && code[start]?.text === '{' ? start : undefined;
  const call = brace === undefined ? start : openBracket(code, brace);
  const inCall = call !== undefined && code[call]?.text === '(' ? callAt(code, call) : { argument: 0 };
  const literal = brace === undefined ? { fields: [] } : literalAt(code, brace);
  const inner = {
    ...inCall,
    ...literal,
    ...(before === undefined ? {} : { before }),
  };
  const { ioctl } = inCall;
  if (brace === undefined || ioctl?.argument.kind !== 'struct') return inner;
  const struct = structNamed(ioctl.argument.struct);
  return struct === undefined ? inner : { ...inner, struct };
}

/** Whether the innermost open bracket is that of a machine's description, or of a process's options. */
export function enclosingBlock(code: readonly Token[]): 'machine' | 'options' | undefined {
  const open = openBracket(code, code.length);
  if (open === undefined) return undefined;
  if (code[open]?.text === '(') return code[open - 2]?.text === 'process' ? 'options' : undefined;
  for (let brace: number | undefined = open; brace !== undefined; brace = openBracket(code, brace)) {
    if (code[brace]?.text !== '{') return undefined;
    if (beginsMachine(code, brace)) return 'machine';
  }
  return undefined;
}

/** `machine {`, `machine q35-intel {` */
function beginsMachine(code: readonly Token[], brace: number): boolean {
  let at = brace - 1;
  while (at > 0 && (code[at - 1]?.text === '-' || code[at]?.text === '-')) at--;
  return code[at]?.text === 'machine' || code[at - 1]?.text === 'machine';
}

const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Index of the bracket that is open before `end`, or undefined. */
function openBracket(code: readonly Token[], end: number): number | undefined {
  let depth = 0;
  for (let at = end - 1; at >= 0; at--) {
    const token = code[at];
    if (token?.kind !== 'sign') continue;
    if (token.text in closers) depth++;
    else if ('([{'.includes(token.text) && depth-- === 0) return at;
  }
  return undefined;
}

function callAt(
  code: readonly Token[],
  parenthesis: number,
): Pick<Place, 'call' | 'argument' | 'firstArgument' | 'ioctl'> {
  const called = code[parenthesis - 1];
  if (called?.kind !== 'word') return { argument: 0 };
  const commas = topLevel(code, parenthesis).filter((at) => code[at]?.text === ',');
  const first = code[parenthesis + 1];
  const request = commas[0] === undefined ? undefined : code[commas[0] + 1];
  const ioctl = called.text === 'ioctl' && request !== undefined ? ioctls.get(request.text) : undefined;
  return {
    call: called.text,
    argument: commas.length,
    ...(first?.kind === 'word' ? { firstArgument: first.text } : {}),
    ...(ioctl === undefined ? {} : { ioctl }),
  };
}

function literalAt(code: readonly Token[], brace: number): Pick<Place, 'fields' | 'field'> {
  const top = topLevel(code, brace);
  const colons = top.filter((at) => code[at]?.text === ':');
  const fields = colons.map((at) => code[at - 1]?.text ?? '');
  const lastComma = top.findLast((at) => code[at]?.text === ',') ?? brace;
  const colon = colons.at(-1);
  const field = fields.at(-1);
  return colon === undefined || field === undefined || colon < lastComma ? { fields } : { fields, field };
}

/** Indexes of the tokens directly within the bracket at `open`. */
function topLevel(code: readonly Token[], open: number): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let at = open + 1; at < code.length; at++) {
    const token = code[at];
    if (token?.kind === 'sign' && '([{'.includes(token.text)) depth++;
    else if (token?.kind === 'sign' && token.text in closers) depth--;
    else if (depth === 0) found.push(at);
  }
  return found;
}
