import { describe, expect, it } from 'vitest';
import { diagnoseDevice, Engine, textOfProgram, topicOfMessage } from '../../../src/debugger';
import { Journal } from '../../../src/history';
import { compile, Execution, parse } from '../../../src/scenario';

/** Runs a scenario to its end; the topics that explain its steps, and the engine at the end. */
async function explained(text: string): Promise<{ topics: Map<string, string>; engine: Engine }> {
  const { file, problems } = parse(text, 'problem.vfio');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const program = compile(file);
  const listener = { ran: () => undefined, logged: () => undefined };
  const engine = new Engine(new Execution(new Journal(), program), textOfProgram(program), listener, {
    requestNames: new Set(),
  });
  engine.setFilters(new Map());
  const topics = new Map<string, string>();
  while (engine.statement !== null) {
    await engine.move('next');
    const why = engine.why();
    if (why !== undefined) topics.set(why.topic?.id ?? why.subject, why.condition);
  }
  return { topics, engine };
}

const open = (device = '00:04.0') => `
  let container = open("/dev/vfio/vfio")
  let group = open(group_of(${device}))
  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
`;
const bound = (device = '00:04.0', machine = 'machine q35-intel') =>
  `${machine}\nprocess root { bind ${device} vfio-pci }\n`;
const driver = (body: string, options = '') => `process driver ${options} {${body}}\n`;
const map = (iova: string, size = '4K') =>
  `ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buf, iova: ${iova}, size: ${size} })\n`;
const buffer = (size = '64K') => `let buf = mmap(${size}, PROT_READ | PROT_WRITE)\n`;
const device = 'let device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")\n';
const sriov = `machine q35-intel
module vfio_pci { enable_sriov = true }
process root { bind 01:00.0 vfio-pci
  echo "2" > "/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs"
}
`;

