import * as vscode from 'vscode';
import { AdapterProcess } from './adapter-process';
import { RunCodeLenses } from './code-lenses';
import { openExample } from './examples';
import { InThePast } from './in-the-past';
import { Language } from './language';
import { activeScenario, languageId, launch, LaunchConfigurations } from './launch';
import { importMachine } from './import-machine';
import { Pictures } from './pictures/pictures';
import { debugType, setContext, ShownSession } from './shown-session';
import { TestExplorer } from './testing/test-explorer';
import { registerWhoSetThis } from './who-set-this';
import { createSidebar, type Sidebar } from './trees/sidebar';

/** What tests of the extension look at. Not for other extensions: it changes without notice. */
export interface VfioLabApi {
  readonly shown: ShownSession;
  readonly sidebar: Sidebar;
  readonly inThePast: InThePast;
  readonly language: Language;
  readonly tests: TestExplorer;
}

/** Called by VS Code for the first scenario, view, command or debug session. Everything heavy waits until it is used. */
export function activate(context: vscode.ExtensionContext): VfioLabApi {
  const { subscriptions, extensionUri } = context;
  const shown = new ShownSession();
  const inThePast = new InThePast(shown);
  const language = new Language(extensionUri);
  const tests = new TestExplorer(extensionUri);
  const configurations = new LaunchConfigurations();
  subscriptions.push(
    shown,
    inThePast,
    language,
    tests,
    new Pictures(shown, extensionUri),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, new AdapterProcess(extensionUri)),
    vscode.debug.registerDebugConfigurationProvider(debugType, configurations),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      configurations,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.languages.registerCodeLensProvider({ language: languageId }, new RunCodeLenses()),
    vscode.window.onDidChangeActiveTextEditor(noteOpenScenario),
    registerWhoSetThis(),
    ...commands(context),
  );
  noteOpenScenario();
  return { shown, inThePast, language, tests, sidebar: createSidebar(shown, subscriptions) };
}

function commands(context: vscode.ExtensionContext): vscode.Disposable[] {
  const starter = (noDebug: boolean) => (uri?: vscode.Uri, test?: unknown) =>
    // From a menu the second argument is something else of VS Code's.
    launch({ noDebug }, uri, typeof test === 'string' ? test : undefined);
  return [
    vscode.commands.registerCommand('vfioLab.runScenario', starter(true)),
    vscode.commands.registerCommand('vfioLab.debugScenario', starter(false)),
    vscode.commands.registerCommand('vfioLab.openExample', (name?: unknown) =>
      openExample(context, typeof name === 'string' ? name : undefined),
    ),
    vscode.commands.registerCommand('vfioLab.importMachine', () => importMachine(context.extensionUri)),
    vscode.commands.registerCommand('vfioLab.openWalkthrough', () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#firstSteps`, false),
    ),
  ];
}

function noteOpenScenario(): void {
  setContext('vfioLab.scenarioOpen', activeScenario() !== undefined);
}
