import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { topicOfMessage, topics } from '../../../src/debugger';

const kernel = join(import.meta.dirname, '../../../src/kernel');

/** Every place of the simulated kernel that refuses, by the text of its sources: limits of the log have such names, too. */
function sitesOfKernel(): string[] {
  const sites = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: kernel })) {
    const text = readFileSync(join(kernel, file), 'utf8');
    for (const [, site] of text.matchAll(/'([a-z_0-9]+\/\d+)'/g)) if (!isLogLimit(text, site!)) sites.add(site!);
  }
  return [...sites].sort();
}

function isLogLimit(text: string, site: string): boolean {
  return new RegExp(`(limited|infoLimited|permits|notice)\\(\\s*'${site}'`).test(text);
}

describe('topics', () => {
  it('know every errno site of the kernel', () => {
    const known = new Set(topics.flatMap(({ sites }) => sites ?? []));
    expect(sitesOfKernel().filter((site) => !known.has(site))).toEqual([]);
  });

  it('have their own id, a cause and a remedy', () => {
    expect(new Set(topics.map(({ id }) => id)).size).toBe(topics.length);
    for (const { cause, remedy, title } of topics) {
      expect(cause).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
      expect(title).not.toMatch(/\.$/);
    }
  });

  it('are found by what programs print', () => {
    expect(topicOfMessage('qemu: vfio 0000:01:00.0: group 1 is not viable')?.id).toBe('not-viable');
    expect(topicOfMessage('Hello')).toBeUndefined();
  });
});
