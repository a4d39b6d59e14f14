import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coverageDocument } from './document';

it('every site and every message that can be reached from outside is reached, and docs/coverage.md says so', () => {
  const { text, figures, wrong } = coverageDocument();
  expect(wrong).toEqual([]);
  expect(readFileSync(join(import.meta.dirname, '../../../docs/coverage.md'), 'utf8')).toBe(text);
  console.info(figures.join('\n'));
});
