import type { GroupDevice, IommuGroupItem, IommuGroupsAnswer } from '../../adapter';
import { counted, dotted, listed, warning, type TreeNode } from './node';

/** The rows of the view IOMMU Groups. */
export function groupNodes({ groups }: IommuGroupsAnswer): TreeNode[] {
  return groups.map(groupNode);
}

function groupNode(group: IommuGroupItem): TreeNode {
  const holder = group.openedBy === undefined ? undefined : `open in ${group.openedBy}`;
  const { inShort, sentence, warns } = stateOf(group);
  return {
    id: `group/${group.id}`,
    label: `Group ${group.id}`,
    description: dotted(holder, group.container, inShort),
    tooltip: [
      sentence,
      group.reason,
      ...(holder === undefined ? [] : [`The group's file is ${holder}.`]),
      ...(group.container === undefined ? [] : [`Set into the container "${group.container}".`]),
    ],
    spoken: dotted(
      `IOMMU group ${group.id}`,
      group.viable ? 'viable' : inShort,
      counted(group.devices.length, 'device'),
      holder,
      group.container,
    ),
    ...(warns ? { icon: 'warning', iconColor: warning } : { icon: 'circuit-board' }),
    changed: group.changed === true || group.devices.some((device) => device.changed),
    context: 'group',
    writer: { group: group.id },
    expanded: true,
    children: () => group.devices.map((device) => deviceNode(group, device)),
  };
}

/** Whether VFIO may hand the group out, in words. A group that nobody wants to give to VFIO is nothing to warn of. */
function stateOf(group: IommuGroupItem): { inShort: string | undefined; sentence: string; warns: boolean } {
  if (group.viable) {
    return { inShort: devicesInShort(group), sentence: 'Viable: VFIO may hand this group out.', warns: false };
  }
  const why = group.why ?? 'a device is in use by the host';
  const sentence = `Not viable: ${why}.`;
  const wanted = group.devices.some(({ driver }) => driver?.startsWith('vfio') === true);
  return { inShort: wanted ? `not viable: ${why}` : 'no vfio driver', sentence, warns: wanted };
}

/** One device by its address, several by their number. */
function devicesInShort({ devices }: IommuGroupItem): string | undefined {
  return devices.length > 1 ? counted(devices.length, 'device') : undefined;
}

function deviceNode(group: IommuGroupItem, device: GroupDevice): TreeNode {
  const driver = device.driver ?? 'no driver';
  const holders = device.openBy.length === 0 ? undefined : `open in ${listed(device.openBy)}`;
  return {
    id: `group/${group.id}/${device.bdf}`,
    label: device.bdf,
    description: dotted(device.description, driver, holders),
    tooltip: [
      `${device.bdf}: ${device.description}`,
      device.driver === null ? 'No driver is bound.' : `Driver: ${device.driver}`,
      holders === undefined ? 'No process has the device open.' : `The device is ${holders}.`,
    ],
    spoken: dotted(`device ${device.bdf}`, device.description, driver, holders),
    icon: 'chip',
    changed: device.changed === true,
    context: 'device',
    writer: { device: device.bdf },
    copies: { device: device.bdf },
  };
}
