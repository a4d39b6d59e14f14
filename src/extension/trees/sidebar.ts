import * as vscode from 'vscode';
import type { ShownSession } from '../shown-session';
import { containerNodes } from './dma-mappings';
import { groupNodes } from './iommu-groups';
import type { Copies, TreeNode } from './node';
import { ChangedMarks, SessionTree } from './session-tree';
import { tokenNodes } from './vf-tokens';

/** The three views of the activity bar container "VFIO Lab". */
export interface Sidebar {
  readonly iommuGroups: SessionTree;
  readonly dmaMappings: SessionTree;
  readonly vfTokens: SessionTree;
}

/** Makes the views and the commands of their menus. */
export function createSidebar(shown: ShownSession, subscriptions: vscode.Disposable[]): Sidebar {
  const sidebar: Sidebar = {
    iommuGroups: new SessionTree('vfioLab.iommuGroups', shown, async () => {
      const answer = await shown.ask('vfioLab/iommuGroups', {});
      return answer === undefined ? [] : groupNodes(answer);
    }),
    dmaMappings: new SessionTree('vfioLab.dmaMappings', shown, () =>
      containerNodes(async (wanted) => (await shown.ask('vfioLab/dmaMappings', wanted)) ?? { containers: [] }),
    ),
    vfTokens: new SessionTree('vfioLab.vfTokens', shown, async () => {
      const answer = await shown.ask('vfioLab/vfTokens', {});
      return answer === undefined ? [] : tokenNodes(answer);
    }),
  };
  subscriptions.push(
    sidebar.iommuGroups,
    sidebar.dmaMappings,
    sidebar.vfTokens,
    vscode.window.registerFileDecorationProvider(new ChangedMarks()),
    vscode.commands.registerCommand('vfioLab.revealLine', revealLine),
    copyCommand('vfioLab.copyIova', 'iova', sidebar.dmaMappings),
    copyCommand('vfioLab.copyUserAddress', 'userAddress', sidebar.dmaMappings),
    copyCommand('vfioLab.copyToken', 'token', sidebar.vfTokens),
    copyCommand('vfioLab.copyDevice', 'device', sidebar.iommuGroups),
  );
  return sidebar;
}

/** From a menu the command gets its node; from the keyboard it takes the selected one of its view. */
function copyCommand(command: string, what: keyof Copies, { view }: SessionTree): vscode.Disposable {
  return vscode.commands.registerCommand(command, async (node: TreeNode | undefined) => {
    const text = (node ?? view.selection[0])?.copies?.[what];
    if (text === undefined) return;
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`Copied ${text}`, 3000);
  });
}

/** Shows the line that made the thing; the focus stays in the view, so that the keyboard can go on there. */
async function revealLine({ place }: TreeNode): Promise<void> {
  if (place === undefined) return;
  const position = new vscode.Position(place.line, place.column ?? 0);
  await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), {
    selection: new vscode.Range(position, position),
    preserveFocus: true,
  });
}
