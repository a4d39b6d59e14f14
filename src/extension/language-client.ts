import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

/**
 * Starts the language server in a process of its own. Resolves when it answers.
 *
 * This file is a bundle of its own (`scripts/build.mjs`), loaded when the first scenario is open.
 */
export async function startLanguageClient(extension: vscode.Uri, languageId: string): Promise<LanguageClient> {
  const module = vscode.Uri.joinPath(extension, 'dist', 'language-server.js').fsPath;
  const server = { module, transport: TransportKind.ipc };
  const client = new LanguageClient(
    'vfioLab',
    'VFIO Lab',
    { run: server, debug: server },
    {
      documentSelector: [{ language: languageId }],
    },
  );
  await client.start();
  return client;
}
