import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../../scripts/vscode/chromium.mjs';
import { pageHtml } from '../../src/extension/pictures/page';
import { iovaMap, topology } from '../../src/pictures';
import { guest, machine } from '../pictures/samples';

const root = join(import.meta.dirname, '../..');
const origin = 'https://page.test';
const script = readFileSync(join(root, 'media/picture-page.js'), 'utf8');
const shots = join(root, 'test/artifacts/pictures');

describe('a picture page', () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    // VS Code's own part of a webview, which is not bound by the page's policy.
    await page.addInitScript(() => {
      const messages: unknown[] = [];
      let state: unknown;
      Object.assign(globalThis, {
        messages,
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => messages.push(message),
          getState: () => state,
          setState: (next: unknown) => (state = next),
        }),
      });
    });
    const html = pageHtml({ source: origin, script: `${origin}/page.js`, nonce: 'n0nce', title: 'IOVA Map' });
    await page.route(`${origin}/**`, (route) =>
      route.fulfill(
        route.request().url().endsWith('.js')
          ? { contentType: 'text/javascript', body: script }
          : { contentType: 'text/html', body: html },
      ),
    );
    await page.goto(origin);
    mkdirSync(shots, { recursive: true });
    // The browser may have to be installed first.
  }, 180_000);

  afterAll(() => browser?.close());

  /** As the extension would. */
  const send = (message: object): Promise<void> => page.evaluate(`postMessage(${JSON.stringify(message)}, '*')`);
  const said = (): Promise<Record<string, unknown>[]> => page.evaluate('messages.splice(0)');
  const show = async (svg: string, kind: string): Promise<void> => {
    await send({
      type: 'picture',
      svg,
      state: { kind },
      containers: [],
    });
    await page.waitForSelector('main svg');
  };
  /**
   * The next message of that type that is `wanted`; others may still be on their way from what was done before.
   * The page's policy forbids Playwright's own way of waiting, which evaluates.
   */
  const next = async (
    type: string,
    wanted: (message: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> => {
    let found: Record<string, unknown> | undefined;
    await expect
      .poll(async () => (found = (await said()).findLast((message) => message.type === type && wanted(message))), {
        timeout: 5000,
      })
      .toBeDefined();
    return found!;
  };
  const windowOf = ({ state }: Record<string, unknown>) => (state as { window?: { count?: number } }).window;

  it('says that it listens, and shows what it is sent without breaking its own policy', async () => {
    expect(await next('ready')).toEqual({ type: 'ready', width: 1000 });
    await show(iovaMap(guest, { width: 1000 }), 'iova');
    expect(await page.locator('main .mapping').count()).toBeGreaterThan(2);
    expect(errors).toEqual([]);
  });

  it.each(['vscode-light', 'vscode-dark', 'vscode-high-contrast'])('can be read in %s', async (theme) => {
    await page.evaluate(`document.body.className = '${theme}'`);
    await page.screenshot({ path: join(shots, `page-${theme}.png`) });
    const ground: unknown = await page.evaluate("getComputedStyle(document.querySelector('main .ground')).fill");
    expect(ground).toBe(
      { 'vscode-light': 'rgb(255, 255, 255)', 'vscode-dark': 'rgb(31, 31, 31)' }[theme] ?? 'rgb(0, 0, 0)',
    );
  });

  it('leads to the line of what is clicked', async () => {
    await page.locator('main .mapping[data-line="32"]').click();
    expect(await next('reveal')).toEqual({ type: 'reveal', uri: 'file:///vm.vfio', line: 32, column: 0 });
  });

  it('is used with the keyboard alone', async () => {
    await said();
    await page.locator('main').focus();
    await page.keyboard.press('+');
    const zoomed = await next('state', (message) => windowOf(message) !== undefined);
    expect(windowOf(zoomed)!.count).toBeLessThan(0x180000);
    await page.keyboard.press('0');
    await next('state', (message) => windowOf(message)?.count === undefined);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toMatch(
      /^(Reserved|Mapping|\d+ mappings)/,
    );
  });

  it('keeps the focus when the picture is drawn anew', async () => {
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.getAttribute("aria-label")');
    const before = await focused();
    await show(iovaMap(guest, { width: 1000 }), 'iova');
    expect(await focused()).toBe(before);
  });

  it('makes a PNG of a picture', async () => {
    await send({
      type: 'rasterize',
      svg: topology(machine, { theme: 'light' }),
    });
    const { base64 } = (await next('png')) as { base64: string };
    expect(Buffer.from(base64, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(errors).toEqual([]);
  });
});
