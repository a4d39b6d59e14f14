import type { Device, IommuGroup, Kernel } from '../../kernel';
import type { Engine } from '../engine';
import { Holders } from './holders';
import type { GroupDevice, IommuGroupItem, IommuGroupsAnswer } from './trees';

/** All IOMMU groups by number: members, holders, and whether vfio would hand them out. */
export function groupsOf(engine: Engine): IommuGroupsAnswer {
  const { kernel, changed } = engine;
  if (kernel === null) return { groups: [] };
  const holders = new Holders(kernel);
  const groups = [...kernel.iommu.groups.values()].sort((a, b) => a.id - b.id);
  return { groups: groups.map((group) => groupItem(kernel, group, holders, changed)) };
}

function groupItem(kernel: Kernel, group: IommuGroup, holders: Holders, changed: ReadonlySet<object>): IommuGroupItem {
  const vfio = kernel.vfio.groups.get(group);
  const obstacle = vfio?.obstacle() ?? null;
  const why = vfio === undefined ? 'no device of it is bound to a vfio driver' : obstacleText(obstacle);
  const container = vfio?.container ?? null;
  const [openedBy] = holders.of(vfio);
  const devices = [...group.devices].map((device) => deviceItem(device, holders, changed));
  const isChanged = changed.has(group) || (vfio !== undefined && changed.has(vfio));
  return {
    id: group.id,
    viable: why === undefined,
    ...(why === undefined ? {} : { why }),
    reason: group.reason,
    ...(container === null ? {} : { container: holders.containerName(container) }),
    ...(openedBy === undefined ? {} : { openedBy }),
    devices,
    ...(isChanged ? { changed: true } : {}),
  };
}

function obstacleText(obstacle: { readonly device: Device; readonly driver: string } | null): string | undefined {
  return obstacle === null ? undefined : `${obstacle.device.name} is bound to ${obstacle.driver}`;
}

function deviceItem(device: Device, holders: Holders, changed: ReadonlySet<object>): GroupDevice {
  return {
    bdf: device.name,
    description: describeDevice(device),
    driver: device.driver?.name ?? null,
    openBy: holders.of(device),
    ...(changed.has(device) || (device.isPci && changed.has(device.pci)) ? { changed: true } : {}),
  };
}

/** Classes of PCI functions by class and subclass (PCI Code and ID Assignment Specification, chapter 1). */
const classes: Readonly<Record<number, string>> = {
  0x0000: 'Device',
  0x0106: 'SATA controller',
  0x0108: 'NVMe controller',
  0x0200: 'Ethernet controller',
  0x0300: 'VGA controller',
  0x0403: 'Audio device',
  0x0600: 'Host bridge',
  0x0601: 'ISA bridge',
  0x0604: 'PCI bridge',
  0x0c03: 'USB controller',
  0x0c05: 'SMBus',
};

/** `NVMe controller 1b36:0010`, `NVMe controller 1b36:0010, VF of 0000:01:00.0`. */
export function describeDevice(device: Device): string {
  if (!device.isPci) return 'Mediated device';
  const { pci } = device;
  const id = (number: number): string => number.toString(16).padStart(4, '0');
  const name = classes[pci.classCode >>> 8] ?? `Class ${id(pci.classCode >>> 8)}`;
  const vf = pci.physfn === null ? '' : `, VF of ${pci.physfn.name}`;
  return `${name} ${id(pci.vendor)}:${id(pci.deviceId)}${vf}`;
}