/** The problems of people that the simulated machine can have: number, topic, a piece of the condition, a scenario. */
const simulated: readonly (readonly [number, string, string | RegExp, string])[] = [
  [
    1,
    'not-viable',
    '0000:00:06.1 of this group is bound to nvme',
    `machine { iommu intel { width 48, interrupt_remapping } edu 00:06.0 nvme 00:06.1 }
     process root { bind 00:06.0 vfio-pci }
     ${driver(`${open('00:06.0')} ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:06.0")`)}`,
  ],
  [
    1,
    'not-viable',
    'flags lack VIABLE',
    `machine { iommu intel { width 48, interrupt_remapping } edu 00:06.0 nvme 00:06.1 }
     process root { bind 00:06.0 vfio-pci }
     ${driver('let group = open(group_of(00:06.0)) ioctl(group, VFIO_GROUP_GET_STATUS)')}`,
  ],
  [2, 'no-iommu', 'IOMMU group', 'machine q35-none\nprocess root { bind 00:04.0 vfio-pci }'],
  [2, 'no-iommu', 'the machine has no IOMMU', 'machine q35-none\nprocess root { open("/dev/vfio/3") }'],
  [
    3,
    'wrong-driver',
    'does not match',
    'machine q35-intel\nprocess root { echo "0000:00:04.0" > "/sys/bus/pci/drivers/vfio-pci/bind" }',
  ],
  [
    3,
    'driver-ids',
    'hexadecimal',
    'machine q35-intel\nprocess root { echo "x" > "/sys/bus/pci/drivers/vfio-pci/new_id" }',
  ],
  [
    5,
    'memlock',
    /./,
    bound() +
      `process root { chown(group_of(00:04.0), 1000) }` +
      driver(`${open()}${buffer()}${map('1M', '64K')}${map('2M')}`, '(uid 1000)'),
  ],
  [
    6,
    'group-busy',
    /./,
    `${bound()}process a { let g = open(group_of(00:04.0)) }\nprocess b { let g = open(group_of(00:04.0)) }`,
  ],
  [7, 'no-reset', /reset/i, bound() + driver(`${open()}${device} ioctl(device, VFIO_DEVICE_RESET)`)],
  [11, 'iova-range', /./, bound() + driver(`${open()}${buffer()}${map('0xfee00000')}`)],
  [
    11,
    'iommu-map-failed',
    /./,
    bound('00:04.0', 'machine q35-intel-39') + driver(`${open()}${buffer()}${map('0x8000000000')}`),
  ],
  [
    12,
    'token-missing',
    /./,
    `${sriov}${driver(`${open('01:00.1')} ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.1")`)}`,
  ],
  [
    12,
    'token-wrong',
    /./,
    `${sriov}${driver(`${open('01:00.1')} ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.1 vf_token=2ab74924-c335-45f4-9b16-8569e5b08258")`)}`,
  ],
  [
    12,
    'token-unexpected',
    /./,
    bound() +
      driver(
        `${open()} ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0 vf_token=2ab74924-c335-45f4-9b16-8569e5b08258")`,
      ),
  ],
  [
    13,
    'pf-has-vfs',
    /./,
    `${sriov}process root { unbind 01:00.0
      bind 01:00.0 vfio-pci }`,
  ],
  [
    14,
    'sriov-not-allowed',
    /./,
    `${bound('01:00.0')}process root { echo "2" > "/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs" }`,
  ],
  [
    14,
    'sriov-count',
    'at most 4',
    `${bound('01:00.0')}process root { echo "9" > "/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs" }`,
  ],
  [14, 'sriov-by-zero', /./, `${sriov}process root { echo "1" > "/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs" }`],
  [
    15,
    'map-limit',
    /./,
    bound('00:04.0', 'machine q35-intel\nmodule vfio_iommu_type1 { dma_entry_limit = 1 }') +
      driver(`${open()}${buffer()}${map('1M')}${map('2M')}`),
  ],
  [16, 'interrupt-remapping', /./, bound('00:04.0', 'machine q35-intel-noir') + driver(open())],
  [
    18,
    'unbind-waits',
    '0000:00:04.0 is open in driver',
    `${bound()}${driver(open() + device)}process root { unbind 00:04.0 }`,
  ],
  [19, 'node-permission', 'uid 1000', bound() + driver('open(group_of(00:04.0))', '(uid 1000)')],
  [
    22,
    'set-iommu-order',
    /./,
    bound() + driver('let container = open("/dev/vfio/vfio") ioctl(container, VFIO_SET_IOMMU, 3)'),
  ],
  [22, 'container-empty', /./, bound() + driver(`let container = open("/dev/vfio/vfio") ${buffer()}${map('1M')}`)],
  [
    22,
    'no-driver-set',
    /./,
    bound() + driver('let group = open(group_of(00:04.0)) ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")'),
  ],
  [23, 'argsz', 'argsz 4', bound() + driver(`${open()} ioctl(container, VFIO_IOMMU_GET_INFO, { argsz: 4 })`)],
  [
    23,
    'bad-pointer',
    /./,
    bound() +
      driver(
        'let container = open("/dev/vfio/vfio") let group = open(group_of(00:04.0)) ioctl(group, VFIO_GROUP_SET_CONTAINER, container)',
      ),
  ],
  [21, 'cannot-pin', /./, bound() + driver(`${open()} let buf = 0x1000 ${map('1M')}`)],
  [24, 'map-overlap', '0x100000..0x101000', bound() + driver(`${open()}${buffer()}${map('1M')}${map('1M')}`)],
  [
    25,
    'unmap-bisects',
    /./,
    bound() +
      driver(`${open()}${buffer()}${map('1M', '64K')} ioctl(container, VFIO_IOMMU_UNMAP_DMA, { iova: 1M, size: 4K })`),
  ],
  [
    25,
    'unmap-nothing',
    /./,
    bound() + driver(`${open()} ioctl(container, VFIO_IOMMU_UNMAP_DMA, { iova: 1M, size: 4K })`),
  ],
  [
    28,
    'irq-action',
    /./,
    bound() +
      driver(
        `${open()}${device} ioctl(device, VFIO_DEVICE_SET_IRQS, { flags: DATA_NONE | ACTION_MASK, index: MSI, count: 1 })`,
      ),
  ],
  [
    30,
    'mappings-vanished',
    '1 mappings go with group',
    bound() + driver(`${open()}${buffer()}${map('1M')} ioctl(group, VFIO_GROUP_UNSET_CONTAINER)`),
  ],
  [
    31,
    'group-still-in-container',
    /./,
    bound() + driver(`${open()}${device} ioctl(group, VFIO_GROUP_UNSET_CONTAINER)`),
  ],
  [
    32,
    'bad-descriptor',
    'process b',
    `${bound()}process a { let g = open(group_of(00:04.0)) }\nprocess b { ioctl(9, VFIO_GROUP_GET_STATUS) }`,
  ],
  [34, 'pinning-slow', '131,072 pages', bound() + driver(`${open()}${buffer('512M')}${map('1M', '512M')}`)],
];

