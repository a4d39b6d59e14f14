import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRecording, replay } from '../../src/recording';
import { required } from './required';

const folder = join(import.meta.dirname, '../recordings');
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));
const read = (name: string): string => readFileSync(join(folder, `${name}.json`), 'utf8');

describe('the simulator answers as the recorded kernel', () => {
  it.each(required)('%s', (name) => {
    expect(replay(parseRecording(read(name))).differences).toEqual([]);
  });
});

/** How far the simulator is with a recording, in words. */
function state(name: string): string {
  try {
    const { steps, differences, same } = replay(parseRecording(read(name)));
    if (same) return 'same';
    return `${steps - differences.length} the same, first difference at step ${differences[0]?.step}`;
  } catch (error) {
    return `ends with ${String(error)}`;
  }
}

describe('recordings that are measured only', () => {
  const rows: string[] = [];

  it.each(all.filter((name) => !required.includes(name)))('%s', (name) => {
    const { steps } = parseRecording(read(name));
    rows.push(`${name.padEnd(28)} ${String(steps.length).padStart(4)}  ${state(name)}`);
  });

  afterAll(() => {
    console.info(['recording                   steps  state', ...rows].join('\n'));
  });
});
