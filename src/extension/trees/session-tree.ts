import * as vscode from 'vscode';
import type { ShownSession } from '../shown-session';
import type { TreeNode } from './node';

/** URI scheme of the marks on changed rows; nothing is ever opened by it. */
const changedScheme = 'vfio-lab-changed';

/** One view of the sidebar: rows made from the adapter's answers, asked again after every stop. */
export class SessionTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly refresh = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable;
  readonly onDidChangeTreeData = this.refresh.event;
  readonly view: vscode.TreeView<TreeNode>;

  /**
   * @param id of the view in package.json
   * @param read gives the rows of the shown moment; is called only while something is shown
   */
  constructor(
    readonly id: string,
    private readonly shown: ShownSession,
    private readonly read: () => Promise<readonly TreeNode[]>,
  ) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = vscode.Disposable.from(
      this.refresh,
      this.view,
      shown.onDidChange(() => this.refresh.fire()),
    );
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (this.shown.moment === undefined) return [];
    return [...(await (node === undefined ? this.read() : (node.children?.() ?? [])))];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, collapsibleState(node));
    const changed = node.changed === true;
    item.id = node.id;
    if (node.description !== undefined) item.description = node.description;
    // VS Code adds what the mark of a changed row means.
    item.tooltip = (node.tooltip ?? [node.label]).join('\n');
    item.iconPath = new vscode.ThemeIcon(
      node.icon,
      node.iconColor === undefined ? undefined : new vscode.ThemeColor(node.iconColor),
    );
    if (node.context !== undefined) item.contextValue = node.context;
    if (changed) item.resourceUri = vscode.Uri.from({ scheme: changedScheme, path: `/${node.id}` });
    const spoken = node.spoken ?? [node.label, node.description].filter(Boolean).join(', ');
    item.accessibilityInformation = { label: changed ? `${spoken}, changed by the last step` : spoken };
    if (node.place !== undefined) {
      item.command = { command: 'vfioLab.revealLine', title: 'Go to the Line That Made It', arguments: [node] };
    }
    return item;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }
}

function collapsibleState({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined) return vscode.TreeItemCollapsibleState.None;
  return expanded === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

/** Marks the rows that the last step changed, in the way VS Code marks changed files. */
export class ChangedMarks implements vscode.FileDecorationProvider {
  provideFileDecoration({ scheme }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== changedScheme) return undefined;
    return new vscode.FileDecoration(
      '●',
      'Changed by the last step',
      new vscode.ThemeColor('vfioLab.changedForeground'),
    );
  }
}
