import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { VfioLabApi } from '../../src/extension/main';
import { next } from './events';

/** What the extension shows to tests. */
export async function vfioLab(): Promise<VfioLabApi> {
  const extension = vscode.extensions.getExtension<VfioLabApi>('vfio-lab.vfio-lab');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

/** Writes a file into the workspace, which is a copy made for the tests, and opens it. */
export async function openScenario(name: string, text: string): Promise<vscode.TextDocument> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no folder is open');
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

/** Puts a breakpoint on the first line that contains `text`; answers its number, counted from 0. */
export function breakAt(document: vscode.TextDocument, text: string): number {
  const line = document.positionAt(document.getText().indexOf(text)).line;
  const place = new vscode.Location(document.uri, new vscode.Position(line, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(place)]);
  return line;
}

/** The next moment that the extension shows, after `act` has caused it. */
export async function momentAfter({ shown }: VfioLabApi, act: () => Thenable<unknown>): Promise<void> {
  const changed = next(shown.onDidChange, () => shown.moment !== undefined, 'moment');
  await act();
  await changed;
}

/** Ends all sessions and forgets all breakpoints. */
export async function endDebugging({ shown }: VfioLabApi): Promise<void> {
  vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  const ended = shown.moment && next(shown.onDidChange, () => shown.moment === undefined, 'end of the session');
  await vscode.debug.stopDebugging();
  await ended;
}
