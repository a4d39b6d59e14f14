import { describe, expect, test } from 'vitest';
import { parse } from '../../src/scenario';
import { problemsOf } from './samples';

describe('syntax errors have a place and the rest is still checked', () => {
  test.each([
    ['let x = \nlet y = nowhere', ['2:1 found let where a value is expected', '2:9 nowhere is not known here']],
    [
      'process a {\n  open("/dev/vfio/vfio"\n}\nprint unknown',
      ['3:1 found } where ) is expected', '4:7 unknown is not known here'],
    ],
    ['print "never ends\nprint 1', ['1:7 this string does not end on its line']],
    ['print 1 }', ['1:9 found } cannot stand here']],
    ['test "a" { print 1', ['1:19 the file ends where } is missing']],
    ["print 'a'", ["1:7 ' begins nothing here"]],
  ])('%s', (text, wanted) => {
    const found = problemsOf(text);
    for (const problem of wanted) expect(found).toContain(problem);
  });

  test('hints for habits of other languages', () => {
    const { problems } = parse('process a { ioctl(3, VFIO_IOMMU_MAP_DMA, { iova = 1 }) }', 'test.vfio');
    expect(problems[0]?.hint).toMatch(/name: value/);
  });
});

test('any text gives an answer', () => {
  for (const text of [
    '',
    '{',
    '}',
    '"',
    '${',
    'process',
    'let',
    'expect',
    'for i in',
    'machine {',
    '((((((',
    'a.b.c[',
    '/* open',
    '\u0000',
    'ioctl(ioctl(ioctl(',
  ]) {
    expect(() => parse(text, 'test.vfio')).not.toThrow();
  }
});

test('100,000 lines are read in reasonable time', () => {
  const text = `process a {\n${'  open("/dev/vfio/1") \n'.repeat(100_000)}}\n`;
  const start = performance.now();
  expect(parse(text, 'test.vfio').problems).toEqual([]);
  expect(performance.now() - start).toBeLessThan(30_000);
}, 60_000);

test('longer files are refused', () => {
  expect(problemsOf(' '.repeat(4 * 1024 * 1024))).toEqual([
    '1:1 the file is too long: 4.0 million characters, at most 3 million are read',
  ]);
});

test('deeply nested text is refused, not fatal', () => {
  const deep = 100_000;
  expect(problemsOf(`print ${'('.repeat(deep)}1${')'.repeat(deep)}`)).toEqual(['1:1 the file is nested too deeply']);
  expect(problemsOf(`print 1${' + 1'.repeat(3000)}`)[0]).toMatch(/this expression is nested too deeply/);
});
