import * as vscode from 'vscode';
import { findTestBlocks, firstCodeLine } from './test-blocks';

/** `Run | Debug` over a scenario and over each of its tests. */
export class RunCodeLenses implements vscode.CodeLensProvider {
  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const text = document.getText();
    const tests = findTestBlocks(text);
    const first = firstCodeLine(text);
    // A file that begins with its only test needs no second pair over the same line.
    const whole = tests.length === 1 && tests[0]?.line === first ? [] : lenses(document.uri, first, undefined);
    return [...whole, ...tests.flatMap(({ name, line }) => lenses(document.uri, line, name))];
  }
}

function lenses(uri: vscode.Uri, line: number, test: string | undefined): vscode.CodeLens[] {
  const range = new vscode.Range(line, 0, line, 0);
  const what = test === undefined ? 'the scenario' : `the test "${test}"`;
  const lens = (title: string, command: string): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command, tooltip: `${title} ${what}`, arguments: [uri, test] });
  return [lens('Run', 'vfioLab.runScenario'), lens('Debug', 'vfioLab.debugScenario')];
}
