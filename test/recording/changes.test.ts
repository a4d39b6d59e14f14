import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRecording, replay, type Recording } from '../../src/recording';

const folder = join(import.meta.dirname, '../recordings/changes');
const names = readdirSync(join(folder, 'after'));
const read = (side: 'before' | 'after', name: string): Recording =>
  parseRecording(readFileSync(join(folder, side, name), 'utf8'));
/** What the kernel of the recordings in `before` lacked. */
const without = JSON.parse(readFileSync(join(folder, 'without.json'), 'utf8')) as string[];

describe.each(names)('%s', (name) => {
  it('is answered as by the kernel with all changes', () => {
    expect(replay(read('after', name)).differences).toEqual([]);
  });

  it('is answered as by the kernel that lacks four', () => {
    expect(replay(read('before', name), { without }).differences).toEqual([]);
  });

  it('shows its change', () => {
    expect(replay(read('before', name)).same).toBe(false);
  });

  it('shows its change and no other', () => {
    const [change] = without.filter((hash) => name.includes(hash));
    expect(replay(read('before', name), { without: [change!] }).same).toBe(true);
  });
});
