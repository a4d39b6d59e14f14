import * as vscode from 'vscode';

/** Starts the debug adapter in a process of its own, on the Node that VS Code itself brings. */
export class AdapterProcess implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly extension: vscode.Uri) {}

  createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
    const program = vscode.Uri.joinPath(this.extension, 'dist', 'adapter.js').fsPath;
    // Electron becomes a plain Node by this variable; a plain Node (remote windows) does not mind it.
    return new vscode.DebugAdapterExecutable(process.execPath, [program], { env: { ELECTRON_RUN_AS_NODE: '1' } });
  }
}
