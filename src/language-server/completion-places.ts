import { modelNames, presets, type FunctionDescription, type MachineDescription } from '../hardware';
import { ioctls, structNamed, type Layout } from '../kernel/uapi';
import type { Proposal } from './completion';
import { enclosingBlock, type Place } from './position';
import type { Token } from './tokens';
import { typeText } from './hover';

/** Calls and words behind which a device's address stands. */
const takeDevice: ReadonlySet<string> = new Set(['group_of', 'group_number', 'device', 'group']);

const deviceWords: ReadonlySet<string> = new Set(['bind', 'unbind', 'group']);

/** Drivers that this kernel binds to PCI functions. */
const drivers = ['vfio-pci', 'pci-stub', 'nvme', 'e1000e', 'none'];

/** Files of a device in sysfs that people read and write. */
const deviceFiles = [
  ...['driver_override', 'sriov_numvfs', 'sriov_totalvfs', 'reset', 'remove', 'config', 'resource', 'vendor', 'device'],
  ...['class', 'irq', 'enable', 'iommu_group', 'driver', 'driver/unbind'],
];

const machineWords = ['iommu', 'memory', 'hugepages', 'driver', 'acs', 'vfs'];
const options: Readonly<Record<string, string>> = {
  uid: 'uid 1000',
  memlock: 'memlock 64M',
  capabilities: 'capabilities [ipc_lock]',
  command: 'command "qemu"',
};

/** Functions of a machine, those behind bridges too. */
export function devicesOf(machine: MachineDescription): FunctionDescription[] {
  const flat = (functions: readonly FunctionDescription[]): FunctionDescription[] =>
    functions.flatMap((described) => [described, ...flat(described.children ?? [])]);
  return flat(machine.functions);
}

const shortAddress = (bdf: string): string => bdf.replace(/^0000:/, '');

function deviceProposals(devices: readonly FunctionDescription[]): Proposal[] {
  return devices.map(({ bdf, model }) => ({ label: shortAddress(bdf), kind: 'device', detail: model, rank: 1 }));
}

/** What stands in a string: paths of sysfs and /dev, names of devices. */
export function stringProposals(place: Place, devices: readonly FunctionDescription[]): Proposal[] {
  const { call, argument, ioctl, before } = place;
  if (ioctl?.name === 'VFIO_GROUP_GET_DEVICE_FD' && argument === 2) {
    return devices.map(({ bdf, model }) => ({ label: long(bdf), kind: 'device', detail: model }));
  }
  if (call === 'open' && argument === 0)
    return [{ label: '/dev/vfio/vfio', kind: 'path', detail: 'a new container', rank: 1 }];
  const takesPath = before !== undefined && ['cat', 'catx', 'readlink', 'stat', '>'].includes(before.text);
  if (!takesPath && !(call !== undefined && ['cat', 'catx', 'readlink', 'stat', 'chown'].includes(call))) return [];
  const ofDevices = devices.flatMap(({ bdf }) =>
    deviceFiles.map((name): Proposal => ({ label: `/sys/bus/pci/devices/${long(bdf)}/${name}`, kind: 'path' })),
  );
  const ofDrivers = ['bind', 'unbind', 'new_id', 'remove_id'].map((name): Proposal => ({
    label: `/sys/bus/pci/drivers/vfio-pci/${name}`,
    kind: 'path',
    rank: 4,
  }));
  return [
    ...ofDrivers,
    { label: '/sys/bus/pci/drivers_probe', kind: 'path', rank: 4 },
    { label: '/sys/bus/pci/rescan', kind: 'path', rank: 4 },
    ...ofDevices,
  ];
}

const long = (bdf: string): string => (bdf.length > 7 ? bdf : `0000:${bdf}`);

/** Places that the word before the cursor, or the block around it, tells: undefined when they do not. */
export function wordPlaceProposals(
  tokens: readonly Token[],
  place: Place,
  devices: readonly FunctionDescription[],
): Proposal[] | undefined {
  const { before, call, argument } = place;
  if (before === undefined) return undefined;
  if (before.text === 'machine')
    return Object.keys(presets).map((label) => ({ label, kind: 'word', detail: 'a preset' }));
  const inCall = call !== undefined && takeDevice.has(call) && argument === 0;
  if (inCall || deviceWords.has(before.text)) return deviceProposals(devices);
  const code = tokens.filter(({ kind, end }) => kind !== 'comment' && end <= before.end);
  if (before.kind === 'bdf') return behindDevice(code.at(-2)?.text);
  const block = enclosingBlock(code);
  if (block === 'options') return optionProposals();
  return block === 'machine' ? machineProposals() : undefined;
}

/** `bind 00:04.0 vfio-pci`, `group 00:04.0 viable` */
function behindDevice(word: string | undefined): Proposal[] | undefined {
  if (word === 'bind') return drivers.map((label) => ({ label, kind: 'word' }));
  return word === 'group' ? ['viable', 'opened', 'container_set'].map((label) => ({ label, kind: 'word' })) : undefined;
}

function optionProposals(): Proposal[] {
  return Object.entries(options).map(([label, snippet]) => ({ label, kind: 'word', detail: snippet, snippet }));
}

function machineProposals(): Proposal[] {
  const models = [...modelNames()].map((name): Proposal => {
    const label = name.replaceAll('-', '_');
    return { label, kind: 'structure', detail: 'a device', snippet: `${label} \${1:00:05.0}`, rank: 4 };
  });
  return [...machineWords.map((label): Proposal => ({ label, kind: 'word' })), ...models];
}

function structOfRequest(name: string): Layout | undefined {
  const argument = ioctls.get(name)?.argument;
  return argument?.kind === 'struct' ? structNamed(argument.struct) : undefined;
}

/** Fields behind the dot of a variable whose structure its `let` tells. */
export function memberProposals(tokens: readonly Token[], place: Place): Proposal[] {
  const { before } = place;
  const at = tokens.findIndex((token) => token === before);
  const object = tokens[at - 1];
  if (object?.kind !== 'word') return [];
  const made = tokens.findLastIndex(
    ({ text }, index) => index < at - 1 && text === object.text && tokens[index - 1]?.text === 'let',
  );
  const [call, , , , request] = tokens.slice(made + 2, made + 7);
  if (made < 0 || call?.text !== 'ioctl' || request === undefined) return [];
  const struct = structOfRequest(request.text);
  if (struct === undefined) return [];
  return [
    ...struct.fields.map((field): Proposal => ({
      label: field.name,
      kind: 'field',
      detail: `${typeText(field)}, offset ${field.offset}`,
    })),
    { label: 'ret', kind: 'field', detail: 'the return value, or -errno', rank: 6 },
    { label: 'errno', kind: 'field', detail: 'the error number, or 0', rank: 6 },
    { label: 'tail', kind: 'field', detail: 'the bytes behind the structure', rank: 6 },
  ];
}
