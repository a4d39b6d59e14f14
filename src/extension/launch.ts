import * as vscode from 'vscode';
import type { LaunchArguments } from '../adapter';
import { debugType } from './shown-session';
import { findTestBlocks } from './test-blocks';

/** Language id of scenarios. */
export const languageId = 'vfio';

const fileEnding = '.vfio';

/** What is still open in a launch configuration while VS Code resolves it. */
type UnresolvedLaunch = vscode.DebugConfiguration & Partial<LaunchArguments>;

/**
 * Makes F5 work without a launch.json, and looks after the scenario before an adapter is started: it is saved, it is
 * there and it is a scenario, or one message says what is wrong.
 */
export class LaunchConfigurations implements vscode.DebugConfigurationProvider {
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    const document = activeScenario();
    if (document === undefined || document.isUntitled) return [];
    return [
      launchOf(document.uri),
      ...findTestBlocks(document.getText()).map(({ name }) => launchOf(document.uri, name)),
    ];
  }

  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    given: UnresolvedLaunch,
  ): Promise<vscode.DebugConfiguration | undefined> {
    // F5 without launch.json comes with an empty configuration.
    const wanted = { ...given, type: debugType, request: 'launch', name: given.name || 'Debug the open scenario' };
    const needsOpenFile = given.program === undefined || given.program === '${file}';
    if (!needsOpenFile) return wanted;
    const document = activeScenario();
    if (document === undefined) return refuse(noScenarioOpen());
    const uri = await saved(document);
    return uri === undefined ? undefined : { ...wanted, program: programOf(uri) };
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    wanted: UnresolvedLaunch,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const program: unknown = wanted.program;
    if (typeof program !== 'string' || program === '') return refuse('"program" must be the path of a scenario.');
    const uri = program.includes('://') ? vscode.Uri.parse(program) : vscode.Uri.file(program);
    const wrong = await whyNoScenario(uri);
    if (wrong !== undefined) return refuse(wrong);
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
    if (document?.isDirty === true && !(await document.save())) {
      return refuse(`${nameOf(uri)} could not be saved, so it was not started. Your changes are still in the editor.`);
    }
    return wanted;
  }
}

/**
 * Runs or debugs a scenario.
 * @param uri default: the scenario in the active editor
 * @param test run only the test of this name
 */
export async function launch(
  how: { readonly noDebug: boolean },
  uri: vscode.Uri | undefined,
  test: string | undefined,
): Promise<boolean> {
  const open =
    uri === undefined
      ? activeScenario()
      : vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (uri === undefined && open === undefined) {
    refuse(noScenarioOpen());
    return false;
  }
  const target = open === undefined ? uri : await saved(open);
  if (target === undefined) return false;
  return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(target), launchOf(target, test), {
    noDebug: how.noDebug,
    // A run shows its output and leaves the sidebar alone.
    suppressDebugView: how.noDebug,
    suppressDebugStatusbar: how.noDebug,
  });
}

export function launchOf(uri: vscode.Uri, test?: string): vscode.DebugConfiguration & LaunchArguments {
  return {
    type: debugType,
    request: 'launch',
    name: test ?? nameOf(uri),
    program: programOf(uri),
    ...(test === undefined ? {} : { test }),
    internalConsoleOptions: 'openOnSessionStart',
  };
}

/** The scenario in the active editor. */
export function activeScenario(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === languageId ? document : undefined;
}

/** Where the document lies after it has been saved; undefined, with a message, when it lies nowhere. */
async function saved(document: vscode.TextDocument): Promise<vscode.Uri | undefined> {
  if (!document.isUntitled) return document.uri;
  const uri = await vscode.workspace.save(document.uri);
  return uri ?? refuse(`Save the scenario as a ${fileEnding} file first: it has no place on the disk yet.`);
}

/** Why the adapter cannot run what lies there, as a sentence; undefined when it can. */
async function whyNoScenario(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.Directory) !== 0) return `${nameOf(uri)} is a folder. Choose a ${fileEnding} file.`;
  } catch {
    return `There is no file ${uri.scheme === 'file' ? uri.fsPath : uri.toString()}.`;
  }
  return uri.path.toLowerCase().endsWith(fileEnding)
    ? undefined
    : `${nameOf(uri)} is not a scenario. VFIO Lab runs ${fileEnding} files.`;
}

function noScenarioOpen(): string {
  const open = vscode.window.activeTextEditor?.document.uri;
  const hint = `Open a ${fileEnding} file, then start it.`;
  return open === undefined ? hint : `${nameOf(open)} is not a scenario. ${hint}`;
}

/** Shows the one message about a launch that does not take place. */
function refuse(message: string): undefined {
  void vscode.window.showErrorMessage(message, 'Open Example…').then(async (choice) => {
    if (choice !== undefined) await vscode.commands.executeCommand('vfioLab.openExample');
  });
  return undefined;
}

function programOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString();
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}
