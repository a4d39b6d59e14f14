import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Analysis } from '../../src/language-server/analysis';
import { fixOf } from '../../src/language-server/code-actions';
import { proposalsAt } from '../../src/language-server/completion';
import { hoverAt } from '../../src/language-server/hover';
import { hintsOf } from '../../src/language-server/inlay-hints';
import { semanticTokensOf } from '../../src/language-server/semantic-tokens';
import { signatureAt } from '../../src/language-server/signature-help';
import { tokensOf } from '../../src/language-server/tokens';
import { format } from '../../src/scenario';

const folder = join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.vfio'))
  .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]);

/** The samples of the reference have what the examples do not use. */
const samples = readFileSync(join(import.meta.dirname, '../../docs/language.md'), 'utf8')
  .split('```vfio\n')
  .slice(1)
  .map((part, at): [string, string] => [`sample ${at + 1}`, part.slice(0, part.indexOf('```'))]);

/** Everything that an editor asks while a person types. */
function askAll(text: string, offset: number): void {
  const tokens = tokensOf(text);
  const analysis = new Analysis('file:///a.vfio', text, () => undefined);
  proposalsAt(tokens, offset);
  hoverAt(tokens, offset);
  signatureAt(tokens, offset);
  hintsOf(tokens, 0, text.length);
  for (const problem of analysis.problems) {
    fixOf(problem, () => '');
    // What is missing must not be spoken of as if it had a name.
    expect(problem.message).not.toMatch(/\bundefined\b/);
  }
  semanticTokensOf(analysis.mentions);
  format(text);
}

describe('unfinished text is answered without an exception', () => {
  test.each(samples)('%s with each token twice', (_, text) => {
    for (const { start, end } of tokensOf(text)) askAll(`${text.slice(0, end)} ${text.slice(start)}`, end);
  });

  test.each([...examples, ...samples])(
    '%s without each of its tokens',
    (_, text) => {
      for (const { start, end } of tokensOf(text)) askAll(text.slice(0, start) + text.slice(end), start);
    },
    120_000,
  );

  test.each([...examples, ...samples])(
    '%s cut off behind each token',
    (_, text) => {
      for (const { end } of tokensOf(text)) askAll(text.slice(0, end), end);
    },
    120_000,
  );
});

test.each([
  ['mixed line ends and a byte order mark', '\uFEFFprint 1\r\nprint a\rprint b\n', ['2:7', '3:7']],
  ['no line end', 'print a', ['1:7']],
  ['characters outside of the plane', 'print "😀" + a', ['1:14']],
])('places are right with %s', (_, text, places) => {
  const { problems } = new Analysis('file:///a.vfio', text, () => undefined);
  expect(problems.map(({ range: { start } }) => `${start.line + 1}:${start.character + 1}`)).toEqual(places);
});
