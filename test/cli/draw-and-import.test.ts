import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { draw } from '../../src/cli/draw';
import { importFiles } from '../../src/cli/import';
import { readMarkup, withClass } from '../pictures/markup';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'vfio-lab-draw-'));
const out = join(folder, 'out');
const example = join(root, 'examples/vf-token.vfio');
afterAll(() => rmSync(folder, { recursive: true }));

let told: string[] = [];
beforeEach(() => {
  told = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

describe('vfio-lab draw', () => {
  it.each([
    ['iova', 'mapping'],
    ['topology', 'function'],
    ['timeline', 'event'],
  ])('--%s writes an SVG of the end of the scenario', async (kind, part) => {
    expect(await draw(example, { [kind]: true, theme: 'auto', output: out })).toBe(true);
    const picture = readMarkup(readFileSync(out, 'utf8'));
    expect(picture.name).toBe('svg');
    expect(withClass(picture, part).length).toBeGreaterThan(0);
    // Nobody has stepped, so that nothing is new.
    expect(withClass(picture, 'is-changed')).toEqual([]);
  });

  it('shows the part of the address space that is asked for', async () => {
    await draw(example, { iova: true, theme: 'light', output: out, window: { page: 0x180, count: 0x100 } });
    expect(readMarkup(readFileSync(out, 'utf8')).children[1]!.text).toContain('Shown: 0x180000 - 0x27ffff');
  });

  it('says what is missing', async () => {
    await expect(draw(example, { theme: 'auto' })).rejects.toThrow('say what to draw');
    await expect(draw(example, { iova: true, theme: 'auto', container: 99 })).rejects.toThrow(
      'there is no container 99',
    );
    await expect(draw(example, { iova: true, theme: 'auto', test: 'x' })).rejects.toThrow(
      'there is no test "x"; there are "',
    );
    const wrong = join(folder, 'wrong.vfio');
    writeFileSync(wrong, 'let a = (\n');
    expect(await draw(wrong, { topology: true, theme: 'auto' })).toBe(false);
    expect(told.join('')).toContain('wrong.vfio:1:10: error');
  });
});

describe('vfio-lab import', () => {
  it('writes a machine block, and compares its groups with those of the dump', () => {
    expect(importFiles([join(root, 'test/import/dumps/small-machine.txt')], { output: out })).toBe(true);
    expect(readFileSync(out, 'utf8')).toContain('root_port 00:01.0 {');
    expect(told.join('')).toBe('3 IOMMU groups with 5 functions in the dump: the simulated kernel makes the same\n');
  });

  it('makes a machine that can be drawn', async () => {
    importFiles([join(root, 'test/import/dumps/small-machine.txt')], { output: out });
    const scenario = join(folder, 'imported.vfio');
    writeFileSync(scenario, `${readFileSync(out, 'utf8')}process root { sleep(1) }\n`);
    expect(await draw(scenario, { topology: true, theme: 'auto', output: out })).toBe(true);
    const group = withClass(readMarkup(readFileSync(out, 'utf8')), 'group');
    expect(group.map(({ attributes }) => attributes['aria-label'])).toEqual([
      expect.stringContaining('0000:02:00.0, 0000:02:00.1'),
    ]);
  });

  it('tells of each line that it does not understand, and fails only when nothing is left', () => {
    const dump = join(folder, 'dump.txt');
    writeFileSync(dump, '00:01.0 what is this\n00:02.0 VGA compatible controller: Card\n');
    expect(importFiles([dump], { output: out })).toBe(true);
    expect(told.join('')).toContain(`${dump}:1: not understood: 00:01.0 what is this`);
    writeFileSync(dump, 'nothing\n');
    expect(importFiles([dump], { output: out })).toBe(false);
  });
});
