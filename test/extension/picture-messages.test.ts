import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPageState, pageMessage } from '../../src/extension/pictures/messages';
import { pageHtml } from '../../src/extension/pictures/page';

describe('messages of a picture page', () => {
  it('are taken when they are what they should be', () => {
    const state = { kind: 'iova', container: 2, window: { from: 0, count: 16 }, selected: '256' };
    for (const message of [
      { type: 'ready', width: 800 },
      { type: 'ready', width: 800, state },
      { type: 'state', width: 800, state },
      { type: 'reveal', uri: 'file:///a.vfio', line: 3, column: 0 },
      { type: 'goto', step: 12 },
      { type: 'export' },
      { type: 'png', base64: 'iVBORw0KGgo=' },
    ]) {
      expect(pageMessage(message)).toBe(message);
    }
  });

  it('are refused for anything else', () => {
    for (const message of [
      { type: 'state', width: 800, state: { kind: 'other' } },
      { type: 'state', width: 800, state: { kind: 'iova', window: { from: -1, count: 5 } } },
      { type: 'state', width: 800, state: { kind: 'iova', window: { from: 0, count: 0 } } },
      { type: 'reveal', uri: 3, line: 1, column: 1 },
      { type: 'reveal', uri: 'file:///a', line: 1.5, column: 1 },
      { type: 'png', base64: '<script>' },
    ]) {
      expect(pageMessage(message)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.anything(), (value) => {
        pageMessage(value);
        isPageState(value);
      }),
    );
  });
});

describe('the page of a picture', () => {
  const html = pageHtml({
    source: 'https://x.test',
    script: 'https://x.test/picture-page.js',
    nonce: 'n0nce',
    title: 'IOVA Map',
  });

  it('runs and styles nothing but what carries the nonce', () => {
    expect(html).toContain("default-src 'none'");
    expect(html).toContain("script-src 'nonce-n0nce'");
    expect(html).toContain("style-src 'nonce-n0nce'");
    expect(html).not.toMatch(/unsafe|\son[a-z]+=|\sstyle=/);
    expect([...html.matchAll(/<(?:script|style)\b[^>]*>/g)].every(([tag]) => tag.includes('nonce="n0nce"'))).toBe(true);
  });
});
