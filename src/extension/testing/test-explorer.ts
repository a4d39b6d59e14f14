import * as vscode from 'vscode';
import { languageId, launchOf } from '../launch';
import { findTestBlocks } from '../test-blocks';
import { expectsSomething, type OutcomeFailure, type TestOutcome } from './test-output';
import { runTests } from './test-process';

const scenarios = '**/*.vfio';
const elsewhere = '**/node_modules/**';

/** What a run asks of one file: the whole of it, or some of its tests. */
interface Wanted {
  readonly file: vscode.TestItem;
  readonly tests: vscode.TestItem[] | undefined;
}

/** The tests of the workspace in VS Code's Test Explorer: `test` blocks, and files that expect something. */
export class TestExplorer implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('vfioLab.tests', 'VFIO Lab');
  private readonly subscriptions: vscode.Disposable[] = [this.controller];
  private watching = false;

  constructor(private readonly extension: vscode.Uri) {
    const { controller } = this;
    controller.resolveHandler = async (item) => {
      if (item === undefined) await this.discover();
      else if (item.uri !== undefined) await this.read(item.uri);
    };
    controller.refreshHandler = () => this.discover();
    controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, this.runAll, true, undefined, true);
    controller.createRunProfile('Debug', vscode.TestRunProfileKind.Debug, this.debugAll, true);
    const readOpen = (document: vscode.TextDocument): void => {
      if (document.languageId === languageId) this.update(document.uri, document.getText());
    };
    this.subscriptions.push(
      vscode.workspace.onDidOpenTextDocument(readOpen),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        readOpen(document);
      }),
    );
    setTimeout(() => vscode.workspace.textDocuments.forEach(readOpen));
  }

  /** What the view shows. For tests. */
  get items(): vscode.TestItemCollection {
    return this.controller.items;
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Finds the scenarios of the workspace, and learns of new ones from then on. */
  private async discover(): Promise<void> {
    if (!this.watching) {
      this.watching = true;
      const watcher = vscode.workspace.createFileSystemWatcher(scenarios);
      const read = (uri: vscode.Uri): void => void this.read(uri);
      this.subscriptions.push(
        watcher,
        watcher.onDidCreate(read),
        watcher.onDidChange(read),
        watcher.onDidDelete((uri) => {
          this.controller.items.delete(uri.toString());
        }),
      );
    }
    const found = await vscode.workspace.findFiles(scenarios, elsewhere);
    await Promise.all(found.map((uri) => this.read(uri)));
  }

  private async read(uri: vscode.Uri): Promise<void> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    try {
      const text = open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      this.update(uri, text);
    } catch {
      // Gone in the meantime.
      this.controller.items.delete(uri.toString());
    }
  }

  /** Makes the items of a file those of its text. */
  private update(uri: vscode.Uri, text: string): void {
    if (uri.scheme !== 'file') return;
    const { items } = this.controller;
    const id = uri.toString();
    const blocks = findTestBlocks(text);
    if (blocks.length === 0 && !expectsSomething(text)) {
      items.delete(id);
      return;
    }
    const file = items.get(id) ?? this.controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri);
    file.children.replace(
      blocks.map(({ name, line }) => {
        const item = file.children.get(name) ?? this.controller.createTestItem(name, name, uri);
        item.range = new vscode.Range(line, 0, line, 0);
        return item;
      }),
    );
    items.add(file);
  }

  private readonly runAll = async (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> => {
    if (request.continuous !== true) return this.runOnce(request, token);
    const saved = vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      const mine = this.wanted(request).filter(({ file }) => file.id === uri.toString());
      const include = mine.flatMap(({ file, tests }) => tests ?? [file]);
      if (include.length > 0)
        void this.runOnce(new vscode.TestRunRequest(include, request.exclude, request.profile, true), token);
    });
    token.onCancellationRequested(() => {
      saved.dispose();
    });
  };

  private async runOnce(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    await this.runIn(run, this.wanted(request), token);
    run.end();
  }

  private async runIn(run: vscode.TestRun, all: readonly Wanted[], token: vscode.CancellationToken): Promise<void> {
    for (const { file, tests } of all) for (const item of tests ?? [file, ...childrenOf(file)]) run.enqueued(item);
    for (const wanted of all) {
      if (token.isCancellationRequested) break;
      await this.runFile(run, wanted, token);
    }
  }

  private async runFile(run: vscode.TestRun, { file, tests }: Wanted, token: vscode.CancellationToken): Promise<void> {
    const { uri } = file;
    if (uri === undefined) return;
    await saveOpen(uri);
    const items = tests ?? (file.children.size === 0 ? [file] : childrenOf(file));
    const waiting = new Set(items);
    for (const item of items) run.started(item);
    const names = tests?.map(({ id }) => id);
    const complaints = await runTests(this.extension, uri, names, token, (outcome) => {
      const item = outcome.test === null ? file : file.children.get(outcome.test);
      if (item === undefined) return;
      waiting.delete(item);
      tell(run, item, outcome);
      // A file that cannot be read has no tests that could have gone wrong by themselves.
      if (item === file && !outcome.passed) waiting.clear();
    });
    for (const item of waiting) {
      if (token.isCancellationRequested) run.skipped(item);
      else run.errored(item, new vscode.TestMessage(complaints === '' ? 'The test did not run.' : complaints));
    }
  }

  /** A debug session for each test; how it goes is told by a run after it, because a debugger may change its course. */
  private readonly debugAll = async (
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
  ): Promise<void> => {
    const run = this.controller.createTestRun(request);
    const all = this.wanted(request);
    for (const { file, tests } of all) {
      const { uri } = file;
      if (uri === undefined || token.isCancellationRequested) continue;
      await saveOpen(uri);
      const names = tests?.map(({ id }) => id) ?? [undefined];
      for (const name of names) if (!token.isCancellationRequested) await debugged(launchOf(uri, name), run);
    }
    await this.runIn(run, all, token);
    run.end();
  };

  /** The request by files, without what it excludes. */
  private wanted({ include, exclude }: vscode.TestRunRequest): Wanted[] {
    const all: readonly vscode.TestItem[] = include ?? [...this.controller.items].map(([, item]) => item);
    const left = (item: vscode.TestItem): boolean => exclude?.includes(item) !== true;
    const byFile = new Map<vscode.TestItem, vscode.TestItem[] | undefined>();
    for (const item of all.filter(left)) {
      if (item.parent === undefined) {
        const children = childrenOf(item);
        byFile.set(item, children.every(left) ? undefined : children.filter(left));
      } else if (!byFile.has(item.parent)) byFile.set(item.parent, [item]);
      else byFile.get(item.parent)?.push(item);
    }
    return [...byFile].map(([file, tests]) => ({ file, tests }));
  }
}

const childrenOf = (item: vscode.TestItem): vscode.TestItem[] => [...item.children].map(([, child]) => child);

async function saveOpen(uri: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty === true) await open.save();
}

/** Resolves when the debug session has ended. */
async function debugged(configuration: vscode.DebugConfiguration, testRun: vscode.TestRun): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    const subscription = vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.configuration.name !== configuration.name) return;
      subscription.dispose();
      resolve();
    });
  });
  if (await vscode.debug.startDebugging(undefined, configuration, { testRun })) await ended;
}

function tell(run: vscode.TestRun, item: vscode.TestItem, { passed, failures, duration }: TestOutcome): void {
  if (passed) run.passed(item, duration);
  else run.failed(item, failures.map(messageOf), duration);
}

/** Expected and actual as a diff, at the line. */
function messageOf({ file, line, column = 1, message, expected, actual }: OutcomeFailure): vscode.TestMessage {
  const text =
    expected === undefined || actual === undefined
      ? new vscode.TestMessage(message)
      : vscode.TestMessage.diff(message, expected, actual);
  if (line !== undefined)
    text.location = new vscode.Location(vscode.Uri.file(file), new vscode.Position(line - 1, column - 1));
  return text;
}
