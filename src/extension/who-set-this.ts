import * as vscode from 'vscode';
import type { LastWriteAnswer, LastWriteArguments } from '../adapter';
import { debugType } from './shown-session';
import type { TreeNode } from './trees/node';

/** What VS Code hands to a command in the menu of a variable. */
interface VariableMenu {
  readonly sessionId?: string;
  readonly container?: { readonly variablesReference?: number };
  readonly variable?: { readonly name?: string };
}

/** The command Who Set This, in the menus of variables and of the views: tells, and goes there when asked. */
export function registerWhoSetThis(): vscode.Disposable {
  return vscode.commands.registerCommand('vfioLab.whoSetThis', async (subject: TreeNode | VariableMenu | undefined) => {
    const session = vscode.debug.activeDebugSession;
    const asked = argumentsOf(subject);
    if (session?.type !== debugType || asked === undefined) return;
    try {
      await tell(session, (await session.customRequest('vfioLab/lastWrite', asked)) as LastWriteAnswer);
    } catch (error) {
      void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
    }
  });
}

function argumentsOf(subject: TreeNode | VariableMenu | undefined): LastWriteArguments | undefined {
  if (subject === undefined) return undefined;
  if ('id' in subject) return subject.writer;
  const { container, variable } = subject;
  const reference = container?.variablesReference;
  return reference === undefined || variable?.name === undefined
    ? undefined
    : { variablesReference: reference, name: variable.name };
}

const goThere = 'Go to That Moment';
const showLine = 'Show the Line';

async function tell(session: vscode.DebugSession, { text, step, source }: LastWriteAnswer): Promise<void> {
  const actions = [...(step === undefined ? [] : [goThere]), ...(source === undefined ? [] : [showLine])];
  const chosen = await vscode.window.showInformationMessage(text, ...actions);
  if (chosen === goThere) await session.customRequest('vfioLab/goto', { step });
  if (chosen !== showLine || source === undefined) return;
  const position = new vscode.Position(source.line, source.column ?? 0);
  await vscode.window.showTextDocument(uriOf(source.uri), { selection: new vscode.Range(position, position) });
}

/** The adapter names files by paths, or by URIs where there are no paths. */
function uriOf(path: string): vscode.Uri {
  return /^[a-z][a-z0-9+.-]+:/i.test(path) ? vscode.Uri.parse(path) : vscode.Uri.file(path);
}
