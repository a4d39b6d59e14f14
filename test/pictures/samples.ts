import type { IovaSnapshot, MappingSnapshot, TimelineSnapshot, TopologySnapshot } from '../../src/pictures';

const place = (line: number) => ({ uri: 'file:///vm.vfio', line });

function mapping(page: number, count: number, rest: Partial<MappingSnapshot> = {}): MappingSnapshot {
  return {
    page,
    count,
    rights: 'RW',
    entries: '4K',
    vaddr: `0x7f${(page + 0x1000000).toString(16)}000`,
    process: 'qemu',
    ...rest,
  };
}

/** The memory of a small guest: RAM below and above the hole, a ROM, one fault in the hole. */
export const guest: IovaSnapshot = {
  name: 'qemu: container 1 (groups 4, 7)',
  model: 'VFIO_TYPE1v2_IOMMU',
  width: 39,
  mappings: [
    mapping(0, 0xa0, { place: place(30) }),
    mapping(0xc0, 0x20, { rights: 'R', place: place(31) }),
    mapping(0x100, 0x7ff00, { entries: '2M', place: place(32) }),
    mapping(0xe0000, 0x10000, { rights: 'W', entries: 'mixed', place: place(33), changed: true }),
    mapping(0x100000, 0x80000, { entries: '1G', place: place(34) }),
  ],
  removed: [{ page: 0xc0000, count: 0x10000 }],
  reserved: [{ page: 0xfee00, count: 0x100, type: 'msi' }],
  faults: [
    {
      address: '0x90000000',
      page: 0x90000,
      write: true,
      device: '0000:00:04.0',
      reason: 'PTE Write access is not set',
    },
  ],
};

/** As many mappings as a container may have, one page each with a page between them. */
export function full(count = 65_535): IovaSnapshot {
  const mappings = Array.from({ length: count }, (_, index) =>
    mapping(0x100 + index * 2, 1, { rights: index % 1000 < 500 ? 'RW' : 'R' }),
  );
  return {
    name: 'dpdk: container 2',
    model: 'VFIO_TYPE1v2_IOMMU',
    width: 48,
    mappings,
    removed: [],
    reserved: guest.reserved,
    faults: [],
  };
}

export const empty: IovaSnapshot = {
  name: 'container 3',
  model: null,
  width: 48,
  mappings: [],
  removed: [],
  reserved: guest.reserved,
  faults: [],
};

type Fn = TopologySnapshot['functions'][number];

function fn(
  bdf: string,
  kind: Fn['kind'],
  description: string,
  parent: string | null,
  group: number,
  rest: Partial<Fn> = {},
): Fn {
  return {
    bdf: `0000:${bdf}`,
    kind,
    description,
    parent: parent === null ? null : `0000:${parent}`,
    group,
    driver: null,
    acs: 'missing',
    vfs: 0,
    openBy: [],
    ...rest,
  };
}

