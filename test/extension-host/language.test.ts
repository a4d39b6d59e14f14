import * as assert from 'node:assert/strict';
import { suite, suiteSetup, test } from 'mocha';
import * as vscode from 'vscode';
import type { VfioLabApi } from '../../src/extension/main';
import { next } from './events';
import { openScenario, vfioLab } from './scenarios';

const scenario = `machine q35-intel

test "first" {
  process dpdk {
    let container = open("/dev/vfio/vfio", O_RDWR)
    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) expect EINVAL
  }
}
`;

suite('the language server', () => {
  let api: VfioLabApi;
  let document: vscode.TextDocument;

  suiteSetup(async () => {
    api = await vfioLab();
    document = await openScenario('language.vfio', scenario);
    await api.language.ready;
  });

  const at = (text: string) => document.positionAt(document.getText().indexOf(text) + 1);

  test('explains an ioctl', async () => {
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at('VFIO_SET_IOMMU'),
    );
    const [content] = hover?.contents ?? [];
    assert.match((content as vscode.MarkdownString).value, /request 0x3b66 on a container/);
  });

  test('offers errno names behind expect', async () => {
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      at('EINVAL'),
    );
    assert.ok(items.some(({ label }) => label === 'EBUSY'));
  });

  test('knows tests and processes', async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name, children }) => [name, children.map((child) => child.name)]),
      [
        ['q35-intel', []],
        ['first', ['dpdk']],
      ],
    );
  });

  test('renames a variable everywhere', async () => {
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      document.uri,
      at('container'),
      'c',
    );
    assert.equal(edit.get(document.uri).length, 2);
  });

  test('leaves a formatted scenario as it is, and puts a loose one right', async () => {
    const format = (uri: vscode.Uri) =>
      vscode.commands.executeCommand<vscode.TextEdit[] | undefined>('vscode.executeFormatDocumentProvider', uri, {
        tabSize: 2,
        insertSpaces: true,
      });
    assert.equal((await format(document.uri))?.length ?? 0, 0);
    const loose = await openScenario('loose.vfio', 'print   1\n');
    assert.notEqual((await format(loose.uri))?.length ?? 0, 0);
  });

  test('marks what is wrong, while typing, and takes the mark away', async () => {
    const problems = () => vscode.languages.getDiagnostics(document.uri);
    const change = async (wanted: boolean, edit: vscode.WorkspaceEdit) => {
      const told = next(vscode.languages.onDidChangeDiagnostics, () => problems().length > 0 === wanted, 'diagnostics');
      await vscode.workspace.applyEdit(edit);
      await told;
    };
    const line = new vscode.Position(1, 0);
    const broken = new vscode.WorkspaceEdit();
    broken.insert(document.uri, line, 'test {');
    await change(true, broken);
    assert.equal(problems()[0]?.source, 'vfio');
    const mended = new vscode.WorkspaceEdit();
    mended.delete(document.uri, new vscode.Range(line, line.translate(0, 6)));
    await change(false, mended);
  });
});
