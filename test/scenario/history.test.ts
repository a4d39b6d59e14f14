import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatValue, type Execution } from '../../src/scenario';
import { start } from './samples';

/** Everything that a person could see of the interpreter. */
function picture(x: Execution): string {
  const frames = x
    .frames()
    .map((frame) => [
      frame.name,
      frame.range,
      frame.processName,
      frame.variables().map(({ name, value }) => `${name}=${formatValue(value)}`),
    ]);
  return JSON.stringify([x.ended, x.next, x.failed, x.kernel.log.lines.length, frames]);
}

test.each(readdirSync('examples').filter((name) => name.endsWith('.vfio')))('any walk back and forth in %s', (name) => {
  const text = readFileSync(`examples/${name}`, 'utf8');
  const x = start(text);
  const positions = [x.journal.position];
  const pictures = [picture(x)];
  while (!x.ended) {
    x.step();
    positions.push(x.journal.position);
    pictures.push(picture(x));
  }
  fc.assert(
    fc.property(fc.array(fc.nat(positions.length - 1), { maxLength: 12 }), (walk) => {
      for (const place of walk) {
        x.journal.goto(positions[place]!);
        expect(picture(x)).toBe(pictures[place]);
      }
    }),
    { numRuns: 25 },
  );
});

test('running again from any place gives the same', () => {
  const x = start(readFileSync('examples/memlock.vfio', 'utf8'));
  const begin = x.journal.position;
  const record = (): string[] => {
    const seen: string[] = [];
    while (!x.ended) {
      const { calls, failures } = x.step();
      seen.push(...calls.map((call) => `${call.text} ${call.errno ?? ''}`), ...failures.map(({ message }) => message));
    }
    return seen;
  };
  const first = record();
  x.journal.goto(begin);
  expect(record()).toEqual(first);
});
