import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { OutcomeReader, type TestOutcome } from './test-output';

/**
 * Runs tests of one scenario in a process of their own, the command line's.
 * @param tests names of `test` blocks; undefined: all of the file
 * @returns what the process had to say besides outcomes: empty when all went well
 */
export function runTests(
  extension: vscode.Uri,
  scenario: vscode.Uri,
  tests: readonly string[] | undefined,
  token: vscode.CancellationToken,
  take: (outcome: TestOutcome) => void,
): Promise<string> {
  const program = vscode.Uri.joinPath(extension, 'dist', 'cli.js').fsPath;
  const names = (tests ?? []).flatMap((name) => ['--test', name]);
  const child = spawn(process.execPath, [program, 'test', '--json', ...names, '--', scenario.fsPath], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  const cancelled = token.onCancellationRequested(() => child.kill());
  const reader = new OutcomeReader(take);
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    reader.read(piece);
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    complaints += piece;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      cancelled.dispose();
      resolve(error.message);
    });
    child.on('close', () => {
      cancelled.dispose();
      resolve(complaints.trim());
    });
  });
}
