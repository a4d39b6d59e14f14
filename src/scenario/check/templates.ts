import type { Expression, StringLiteral } from '../generated/ast';
import type { Template } from '../names/bound';
import { parseText } from '../parser';
import { rangeOf, setUri, textOfNode, uriOf } from '../source';
import type { Problems } from './problems';

/** Takes `"a ${b} c"` apart; undefined for a string without expressions. `\${` is no expression. */
export function templateOf(node: StringLiteral, problems: Problems): Template | undefined {
  const raw = textOfNode(node);
  if (!raw.includes('${')) return undefined;
  const texts: string[] = [];
  const expressions: Expression[] = [];
  let from = 1;
  for (let at = 1; at < raw.length - 1; at++) {
    if (raw[at] === '\\') at++;
    else if (raw.startsWith('${', at)) {
      const end = raw.indexOf('}', at);
      if (end < 0) {
        problems.error(node, '${ without } in this string', 'write \\${ for the characters themselves');
        return undefined;
      }
      texts.push(unescape(raw.slice(from, at)));
      expressions.push(embedded(node, raw, at + 2, end, problems));
      from = end + 1;
      at = end;
    }
  }
  texts.push(unescape(raw.slice(from, -1)));
  return { texts, expressions };
}

function embedded(node: StringLiteral, raw: string, start: number, end: number, problems: Problems): Expression {
  const place = rangeOf(node).start;
  // Spaces before the text make the parser count columns as the file does; strings lie within one line.
  const { node: expression, errors } = parseText<Expression>(
    ' '.repeat(place.character + start) + raw.slice(start, end),
    'Expression',
    place.line,
  );
  setUri(expression, uriOf(node));
  const [first] = errors;
  if (first !== undefined) problems.error(node, `between \${ and }: ${first.message}`, first.hint);
  return expression;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, character: string) => escapes[character] ?? character);
