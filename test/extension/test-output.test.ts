import { describe, expect, test } from 'vitest';
import { expectsSomething, OutcomeReader, type TestOutcome } from '../../src/extension/testing/test-output';

test('outcomes are read however the stream is cut', () => {
  const first: TestOutcome = { file: 'a.vfio', test: 'one', passed: true, duration: 1, failures: [] };
  const second: TestOutcome = {
    ...first,
    test: null,
    passed: false,
    failures: [{ file: 'a.vfio', message: 'no\nway' }],
  };
  const stream = `${JSON.stringify(first)}\nnot an outcome\n${JSON.stringify(second)}\n`;
  for (let cut = 0; cut <= stream.length; cut++) {
    const seen: TestOutcome[] = [];
    const reader = new OutcomeReader((outcome) => seen.push(outcome));
    reader.read(stream.slice(0, cut));
    reader.read(stream.slice(cut));
    expect(seen).toEqual([first, second]);
  }
});

describe('a file without test blocks is a test when it expects something', () => {
  test.each([
    ['open("/x")  expect ENOENT', true],
    ['expect 1 == 1', true],
    ['print 1', false],
    ['// expect nothing', false],
    ['print "expect"', false],
    ['print unexpected', false],
  ])('%s', (text, is) => expect(expectsSomething(text)).toBe(is));
});
