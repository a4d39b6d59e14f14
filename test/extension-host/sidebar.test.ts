import * as assert from 'node:assert/strict';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { VfioLabApi } from '../../src/extension/main';
import type { TreeNode } from '../../src/extension/trees/node';
import type { SessionTree } from '../../src/extension/trees/session-tree';
import { breakAt, endDebugging, momentAfter, openScenario, vfioLab } from './scenarios';

const scenario = `kernel 5.7
machine q35-intel

process root {
  bind 00:04.0 vfio-pci
}

process dpdk {
  let container = open("/dev/vfio/vfio", O_RDWR)
  let group = open(group_of(00:04.0), O_RDWR)
  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
  let buffer = mmap(2M, PROT_READ | PROT_WRITE)
  ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buffer, iova: 0x100000, size: 1M })
  ioctl(container, VFIO_IOMMU_UNMAP_DMA, { iova: 0x100000, size: 1M })
}
`;

/** All rows that a view would show with everything open, by their ids. */
async function rows(tree: SessionTree, below?: TreeNode): Promise<TreeNode[]> {
  const found: TreeNode[] = [];
  for (const node of await tree.getChildren(below)) found.push(node, ...(await rows(tree, node)));
  return found;
}

async function mappings({ sidebar }: VfioLabApi): Promise<TreeNode[]> {
  return (await rows(sidebar.dmaMappings)).filter(({ context }) => context?.startsWith('mapping'));
}

const step = (command: string) => () => vscode.commands.executeCommand(`workbench.action.debug.${command}`);

suite('the sidebar', () => {
  let api: VfioLabApi;
  let document: vscode.TextDocument;

  suiteSetup(async () => {
    api = await vfioLab();
    document = await openScenario('sidebar.vfio', scenario);
  });
  teardown(() => endDebugging(api));

  const start = () => momentAfter(api, () => vscode.commands.executeCommand('vfioLab.debugScenario', document.uri));

  test('is empty while nothing runs', async () => {
    assert.deepEqual(await api.sidebar.iommuGroups.getChildren(), []);
  });

  test('follows the steps, backwards too', async () => {
    const line = breakAt(document, 'ioctl(container, VFIO_IOMMU_MAP_DMA');
    await start();
    assert.deepEqual(await mappings(api), []);

    await momentAfter(api, step('stepOver'));
    const [mapping] = await mappings(api);
    assert.equal(mapping?.label, '0x100000 – 0x1fffff');
    assert.equal(mapping.place?.line, line);
    assert.equal(mapping.changed, true);
    assert.equal(api.inThePast.text, undefined);

    await momentAfter(api, step('stepBack'));
    assert.deepEqual(await mappings(api), []);
    assert.match(api.inThePast.text ?? '', /In the past/);
  });

  test('shows who holds the group, in rows that keep their ids', async () => {
    breakAt(document, 'ioctl(container, VFIO_IOMMU_MAP_DMA');
    await start();
    const before = await rows(api.sidebar.iommuGroups);
    const device = before.find(({ label }) => label === '0000:00:04.0');
    assert.match(device?.description ?? '', /vfio-pci/);
    assert.ok(before.some(({ description }) => description?.includes('open in dpdk')));

    await momentAfter(api, step('stepOver'));
    const after = await rows(api.sidebar.iommuGroups);
    assert.deepEqual(
      after.map(({ id }) => id),
      before.map(({ id }) => id),
    );
  });

  test('copies an address and leads to the line that made a mapping', async () => {
    breakAt(document, 'ioctl(container, VFIO_IOMMU_UNMAP_DMA');
    await start();
    const [mapping] = await mappings(api);
    await vscode.commands.executeCommand('vfioLab.copyIova', mapping);
    assert.equal(await vscode.env.clipboard.readText(), '0x100000');
    await vscode.commands.executeCommand('vfioLab.revealLine', mapping);
    assert.equal(vscode.window.activeTextEditor?.selection.active.line, mapping?.place?.line);
  });
});
