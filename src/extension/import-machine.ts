import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { languageId } from './launch';

const run = promisify(execFile);
/** A thousand devices make some hundred KiB. */
const largestOutput = 16 << 20;

/** "Import Machine…": asks for dumps of one machine and opens what the command line makes of them. */
export async function importMachine(extensionUri: vscode.Uri): Promise<void> {
  const files = await vscode.window.showOpenDialog({
    title: 'Import Machine: lspci -vvv, lspci -xxxx, a copy of sysfs, IOMMU groups',
    openLabel: 'Import',
    canSelectMany: true,
  });
  if (files === undefined || files.length === 0) return;
  const cli = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
  const paths = files.map(({ fsPath }) => fsPath);
  try {
    // Electron becomes a plain Node by this variable; a plain Node (remote windows) does not mind it.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const { stdout, stderr } = await run(process.execPath, [cli, 'import', ...paths], {
      env,
      maxBuffer: largestOutput,
    });
    const document = await vscode.workspace.openTextDocument({ language: languageId, content: stdout });
    await vscode.window.showTextDocument(document);
    if (stderr.trim() !== '') void vscode.window.showInformationMessage(summary(stderr));
  } catch (error) {
    const told = (error as { stderr?: string }).stderr?.trim();
    void vscode.window.showErrorMessage(told === undefined || told === '' ? String(error) : summary(told));
  }
}

/** The first messages, as many as a notification holds. */
function summary(text: string): string {
  const lines = text.trim().split('\n');
  const first = lines.slice(0, 3).join('; ');
  return lines.length > 3 ? `${first}; and ${lines.length - 3} more lines` : first;
}