/** A machine with everything: ports with and without ACS, a switch, a bridge to conventional PCI, VFs, shared slots. */
export const machine: TopologySnapshot = {
  name: 'q35-intel',
  iommu: 'VT-d, 48 bits, interrupt remapping',
  functions: [
    fn('00:00.0', 'host-bridge', 'Host bridge 8086:29c0', null, 0),
    fn('00:04.0', 'endpoint', 'Device 1234:11e8', null, 1, { driver: 'vfio-pci', openBy: ['dpdk'] }),
    fn('00:06.0', 'endpoint', 'Device 1234:11e8', null, 2),
    fn('00:06.1', 'endpoint', 'Ethernet controller 8086:100e', null, 2, { driver: 'e1000' }),
    fn('00:08.0', 'root-port', 'PCI bridge 1b36:000c', null, 3, { driver: 'pcieport', acs: 'on' }),
    fn('01:00.0', 'endpoint', 'NVMe controller 1b36:0010', '00:08.0', 4, {
      driver: 'vfio-pci',
      vfs: 4,
      openBy: ['dpdk'],
    }),
    fn('01:00.1', 'virtual-function', 'NVMe controller 1b36:0010', '01:00.0', 5, {
      driver: 'vfio-pci',
      openBy: ['qemu'],
      changed: true,
    }),
    fn('01:00.2', 'virtual-function', 'NVMe controller 1b36:0010', '01:00.0', 6, { driver: 'vfio-pci' }),
    fn('00:0a.0', 'root-port', 'PCI bridge 1b36:000c', null, 7, { driver: 'pcieport', acs: 'on' }),
    fn('03:00.0', 'upstream-port', 'PCI bridge 104c:8232', '00:0a.0', 8, { driver: 'pcieport' }),
    fn('04:00.0', 'downstream-port', 'PCI bridge 104c:8233', '03:00.0', 9, { driver: 'pcieport' }),
    fn('05:00.0', 'endpoint', 'Ethernet controller 8086:10d3', '04:00.0', 9, { driver: 'vfio-pci' }),
    fn('04:01.0', 'downstream-port', 'PCI bridge 104c:8233', '03:00.0', 10, { driver: 'pcieport', acs: 'on' }),
    fn('06:00.0', 'endpoint', 'NVMe controller 1b36:0010', '04:01.0', 11, { driver: 'nvme' }),
    fn('00:0b.0', 'root-port', 'PCI bridge 1b36:000c', null, 12, { driver: 'pcieport', acs: 'on' }),
    fn('07:00.0', 'pci-bridge', 'PCI bridge 1b36:000e', '00:0b.0', 13),
    fn('08:01.0', 'endpoint', 'Device 1234:11e8', '07:00.0', 13, { driver: 'vfio-pci' }),
    fn('08:02.0', 'endpoint', 'Ethernet controller 10ec:8139', '07:00.0', 13, { driver: '8139cp' }),
    fn('00:1f.0', 'endpoint', 'ISA bridge 8086:2918', null, 14),
    fn('00:1f.2', 'endpoint', 'SATA controller 8086:2922', null, 14, { driver: 'ahci' }),
    fn('00:1f.3', 'endpoint', 'SMBus 8086:2930', null, 14),
  ],
  groups: [
    {
      id: 2,
      reason: '0000:00:06.0 is a function of the same slot, without ACS between them',
      viable: false,
      why: '0000:00:06.1 is bound to e1000',
    },
    { id: 4, reason: 'everything above it isolates it', viable: true, container: 'dpdk: container 1' },
    { id: 9, reason: 'the port 0000:04:00.0 above it has no ACS', viable: true },
    {
      id: 13,
      reason: 'its requests carry the id of 0000:07:00.0, the bridge to conventional PCI above it',
      viable: false,
      why: '0000:08:02.0 is bound to 8139cp',
    },
    {
      id: 14,
      reason: '0000:00:1f.0 is a function of the same slot, without ACS between them',
      viable: false,
      why: '0000:00:1f.2 is bound to ahci',
    },
  ],
};

const calls: [lane: string, kind: TimelineSnapshot['events'][number]['kind'], name: string, outcome: string][] = [
  ['root', 'call', 'bind 01:00.0 vfio-pci', ''],
  ['dpdk', 'call', 'open /dev/vfio/vfio', '= 3'],
  ['dpdk', 'call', 'open /dev/vfio/4', '= 4'],
  ['dpdk', 'call', 'VFIO_GROUP_SET_CONTAINER', '= 0'],
  ['dpdk', 'call', 'VFIO_SET_IOMMU', '= 0'],
  ['dpdk', 'call', 'VFIO_GROUP_GET_DEVICE_FD', '= 5'],
  ['dpdk', 'call', 'VFIO_IOMMU_MAP_DMA', '= 0'],
  ['dpdk', 'failure', 'VFIO_IOMMU_MAP_DMA', 'EEXIST'],
  ['hardware', 'interrupt', 'MSI 0 of 0000:01:00.0', ''],
  ['root', 'call', 'echo 1 > sriov_numvfs', ''],
  ['qemu', 'call', 'open /dev/vfio/5', '= 3'],
  ['qemu', 'failure', 'VFIO_GROUP_GET_DEVICE_FD', 'EACCES'],
  ['hardware', 'fault', 'DMA write to 0xdead000 by 0000:01:00.1', 'PTE Write access is not set'],
  ['qemu', 'call', 'VFIO_GROUP_GET_DEVICE_FD', '= 6'],
  ['root', 'blocked', 'unbind 01:00.0', 'until 0000:01:00.0 is released'],
  ['qemu', 'expectation', 'expect info.num_irqs == 5', 'is 4'],
  ['dpdk', 'call', 'close', '= 0'],
  ['root', 'warning', 'vfio-pci: No device request channel', ''],
];

export const run: TimelineSnapshot = {
  name: 'vf-token.vfio',
  events: calls.map(([lane, kind, name, outcome], index) => ({
    position: index * 3,
    kind,
    lane,
    name,
    outcome,
    time: index,
    place: place(10 + index),
  })),
  position: 39,
  dropped: 0,
};
