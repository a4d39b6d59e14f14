import * as vscode from 'vscode';

interface Example extends vscode.QuickPickItem {
  readonly original: vscode.Uri;
}

/**
 * Lets a person choose an example and opens a copy of it, which may be changed freely and stays as it was left.
 * Does nothing when nothing is chosen.
 */
export async function openExample(context: vscode.ExtensionContext, name?: string): Promise<void> {
  const examples = await readExamples(vscode.Uri.joinPath(context.extensionUri, 'examples'));
  if (examples.length === 0) {
    void vscode.window.showErrorMessage('This build of VFIO Lab contains no examples.');
    return;
  }
  const chosen =
    name === undefined
      ? await vscode.window.showQuickPick(examples, { placeHolder: 'Choose an example', matchOnDetail: true })
      : examples.find(({ label }) => label === name);
  if (chosen === undefined) return;
  const copy = vscode.Uri.joinPath(context.globalStorageUri, 'examples', `${chosen.label}.vfio`);
  if (await wantsFreshCopy(chosen, copy)) await vscode.workspace.fs.copy(chosen.original, copy, { overwrite: true });
  await vscode.window.showTextDocument(copy, { preview: false });
}

/** Examples in the order of their names, then those of each folder; the first comment line says what one shows. */
async function readExamples(folder: vscode.Uri, theme = ''): Promise<Example[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then(undefined, () => []);
  const names = entries.map(([name]) => name).sort();
  const here = names.filter((name) => name.endsWith('.vfio'));
  const folders = entries.flatMap(([name, type]) => (type === vscode.FileType.Directory ? [name] : [])).sort();
  const examples = here.map(async (name) => {
    const original = vscode.Uri.joinPath(folder, name);
    return {
      label: theme + name.slice(0, -'.vfio'.length),
      detail: aboutOf(name, await textOf(original)),
      original,
    };
  });
  const below = folders.map((name) => readExamples(vscode.Uri.joinPath(folder, name), `${theme}${name}/`));
  return [...(await Promise.all(examples)), ...(await Promise.all(below)).flat()];
}

/** `// vf-token.vfio: a VF opens only …` says that a VF opens only … */
function aboutOf(name: string, text: string): string {
  const first = (text.split('\n')[0] ?? '').replace('//', '').trim();
  const about = first.startsWith(`${name}:`) ? first.slice(name.length + 1).trim() : first;
  return about.slice(0, 1).toUpperCase() + about.slice(1);
}

/** Whether the original has to be copied (again). A copy that was changed is never overwritten without being asked. */
async function wantsFreshCopy({ original, label }: Example, copy: vscode.Uri): Promise<boolean> {
  const mine = await textOf(copy).catch(() => undefined);
  if (mine === undefined) return true;
  if (mine === (await textOf(original))) return false;
  const again = 'Start again from the original';
  const choice = await vscode.window.showQuickPick(['Go on with my version', again], {
    placeHolder: `You have changed ${label}.vfio`,
  });
  return choice === again;
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}
