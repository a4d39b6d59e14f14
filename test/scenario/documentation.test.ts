import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemsOf, run } from './samples';

const page = ['docs/language.md', 'docs/mdev.md'].map((file) => readFileSync(file, 'utf8')).join('\n');
const samples = [...page.matchAll(/```vfio\n([\s\S]*?)```/g)].map(([, text = '']) => text);

describe('docs', () => {
  test('has samples', () => expect(samples.length).toBeGreaterThan(10));

  test.each(samples.map((text) => [text.split('\n')[0], text]))('sample %s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
    const { failures, errors } = run(text);
    expect([...failures, ...errors].map(({ message }) => message)).toEqual([]);
  });
});

describe('examples', () => {
  test.each(readdirSync('examples').filter((name) => name.endsWith('.vfio')))('%s', (name) => {
    const text = readFileSync(`examples/${name}`, 'utf8');
    expect(problemsOf(text)).toEqual([]);
    const { failures, errors, failed, passed } = run(text);
    expect([...failures, ...errors].map(({ message }) => message)).toEqual([]);
    expect(failed).toEqual([]);
    expect(passed.length).toBeGreaterThan(0);
  });
});
