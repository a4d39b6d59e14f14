import * as vscode from 'vscode';
import type { ChangedEvent, CustomEvents, CustomRequests } from '../adapter';

/** The debug type of the extension. */
export const debugType = 'vfio';

/**
 * The debug session whose state the views show: the active one, or the one that stopped last. It tells when there is
 * something new to see, and carries the views' questions to the adapter.
 */
export class ShownSession implements vscode.Disposable {
  private readonly moments = new Map<vscode.DebugSession, ChangedEvent>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable;
  private session: vscode.DebugSession | undefined;

  /** Fires when another moment or another session is shown, and when nothing is shown any more. */
  readonly onDidChange = this.changed.event;

  constructor() {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => this.receive(event)),
      vscode.debug.onDidChangeActiveDebugSession((session) => {
        if (session !== undefined && this.moments.has(session)) this.show(session);
      }),
      vscode.debug.onDidTerminateDebugSession((session) => {
        if (!this.moments.delete(session) || session !== this.session) return;
        this.show([...this.moments.keys()].at(-1));
      }),
    );
  }

  /** Where the shown session stands; undefined while nothing is shown. */
  get moment(): ChangedEvent | undefined {
    return this.session && this.moments.get(this.session);
  }

  /**
   * Asks the adapter about the shown moment.
   * @returns undefined when nothing is shown, or when the shown moment has just passed
   */
  async ask<Name extends keyof CustomRequests>(
    name: Name,
    wanted: CustomRequests[Name]['arguments'],
  ): Promise<CustomRequests[Name]['answer'] | undefined> {
    const session = this.session;
    if (session === undefined) return undefined;
    try {
      return (await session.customRequest(name, wanted)) as CustomRequests[Name]['answer'];
    } catch {
      // While the scenario runs there is no moment to ask about, and after its end nobody to ask. The next stop asks anew.
      return undefined;
    }
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private receive({ session, event, body }: vscode.DebugSessionCustomEvent): void {
    if (session.type !== debugType || event !== 'vfioLab/changed') return;
    this.moments.set(session, body as CustomEvents['vfioLab/changed']);
    this.show(session);
  }

  private show(session: vscode.DebugSession | undefined): void {
    this.session = session;
    setContext('vfioLab.running', session !== undefined);
    setContext('vfioLab.inThePast', this.moment?.past === true);
    this.changed.fire();
  }
}

/** Sets a context key for `when` clauses. */
export function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
