// VS Code's window in Chromium, and what a person does in it. The selectors hold for 1.100 to 1.139.

/** One window. Every action waits for what it has caused, never for a time. */
export class Workbench {
  /**
   * @param {import('playwright-core').Browser} browser
   * @param {string} address as a server gives it
   */
  static async open(browser, address) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(30_000);
    await page.goto(address);
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    return new Workbench(page);
  }

  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    this.debugView = page.locator('div[id="workbench.view.debug"]');
    /** Present while a session is stopped somewhere. */
    this.stoppedLine = page.locator('.editor-instance .debug-top-stack-frame-line').first();
    /** The text lines of the editor that are on the screen. */
    this.lines = page.locator('.editor-instance .view-line');
  }

  /** Waits until the file that the address names is shown in its language. */
  async editorShows(file, language) {
    await this.page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
    await this.lines.first().waitFor();
    const mode = this.page.locator('.statusbar-item[id="status.editor.mode"]');
    await mode.filter({ hasText: language }).waitFor();
  }

  /**
   * Sets a breakpoint with the keyboard: under a mouse the lines still move when the code lenses come.
   * The key does nothing until the editor has learnt that the language takes breakpoints, so it is pressed again.
   */
  async setBreakpoint(line) {
    const glyph = this.page.locator('.editor-instance .codicon-debug-breakpoint').first();
    for (let attempt = 1; ; attempt++) {
      await this.goToLine(line);
      await this.page.keyboard.press('F9');
      try {
        return await glyph.waitFor({ timeout: 3000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** Moves the cursor, and the view with it, to a line. */
  async goToLine(line) {
    await this.page.keyboard.press('Control+G');
    const input = this.quickInput();
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
    const position = this.page.locator('.statusbar-item[id="status.editor.selection"]');
    await position.filter({ hasText: `Ln ${line},` }).waitFor();
  }

  quickInput() {
    return this.page.locator('.quick-input-widget:not([style*="display: none"]) .quick-input-box input');
  }

  /** Runs a command by its title in the command palette. */
  async command(title) {
    await this.page.keyboard.press('F1');
    const input = this.quickInput();
    await input.waitFor();
    await input.fill(`>${title}`);
    const row = this.page.locator('.quick-input-list .monaco-list-row.focused');
    await row.filter({ hasText: title }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** A button of the debug toolbar, which floats or sits in the title of the debug view. */
  debugButton(name) {
    return this.page.locator(`:is(.debug-toolbar, .sidebar .title-actions) .codicon-debug-${name}`);
  }

  /** Waits until the selected thread is stopped at a line. */
  async stoppedAt(line) {
    await this.debugView
      .locator('.debug-call-stack .stack-frame .line-number', { hasText: `${line}:` })
      .first()
      .waitFor();
    await this.stoppedLine.waitFor();
  }

  /** The line of the innermost frame of the first stopped thread; 0 while nothing is stopped. */
  async topLine() {
    const numbers = this.debugView.locator('.debug-call-stack .stack-frame .line-number');
    const [text] = await numbers.allInnerTexts();
    return Number(text?.split(':')[0] ?? 0);
  }

  /** Opens a container of the activity bar and waits for it. */
  async openContainer(title) {
    const link = this.page.locator(`a[aria-label^="${title}"]`);
    const item = this.page.locator('.activitybar .action-item').filter({ has: link });
    await item.waitFor();
    const open = item.and(this.page.locator('.checked'));
    // A click on the container that is open would close it.
    if ((await open.count()) === 0) await item.click();
    await open.waitFor();
  }

  /** The rows of one tree view of the open container. */
  rows(view) {
    return this.page
      .locator('.sidebar .pane')
      .filter({ has: this.page.locator(`.pane-header[aria-label^="${view}"]`) })
      .locator('.monaco-list-row');
  }

  /** Keeps a picture; the mouse goes away first, for it leaves tooltips. */
  async picture(file) {
    await this.page.mouse.move(700, 899);
    await this.page.screenshot({ path: file });
  }
}
