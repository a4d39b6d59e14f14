import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { galleryPage } from '../../scripts/gallery.mjs';

const page = readFileSync(join(import.meta.dirname, '../../docs/gallery.md'), 'utf8');

describe('docs/gallery.md', () => {
  test('lists the examples that there are (npm run generate)', () => {
    expect(page).toBe(galleryPage());
  });

  test('has at least 50', () => {
    expect(page.match(/^- \[.*\.vfio\)/gm)?.length).toBeGreaterThanOrEqual(50);
  });

  test('has an example for each of the 40 problems, or says why there is none', () => {
    const shown = [...page.matchAll(/examples\/problems\/(\d\d)-/g), ...page.matchAll(/^\| (\d+) +\|/gm)];
    const numbers = shown.map(([, number]) => Number(number));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});
