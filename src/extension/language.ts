import * as vscode from 'vscode';
import { languageId } from './launch';

/**
 * Starts the language client when the first scenario is open, after activation has ended: neither its code nor its
 * process costs anything before.
 */
export class Language implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private started: Promise<vscode.Disposable> | undefined;

  constructor(private readonly extension: vscode.Uri) {
    const startFor = (document: vscode.TextDocument): void => {
      if (document.languageId === languageId) this.start();
    };
    this.subscriptions.push(vscode.workspace.onDidOpenTextDocument(startFor));
    setTimeout(() => vscode.workspace.textDocuments.forEach(startFor));
  }

  /** Resolves when the language server answers; rejects when it could not be started. For tests. */
  get ready(): Promise<unknown> {
    return this.started ?? Promise.reject(new Error('no scenario is open'));
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    void this.started?.then((client) => {
      client.dispose();
    });
  }

  private start(): void {
    if (this.started !== undefined) return;
    this.started = import('./language-client').then(async ({ startLanguageClient }) => {
      const client = await startLanguageClient(this.extension, languageId);
      return new vscode.Disposable(() => {
        void client.stop();
      });
    });
    this.started.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showWarningMessage(`VFIO Lab's language server did not start: ${reason}`);
    });
  }
}
