import * as assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { next } from './events';

/** The next time that a thread is stopped and VS Code has chosen a frame of it. */
async function nextStop(): Promise<vscode.DebugStackFrame> {
  const item = await next(
    vscode.debug.onDidChangeActiveStackItem,
    (chosen) => chosen instanceof vscode.DebugStackFrame,
    'stop',
  );
  assert.ok(item instanceof vscode.DebugStackFrame);
  return item;
}

async function lineOf({ session, threadId }: vscode.DebugStackFrame): Promise<number> {
  const body = (await session.customRequest('stackTrace', { threadId })) as DebugProtocol.StackTraceResponse['body'];
  const [frame] = body.stackFrames;
  assert.ok(frame, 'a stopped thread has frames');
  return frame.line;
}

suite('debugging the first example', () => {
  let example: vscode.TextDocument;
  /** Counted from 1, the first line that asks for a device. */
  let line: number;

  suiteSetup(async () => {
    const [file] = await vscode.workspace.findFiles('vf-token.vfio');
    assert.ok(file, 'no example in the workspace');
    example = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(example);
    const lines = example.getText().split('\n');
    line = 1 + lines.findIndex((text) => /^[^/]*\bVFIO_GROUP_GET_DEVICE_FD\b/.test(text));
  });

  teardown(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
  });

  test('stops at a breakpoint, steps back, and runs to the end', async () => {
    const place = new vscode.Location(example.uri, new vscode.Position(line - 1, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(place)]);
    let stop = nextStop();
    assert.ok(await vscode.commands.executeCommand('vfioLab.debugScenario', example.uri));
    assert.equal(await lineOf(await stop), line);

    stop = nextStop();
    await vscode.commands.executeCommand('workbench.action.debug.stepBack');
    assert.notEqual(await lineOf(await stop), line);

    stop = nextStop();
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    assert.equal(await lineOf(await stop), line);

    const end = next(vscode.debug.onDidTerminateDebugSession, ({ type }) => type === 'vfio', 'end of the session');
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    await end;
  });
});
