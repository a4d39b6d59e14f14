import * as assert from 'node:assert/strict';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { VfioLabApi } from '../../src/extension/main';
import { next } from './events';
import { breakAt, endDebugging, momentAfter, openScenario, vfioLab } from './scenarios';

const scenario = `machine q35-intel
test "first" {
  let a = 1
  print a
}
test "second" {
  let b = 2
  print b
}
`;

suite('launching', () => {
  let api: VfioLabApi;

  suiteSetup(async () => {
    api = await vfioLab();
  });
  teardown(() => endDebugging(api));

  test('F5 debugs the open scenario without a launch.json', async () => {
    const document = await openScenario('f5.vfio', scenario);
    breakAt(document, 'print a');
    await momentAfter(api, () => vscode.commands.executeCommand('workbench.action.debug.start'));
    assert.equal(vscode.debug.activeDebugSession?.configuration.program, document.uri.fsPath);
  });

  test('saves the scenario first', async () => {
    const document = await openScenario('dirty.vfio', scenario);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(3, 0), '  let fresh = 3\n');
    await vscode.workspace.applyEdit(edit);
    assert.ok(document.isDirty);
    breakAt(document, 'print a');
    await momentAfter(api, () => vscode.commands.executeCommand('vfioLab.debugScenario', document.uri));
    assert.ok(!document.isDirty);
  });

  test('runs one test', async () => {
    const document = await openScenario('one-test.vfio', scenario);
    breakAt(document, 'print a');
    breakAt(document, 'print b');
    await momentAfter(api, () => vscode.commands.executeCommand('vfioLab.debugScenario', document.uri, 'second'));
    const item =
      vscode.debug.activeStackItem ?? (await next(vscode.debug.onDidChangeActiveStackItem, Boolean, 'frame'));
    assert.ok(item);
    const { stackFrames } = (await item.session.customRequest('stackTrace', { threadId: item.threadId })) as {
      stackFrames: { line: number }[];
    };
    assert.equal(stackFrames[0]?.line, 8);
  });

  test('refuses what is no scenario, and what is not there', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const text = vscode.Uri.joinPath(folder.uri, 'notes.txt');
    await vscode.workspace.fs.writeFile(text, new TextEncoder().encode('no scenario'));
    for (const program of [text.fsPath, `${folder.uri.fsPath}/missing.vfio`, folder.uri.fsPath]) {
      const started = await vscode.debug.startDebugging(folder, {
        type: 'vfio',
        request: 'launch',
        name: 'x',
        program,
      });
      assert.equal(started, false, program);
    }
    assert.equal(vscode.debug.activeDebugSession, undefined);
  });

  test('offers Run and Debug over the scenario and its tests', async () => {
    const document = await openScenario('lenses.vfio', scenario);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(
      lenses.map(({ command, range }) => `${range.start.line} ${command?.title}`),
      [0, 1, 5].flatMap((line) => [`${line} Run`, `${line} Debug`]),
    );
  });
});
