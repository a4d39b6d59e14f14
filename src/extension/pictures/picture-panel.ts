import * as vscode from 'vscode';
import type { PictureAnswer } from '../../adapter';
import type { Theme } from '../../pictures';
import type { ShownSession } from '../shown-session';
import { pageMessage, type HostMessage, type PageMessage, type PageState, type PictureKind } from './messages';
import { pageHtml } from './page';

export const pictureTitles: Readonly<Record<PictureKind, string>> = {
  iova: 'IOVA Map',
  topology: 'Topology',
  timeline: 'Timeline',
};

export const viewType = (kind: PictureKind): string => `vfioLab.picture.${kind}`;

const firstWidth = 1000;
const nothingShown = 'Debug a scenario, and stop somewhere: the picture shows that moment.';

/** A picture in an editor tab: it follows the shown session, and keeps what is selected and zoomed over stops. */
export class PicturePanel implements vscode.Disposable {
  private state: PageState;
  private width = firstWidth;
  /** The page has told that it listens: messages before that would be lost. */
  private ready = false;
  private png: ((base64: string) => void) | null = null;
  private readonly subscriptions: vscode.Disposable;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly shown: ShownSession,
    extensionUri: vscode.Uri,
    state: PageState,
  ) {
    this.state = state;
    const { webview } = panel;
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    webview.options = { enableScripts: true, localResourceRoots: [media] };
    this.subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((data: unknown) => {
        const message = pageMessage(data);
        if (message !== undefined) void this.receive(message);
      }),
      shown.onDidChange(() => void this.refresh()),
      panel.onDidChangeViewState(() => {
        if (panel.visible && this.ready) void this.refresh();
      }),
    );
    webview.html = pageHtml({
      source: webview.cspSource,
      script: webview.asWebviewUri(vscode.Uri.joinPath(media, 'picture-page.js')).toString(),
      nonce: crypto.randomUUID().replaceAll('-', ''),
      title: pictureTitles[state.kind],
    });
  }

  dispose(): void {
    this.subscriptions.dispose();
    this.panel.dispose();
  }

  /** Lets the adapter draw the shown moment; hidden panels wait until they are seen. */
  private async refresh(): Promise<void> {
    if (!this.ready || !this.panel.visible) return;
    const asked = this.state;
    const answer = await this.ask();
    // Somebody zoomed on meanwhile: the answer to that follows.
    if (asked !== this.state) return;
    const empty = answer === undefined ? nothingShown : answer.empty;
    const container = answer?.container;
    this.post({
      type: 'picture',
      svg: answer?.svg ?? '',
      state: { ...this.state, ...(container === undefined ? {} : { container }) },
      containers: answer?.containers ?? [],
      ...(empty === undefined ? {} : { empty }),
    });
  }

  private async ask(theme?: Theme): Promise<PictureAnswer | undefined> {
    if (this.shown.moment === undefined) return undefined;
    const { width, state } = this;
    return this.shown.ask('vfioLab/picture', { ...state, width, ...(theme === undefined ? {} : { theme }) });
  }

  private async receive(message: PageMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.width = message.width;
        if (message.state?.kind === this.state.kind) this.state = message.state;
        return this.refresh();
      case 'state':
        this.width = message.width;
        this.state = { ...message.state, kind: this.state.kind };
        return this.refresh();
      case 'reveal':
        return revealLine(message);
      case 'goto':
        await this.shown.ask('vfioLab/goto', { step: message.step });
        return;
      case 'export':
        return this.export();
      case 'png':
        this.png?.(message.base64);
        this.png = null;
    }
  }

  private async export(): Promise<void> {
    const { kind } = this.state;
    // Asked first: what is saved is what was seen when the button was pressed.
    const svg = (await this.ask(themeNow()))?.svg ?? '';
    if (svg === '') return;
    const target = await vscode.window.showSaveDialog({
      title: `Save ${pictureTitles[kind]}`,
      filters: { 'SVG picture': ['svg'], 'PNG picture': ['png'] },
    });
    if (target === undefined) return;
    const bytes = target.path.endsWith('.png') ? await this.rasterize(svg) : new TextEncoder().encode(svg);
    await vscode.workspace.fs.writeFile(target, bytes);
  }

  private async rasterize(svg: string): Promise<Uint8Array> {
    const base64 = await new Promise<string>((resolve) => {
      this.png = resolve;
      this.post({ type: 'rasterize', svg });
    });
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  }

  private post(message: HostMessage): void {
    void this.panel.webview.postMessage(message);
  }
}

/** Files have no editor around them: they get the colours of the kind of theme that is on. */
function themeNow(): Theme {
  switch (vscode.window.activeColorTheme.kind) {
    case vscode.ColorThemeKind.Dark:
      return 'dark';
    case vscode.ColorThemeKind.HighContrast:
      return 'high-contrast';
    case vscode.ColorThemeKind.HighContrastLight:
      return 'high-contrast-light';
    case vscode.ColorThemeKind.Light:
      return 'light';
  }
}

async function revealLine({ uri, line, column }: { uri: string; line: number; column: number }): Promise<void> {
  const position = new vscode.Position(line, column);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(position, position),
  });
}