/** Problems that show in what a device does: the diagnosis of the device tells. */
const diagnosed: readonly (readonly [number, string, string, string])[] = [
  [3, 'wrong-driver', '0000:00:04.0', 'machine q35-intel\nprocess root { sleep(1) }'],
  [
    4,
    'no-acs',
    '0000:00:06.0',
    'machine { iommu intel { width 48 } edu 00:06.0 nvme 00:06.1 }\nprocess root { sleep(1) }',
  ],
  [26, 'bus-master-off', '0000:00:04.0', bound() + driver(open() + device)],
  [29, 'no-trigger', '0000:00:04.0', bound() + driver(open() + device)],
];

/** What the simulated machine does not have is known by its messages. */
const byMessage: readonly (readonly [number, string, string])[] = [
  [8, 'reset-bug', "Unsupported reset method 'device_specific'"],
  [9, 'bar-claimed', "vfio-pci 0000:01:00.0: BAR 3: can't reserve [mem 0xa0000000-0xa1ffffff 64bit pref]"],
  [10, 'all-ones', 'Unable to change power state from D3cold to D0, device inaccessible'],
  [17, 'reserved-conflict', 'Device is ineligible for IOMMU domain attach due to platform RMRR requirement.'],
  [20, 'noiommu', 'Cannot use IOVA as PA since physical addresses are not available'],
  [
    27,
    'dma-fault',
    'DMAR: [DMA Write] Request device [01:00.0] fault addr ffff0000 [fault reason 05] PTE Write access is not set',
  ],
  [33, 'group-in-container', 'vfio 0000:01:00.1: group 1 used in multiple address spaces'],
  [35, 'fpga-reprogrammed', 'reset recovery - restoring BARs'],
  [36, 'bar-moved', 'guest moves a BAR'],
  [37, 'config-virtualised', 'vfio_ecap_init: hiding ecap 0x19@0x900'],
  [38, 'mdev', 'mdev: No space left: available_instances 0'],
  [39, 'igd', 'Invalid PCI ROM header signature: expecting 0xaa55, got 0xffff'],
  [40, 'platform-reset', 'No reset function found for device'],
];

describe('the problems of people', () => {
  it.each(simulated)('%i: %s', async (_number, topic, condition, text) => {
    const { topics } = await explained(text);
    expect([...topics.keys()]).toContain(topic);
    if (typeof condition === 'string') expect(topics.get(topic)).toContain(condition);
    else expect(topics.get(topic)).toMatch(condition);
  });

  it.each(diagnosed)('%i: %s of %s', async (_number, topic, name, text) => {
    const { engine } = await explained(text);
    expect(diagnoseDevice(engine.kernel!, name).map((each) => each.topic?.id)).toContain(topic);
  });

  it.each(byMessage)('%i: %s', (_number, topic, message) => {
    expect(topicOfMessage(message)?.id).toBe(topic);
  });

  it('are all there', () => {
    const numbers = new Set([...simulated, ...diagnosed, ...byMessage].map(([number]) => number));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });
});
