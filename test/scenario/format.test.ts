import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/scenario';
import { lex } from '../../src/scenario/syntax/lexer';

const folder = join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.vfio'))
  .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]);

const wordsOf = (text: string): string[] => {
  const { starts, ends } = lex(text);
  return starts.map((start, at) => text.slice(start, ends[at]));
};
const commentsOf = (text: string): string[] =>
  text.match(/\/\/.*|\/\*[^]*?\*\//g)?.map((found) => found.trimEnd()) ?? [];

describe('formatting', () => {
  test.each([
    ['process   a( uid 5 ,memlock 1M ){open( "x" )}', 'process a (uid 5, memlock 1M) { open("x") }\n'],
    [
      'test "a" {\nlet b=-1+~2*&c\n\n\n\nprint b . c[ 1 ]\n\n}',
      'test "a" {\n  let b = -1 + ~2 * &c\n\n  print b.c[1]\n}\n',
    ],
    ['bind 00:04.0 vfio-pci', 'bind 00:04.0 vfio-pci\n'],
    ['for i in 0 .. 8 step -2 { }', 'for i in 0..8 step -2 { }\n'],
    ['ioctl(c, X, {\niova:1,\nsize :2\n})', 'ioctl(c, X, {\n  iova: 1,\n  size: 2\n})\n'],
    ['open(1)     expect EBUSY // why\n', 'open(1)     expect EBUSY  // why\n'],
    ['let a = 1 |\n2', 'let a = 1 |\n    2\n'],
    ['process a (capabilities [ipc_lock]) { }', 'process a (capabilities [ipc_lock]) { }\n'],
    ['\uFEFFprint 1\r\n  print 2', '\uFEFFprint 1\r\nprint 2\r\n'],
    ['{\n/* a\n   b */\nx}', '{\n  /* a\n   b */\n  x }\n'],
    [
      'machine { root_port 00:08.0 { acs\nnvme 01:00.0 { vfs 4 } } }',
      'machine { root_port 00:08.0 { acs\n  nvme 01:00.0 { vfs 4 } } }\n',
    ],
    ['', ''],
  ])('%j', (text, wanted) => expect(format(text)).toBe(wanted));

  test('a text that cannot be cut into tokens stays as it is', () => {
    expect(format('print "open')).toBeUndefined();
  });

  test.each(examples)('%s is formatted', (_, text) => expect(format(text)).toBe(text));

  test('changes no token and no comment, and a second time nothing', () => {
    const space = fc.constantFrom('', ' ', '\n', '   ', '\n\n\n', '\t', ' // c\n', ' /* d */ ', '\r\n');
    fc.assert(
      fc.property(
        fc.constantFrom(...examples),
        fc.array(fc.tuple(fc.nat(), space), { maxLength: 12 }),
        ([, text], places) => {
          let changed = text;
          for (const [place, blank] of places) {
            const { starts } = lex(changed);
            const at = starts[place % starts.length] ?? 0;
            changed = changed.slice(0, at) + blank + changed.slice(at);
          }
          const made = format(changed) ?? '';
          expect(wordsOf(made)).toEqual(wordsOf(changed));
          expect(commentsOf(made)).toEqual(commentsOf(changed));
          expect(format(made)).toBe(made);
        },
      ),
      { numRuns: 200 },
    );
  });
});
