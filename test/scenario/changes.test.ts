import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelChanges } from '../../src/kernel';
import { Journal } from '../../src/history';
import { compile, Execution, parse } from '../../src/scenario';
import { problemsOf } from './samples';

const folder = join(import.meta.dirname, '../../examples/changes');
const examples = readdirSync(folder).filter((file) => file.endsWith('.vfio'));

interface Seen {
  readonly answers: string[];
  readonly log: string[];
  readonly failures: string[];
}

/** What a run of an example shows, on a kernel that lacks the changes given. */
function runExample(file: string, without: readonly string[]): Seen {
  const { file: tree, problems } = parse(readFileSync(join(folder, file), 'utf8'), file);
  expect(problems).toEqual([]);
  const execution = new Execution(new Journal(), compile(tree), { without });
  const seen: Seen = { answers: [], log: [], failures: [] };
  while (!execution.ended) {
    const { calls, failures, error } = execution.step();
    for (const call of calls) {
      seen.answers.push(`${call.text} = ${call.result.ret} ${String(call.result.bytes ?? '')}`);
      seen.log.push(...call.log);
    }
    seen.failures.push(...failures.map(({ message }) => message), ...(error === undefined ? [] : [error.message]));
  }
  return seen;
}

describe.each(examples)('%s', (file) => {
  const change = kernelChanges.get(file.split('-')[0]!);

  it('runs with and without its change, and shows what the table says', () => {
    expect(change).toBeDefined();
    const now = runExample(file, []);
    const before = runExample(file, [change!.hash]);
    expect([now.failures, before.failures]).toEqual([[], []]);
    const differs = {
      answers: before.answers.join('\n') !== now.answers.join('\n'),
      log: before.log.join('\n') !== now.log.join('\n'),
    };
    if (change!.shows === 'nothing') expect(differs).toEqual({ answers: false, log: false });
    else if (change!.shows === 'log') expect(differs).toEqual({ answers: false, log: true });
    else expect(differs.answers || differs.log).toBe(true);
  });
});

it('every change that shows here, or is said to show nothing, has an example', () => {
  const wanted = [...kernelChanges.values()].filter(({ shows }) => shows !== 'elsewhere').map(({ hash }) => hash);
  expect(examples.map((file) => file.split('-')[0]).sort()).toEqual(wanted.sort());
});

describe('kernel 5.7 without', () => {
  it.each([
    ['kernel 5.7 without 48219795e7db, 0ea971f8dcd6', []],
    ['kernel 5.7 without "f44efca0493d"', ['1:1 taking back f44efca0493d shows nothing here']],
    ['kernel 5.7 without 5cbf3264bc72', ['1:1 the change 5cbf3264bc72 is not known']],
    ['kernel 5.7 without 5cbf3264bc711d0a3b', []],
  ])('%s', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('suggests what was meant', () => {
    const [problem] = parse('kernel 5.7 without 5cbf3264bc72', 'test.vfio').problems;
    expect(problem?.hint).toBe('did you mean 5cbf3264bc71?');
  });
});
