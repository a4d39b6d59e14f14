import * as vscode from 'vscode';
import type { ShownSession } from './shown-session';

/** Says that the shown moment lies in the past: in the status bar and behind the stopped line. */
export class InThePast implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('vfioLab.inThePast', vscode.StatusBarAlignment.Left, 100);
  private readonly mark = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    after: { margin: '0 0 0 3ch', fontStyle: 'italic', color: new vscode.ThemeColor('editorCodeLens.foreground') },
  });
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly shown: ShownSession) {
    this.item.name = 'VFIO Lab: in the past';
    this.item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    this.subscriptions = vscode.Disposable.from(
      this.item,
      this.mark,
      shown.onDidChange(() => this.update()),
      vscode.debug.onDidChangeActiveStackItem((item) => void this.updateMark(item)),
    );
  }

  /** What the status bar says; undefined while it says nothing. For tests. */
  get text(): string | undefined {
    return this.shown.moment?.past === true ? this.item.text : undefined;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private update(): void {
    const moment = this.shown.moment;
    if (moment?.past !== true) {
      this.item.hide();
      this.unmark();
      return;
    }
    this.item.text = `$(history) In the past: ${moment.text}`;
    this.item.tooltip =
      'What you see has already gone on from here. Continue and the steps replay it; Step Back and Reverse lead further back.';
    this.item.accessibilityInformation = { label: `In the past: ${moment.text}` };
    this.item.show();
    void this.updateMark(vscode.debug.activeStackItem);
  }

  /** Marks the line of the frame that a person looks at, in every editor that shows it. */
  private async updateMark(item: vscode.DebugThread | vscode.DebugStackFrame | undefined): Promise<void> {
    if (this.shown.moment?.past !== true || !(item instanceof vscode.DebugStackFrame)) return;
    const place = await placeOf(item);
    // The moment may have passed while the adapter answered.
    const moment = this.shown.moment;
    this.unmark();
    if (place === undefined || moment?.past !== true) return;
    const contentText = `in the past: ${moment.text}`;
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (document.uri.path !== place.uri.path || place.line >= document.lineCount) continue;
      editor.setDecorations(this.mark, [
        { range: document.lineAt(place.line).range, renderOptions: { after: { contentText } } },
      ]);
    }
  }

  private unmark(): void {
    for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(this.mark, []);
  }
}

/** Source and line, counted from 0, where a frame stands; undefined when it stands in no file. */
async function placeOf({
  session,
  threadId,
  frameId,
}: vscode.DebugStackFrame): Promise<{ uri: vscode.Uri; line: number } | undefined> {
  try {
    const { stackFrames } = (await session.customRequest('stackTrace', { threadId })) as {
      stackFrames: readonly { id: number; line: number; source?: { path?: string } }[];
    };
    const frame = stackFrames.find(({ id }) => id === frameId);
    const path = frame?.source?.path;
    if (frame === undefined || path === undefined) return undefined;
    // In a remote window VS Code has made a URI of the path.
    return { uri: path.includes('://') ? vscode.Uri.parse(path) : vscode.Uri.file(path), line: frame.line - 1 };
  } catch {
    // The session has ended or gone on: then there is nothing to mark.
    return undefined;
  }
}
