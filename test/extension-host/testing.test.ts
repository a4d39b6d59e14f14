import * as assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { runTests } from '../../src/extension/testing/test-process';
import type { TestOutcome } from '../../src/extension/testing/test-output';
import { openScenario, vfioLab } from './scenarios';

suite('test explorer', () => {
  test('lists the tests of an open scenario, and follows its text', async () => {
    const { tests } = await vfioLab();
    const document = await openScenario('listed.vfio', 'test "one" {\n}\ntest "two" {\n}\n');
    await new Promise((resolve) => setImmediate(resolve));
    const file = tests.items.get(document.uri.toString());
    assert.deepEqual(
      [...(file?.children ?? [])].map(([id]) => id),
      ['one', 'two'],
    );
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 6, 0, 9), 'first');
    await vscode.workspace.applyEdit(edit);
    assert.deepEqual(
      [...(file?.children ?? [])].map(([id]) => id),
      ['first', 'two'],
    );
    await document.save();
  });

  test('runs tests in the command line and tells what was expected', async () => {
    const document = await openScenario(
      'ran.vfio',
      'test "good" {\n  expect 1 == 1\n}\ntest "bad" {\n  expect 1 == 2\n}\n',
    );
    const extension = vscode.extensions.getExtension('vfio-lab.vfio-lab');
    assert.ok(extension);
    const seen: TestOutcome[] = [];
    const { token } = new vscode.CancellationTokenSource();
    const complaints = await runTests(extension.extensionUri, document.uri, undefined, token, (outcome) =>
      seen.push(outcome),
    );
    assert.equal(complaints, '');
    assert.deepEqual(
      seen.map(({ test: name, passed }) => [name, passed]),
      [
        ['good', true],
        ['bad', false],
      ],
    );
    assert.equal(seen[1]?.failures[0]?.line, 5);
  });
});
