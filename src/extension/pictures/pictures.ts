import * as vscode from 'vscode';
import type { ShownSession } from '../shown-session';
import { isPageState, pictureKinds, type PageState, type PictureKind } from './messages';
import { PicturePanel, pictureTitles, viewType } from './picture-panel';

const commandNames: Readonly<Record<PictureKind, string>> = {
  iova: 'vfioLab.showIovaMap',
  topology: 'vfioLab.showTopology',
  timeline: 'vfioLab.showTimeline',
};

/** The picture panels: at most one of each kind. */
export class Pictures implements vscode.Disposable {
  private readonly panels = new Map<PictureKind, PicturePanel>();
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly shown: ShownSession,
    private readonly extensionUri: vscode.Uri,
  ) {
    this.subscriptions = vscode.Disposable.from(
      ...pictureKinds.map((kind) => vscode.commands.registerCommand(commandNames[kind], () => this.show(kind))),
      ...pictureKinds.map((kind) =>
        vscode.window.registerWebviewPanelSerializer(viewType(kind), {
          deserializeWebviewPanel: (panel, state) => {
            this.adopt(panel, isPageState(state) && state.kind === kind ? state : { kind });
            return Promise.resolve();
          },
        }),
      ),
    );
  }

  /** Opens the picture beside the editor, or brings it to the front. */
  show(kind: PictureKind): void {
    const present = this.panels.get(kind);
    if (present !== undefined) {
      present.panel.reveal(undefined, true);
      return;
    }
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.adopt(vscode.window.createWebviewPanel(viewType(kind), pictureTitles[kind], column), { kind });
  }

  dispose(): void {
    this.subscriptions.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, state: PageState): void {
    const { kind } = state;
    const picture = new PicturePanel(panel, this.shown, this.extensionUri, state);
    this.panels.set(kind, picture);
    panel.onDidDispose(() => {
      if (this.panels.get(kind) === picture) this.panels.delete(kind);
      picture.dispose();
    });
  }
}
