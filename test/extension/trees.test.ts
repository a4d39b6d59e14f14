import { describe, expect, test } from 'vitest';
import type { ContainerItem, DmaMappingItem, DmaMappingsArguments } from '../../src/adapter';
import { containerNodes, pageSize } from '../../src/extension/trees/dma-mappings';
import { groupNodes } from '../../src/extension/trees/iommu-groups';
import type { TreeNode } from '../../src/extension/trees/node';
import { tokenNodes } from '../../src/extension/trees/vf-tokens';

const token = '2ab74924-c335-45f4-9b16-8569e5b08258';

async function children(node: TreeNode | undefined): Promise<readonly TreeNode[]> {
  return (await node?.children?.()) ?? [];
}

/** An adapter with one container that holds so many mappings, and what it was asked. */
function adapter(mappingCount: number) {
  const asked: DmaMappingsArguments[] = [];
  const mapping = (index: number): DmaMappingItem => ({
    iova: `0x${(0x100000 + index * 0x1000).toString(16)}`,
    size: '0x1000',
    sizeText: '4 KiB',
    vaddr: '0x7f0000000000',
    flags: 'RW',
    process: 'qemu',
    pinnedPages: 1,
    source: { uri: 'file:///a%20b/first.vfio', line: 11 },
    changed: index === 1,
  });
  const container: ContainerItem = {
    id: 7,
    name: 'qemu: container',
    model: 'VFIO_TYPE1v2_IOMMU',
    groups: [3, 9],
    mappingCount,
    lockedKb: 4,
    limitKb: 65536,
    mappings: [],
    freeRanges: [{ start: '0x0', end: '0xfffff' }],
    reserved: [{ start: '0xfee00000', end: '0xfeefffff', type: 'msi' }],
  };
  const ask = async (wanted: DmaMappingsArguments) => {
    asked.push(wanted);
    const { start = 0, count = 200 } = wanted;
    const length = Math.max(0, Math.min(count, mappingCount - start));
    return { containers: [{ ...container, mappings: Array.from({ length }, (_, at) => mapping(start + at)) }] };
  };
  return { ask, asked };
}

describe('DMA Mappings', () => {
  test('shows a container with its mappings and ranges', async () => {
    const { ask } = adapter(2);
    const [container] = await containerNodes(ask);
    expect(container?.description).toBe('2 mappings · type1v2 · groups 3 and 9 · 4 kB locked of 65,536 kB');
    const rows = await children(container);
    expect(rows.map(({ label, description }) => `${label} | ${description}`)).toEqual([
      '0x100000 – 0x100fff | 4 KiB · RW · qemu 0x7f0000000000 · first.vfio:12',
      '0x101000 – 0x101fff | 4 KiB · RW · qemu 0x7f0000000000 · first.vfio:12',
      'Free | 1 range',
      'Reserved | 1 range',
    ]);
    expect(rows.map(({ changed }) => changed ?? false)).toEqual([false, true, false, false]);
    expect(rows[0]?.copies).toEqual({ iova: '0x100000', userAddress: '0x7f0000000000' });
    expect(rows[0]?.place).toEqual({ uri: 'file:///a%20b/first.vfio', line: 11 });
  });

  test('reads nothing of the mappings before the container is opened', async () => {
    const { ask, asked } = adapter(65535);
    await containerNodes(ask);
    expect(asked).toEqual([{ count: 0 }]);
  });

  test('shows 65,535 mappings in pages and reads only the page that is opened', async () => {
    const { ask, asked } = adapter(65535);
    const [container] = await containerNodes(ask);
    const pages = (await children(container)).filter(({ context }) => context === 'page');
    expect(pages).toHaveLength(66);
    expect([pages[1]?.label, pages[1]?.description]).toEqual(['Mappings 1,001 – 2,000', 'from 0x4e8000']);
    expect(pages.at(-1)?.label).toBe('Mappings 65,001 – 65,535');
    expect(asked.every(({ count = 200 }) => count <= 1)).toBe(true);
    expect(await children(pages.at(-1))).toHaveLength(535);
    expect(asked.at(-1)).toEqual({ container: 7, start: 65000, count: pageSize });
  });

  test('gives the same thing the same id at every stop', async () => {
    const idsOf = async (count: number) => {
      const [container] = await containerNodes(adapter(count).ask);
      return [container?.id, ...(await children(container)).map(({ id }) => id)];
    };
    const [few, more] = [await idsOf(2), await idsOf(3)];
    expect(more).toEqual(expect.arrayContaining(few));
    expect(new Set(more).size).toBe(more.length);
  });
});

describe('IOMMU Groups', () => {
  const groups = groupNodes({
    groups: [
      {
        id: 5,
        viable: false,
        why: '0000:00:06.1 is bound to e1000',
        reason: 'A multifunction device without ACS.',
        devices: [
          { bdf: '0000:00:06.0', description: 'pci-testdev', driver: 'vfio-pci', openBy: [] },
          { bdf: '0000:00:06.1', description: 'e1000', driver: null, openBy: ['qemu', 'dpdk'], changed: true },
        ],
      },
      { id: 9, viable: true, reason: 'Alone.', container: 'qemu: container', openedBy: 'qemu', devices: [] },
      {
        id: 10,
        viable: false,
        why: 'no device of it is bound to a vfio driver',
        reason: 'Alone.',
        devices: [{ bdf: '0000:00:1f.2', description: 'SATA controller', driver: null, openBy: [] }],
      },
    ],
  });

  test('says why a group is not viable', () => {
    expect(groups[0]?.description).toBe('not viable: 0000:00:06.1 is bound to e1000');
    expect(groups[0]?.tooltip).toContain('A multifunction device without ACS.');
    expect(groups[0]?.icon).toBe('warning');
  });

  test('does not warn of a group that nobody gives to VFIO', () => {
    expect([groups[2]?.icon, groups[2]?.description]).toEqual(['circuit-board', 'no vfio driver']);
  });

  test('marks a group when one of its devices has changed', () => {
    expect(groups.map(({ changed }) => changed)).toEqual([true, false, false]);
  });

  test('says who holds what', async () => {
    expect(groups[1]?.description).toBe('open in qemu · qemu: container');
    const [, second] = await children(groups[0]);
    expect(second?.description).toBe('e1000 · no driver · open in qemu and dpdk');
    expect(second?.copies).toEqual({ device: '0000:00:06.1' });
  });
});

describe('VF Tokens', () => {
  test('tells right tokens from wrong ones', async () => {
    const [pf] = tokenNodes({
      pfs: [
        {
          bdf: '0000:01:00.0',
          token,
          users: 1,
          openBy: ['dpdk'],
          vfs: [
            { bdf: '0000:01:00.1', openBy: ['qemu'], lastToken: token },
            { bdf: '0000:01:00.2', openBy: [], lastToken: 'f00d' },
            { bdf: '0000:01:00.3', openBy: [] },
          ],
        },
      ],
    });
    expect(pf?.description).toBe('PF · 1 user · open in dpdk');
    const rows = await children(pf);
    expect(rows.map(({ icon }) => icon)).toEqual(['key', 'pass', 'error', 'layers']);
    expect(rows[0]?.copies).toEqual({ token });
    expect(rows.map(({ context }) => context)).toEqual(['pf-token', 'device-vf-token', 'device-vf-token', 'device-vf']);
  });
});
