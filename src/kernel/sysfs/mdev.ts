import type { Kernel } from '../kernel';
import type { MdevDevice, MdevParent, MdevType } from '../vfio/mdev';
import { linkTo } from './bus';
import { directory, link, lookup, readOnly, writeOnly, type SysfsDirectory, type SysfsNode } from './node';
import { parseUnsigned } from './numbers';

/** Longest number that `remove` takes (`unsigned long`). */
const longBits = 64;

/** `/sys/class/mdev_bus`: links to all parents; there since the first of them registered. */
export function mdevBusClass(kernel: Kernel): SysfsDirectory {
  return lookup(
    (name) => {
      const parent = kernel.mdev.parents.get(name);
      return parent === undefined || parent.unregistering ? undefined : link(parent.device.path);
    },
    () => [...kernel.mdev.parents.values()].filter((p) => !p.unregistering).map((p) => p.device.name),
  );
}

/** Directories below `/sys/devices/virtual` for parents that are no hardware: by class, then by name. */
export function virtualParent(kernel: Kernel, parent: MdevParent): SysfsDirectory {
  return directory({ [parent.device.name]: () => parentDirectory(kernel, parent) });
}

/** A parent: its own files, the types, and the mediated devices that were made of it. */
function parentDirectory(kernel: Kernel, parent: MdevParent): SysfsDirectory {
  const groups = Object.entries(parent.ops.parentFiles ?? {}).map(([name, files]) => [
    name,
    () => shown(files, undefined),
  ]);
  const fixed = directory({
    mdev_supported_types: () =>
      directory(Object.fromEntries(parent.types.map((type) => [type.name, () => typeDirectory(kernel, type)]))),
    ...(Object.fromEntries(groups) as Record<string, () => SysfsNode>),
  });
  const children = (): MdevDevice[] => [...kernel.mdev.devices.values()].filter((mdev) => mdev.parent === parent);
  return lookup(
    (name) => {
      const child = children().find(({ uuid }) => uuid === name);
      return child === undefined ? fixed.child(name) : mdevDirectory(kernel, child);
    },
    () => [...fixed.names(), ...children().map(({ uuid }) => uuid)],
  );
}

function typeDirectory(kernel: Kernel, type: MdevType): SysfsDirectory {
  const made = (): MdevDevice[] =>
    [...kernel.mdev.devices.values()].filter((mdev) => mdev.type === type && mdev.removable);
  const files = Object.entries(type.group.files).map(([name, show]) => [name, () => readOnly(() => show(type))]);
  return directory({
    create: () => writeOnly((process, text) => kernel.mdev.create(process, type, text)),
    devices: () =>
      lookup(
        (name) => linkTo(kernel, made().find(({ uuid }) => uuid === name)?.device),
        () => made().map(({ uuid }) => uuid),
      ),
    ...(Object.fromEntries(files) as Record<string, () => SysfsNode>),
  });
}

/** A mediated device. */
function mdevDirectory(kernel: Kernel, mdev: MdevDevice): SysfsDirectory {
  const { device, type } = mdev;
  const groups = Object.entries(mdev.parent.ops.deviceFiles ?? {}).map(([name, files]) => [
    name,
    () => shown(files, mdev),
  ]);
  return directory({
    remove: () =>
      mdev.removable
        ? writeOnly((process, text) => kernel.mdev.remove(process, mdev, parseUnsigned(text, longBits)))
        : undefined,
    mdev_type: () =>
      mdev.removable ? link(`${mdev.parent.device.path}/mdev_supported_types/${type.name}`) : undefined,
    iommu_group: () =>
      device.iommuGroup === null ? undefined : link(`/sys/kernel/iommu_groups/${device.iommuGroup.id}`),
    driver: () =>
      device.driver === null || device.releasing ? undefined : link(`/sys/bus/mdev/drivers/${device.driver.name}`),
    subsystem: () => link('/sys/bus/mdev'),
    ...(Object.fromEntries(groups) as Record<string, () => SysfsNode>),
  });
}

function shown<Subject>(files: Readonly<Record<string, (subject: Subject) => string>>, subject: Subject): SysfsNode {
  return directory(
    Object.fromEntries(Object.entries(files).map(([name, show]) => [name, () => readOnly(() => show(subject))])),
  );
}
