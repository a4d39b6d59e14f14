import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findTestBlocks, firstCodeLine } from '../../src/extension/test-blocks';

describe('findTestBlocks', () => {
  test('finds names and lines', () => {
    expect(findTestBlocks('// a\ntest "one" {\n}\n\n  test   "two \\"2\\"" {')).toEqual([
      { name: 'one', line: 1 },
      { name: 'two "2"', line: 4 },
    ]);
  });

  test('passes over comments, strings, other words and unfinished names', () => {
    expect(findTestBlocks('// test "a" {\n/*\ntest "b" {\n*/\ntests "c" {\nlet x = "/*"\ntest "d')).toEqual([]);
    expect(findTestBlocks('/* test\n*/ test "after" {')).toEqual([{ name: 'after', line: 1 }]);
    expect(findTestBlocks('let url = "http://x/*"\ntest "e" {')).toEqual([{ name: 'e', line: 1 }]);
  });

  test('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('test', '"', '\\', '/*', '*/', '//', '\n', ' ', 'a') }), (text) => {
        for (const { line } of findTestBlocks(text)) expect(line).toBeLessThan(text.split('\n').length);
      }),
    );
  });
});

describe('firstCodeLine', () => {
  test.each([
    ['', 0],
    ['kernel 5.7', 0],
    ['// one\n\n/* two\n   three */\nkernel 5.7', 4],
    ['// only comments', 0],
  ])('of %j is %i', (text, line) => {
    expect(firstCodeLine(text)).toBe(line);
  });
});
