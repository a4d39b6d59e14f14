import * as assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';

suite('the extension', () => {
  test('is there and becomes active', async () => {
    const extension = vscode.extensions.getExtension('vfio-lab.vfio-lab');
    assert.ok(extension, 'the extension is not installed');
    await extension.activate();
    assert.ok(extension.isActive);
  });

  test('knows .vfio files', async () => {
    const [file] = await vscode.workspace.findFiles('vf-token.vfio');
    assert.ok(file, 'no example in the workspace');
    const document = await vscode.workspace.openTextDocument(file);
    assert.equal(document.languageId, 'vfio');
  });
});
