import type { Device } from '../driver-core';
import { EINVAL } from '../errno';
import type { IommuGroup } from '../iommu/group';
import type { Kernel } from '../kernel';
import type { ModuleParameter } from '../module-parameters';
import { busDirectory, linkTo } from './bus';
import { mdevBusClass, virtualParent } from './mdev';
import { parseUnsigned } from './numbers';
import { directory, link, lookup, readOnly, writeOnly, type SysfsDirectory, type SysfsNode } from './node';
import { devicePath, deviceDirectory } from './pci-device-directory';

/** The top directory. */
export function sysfsRoot(kernel: Kernel): SysfsDirectory {
  return directory({
    bus: () => buses(kernel),
    class: () =>
      directory({
        vfio: () => vfioClass(kernel),
        mdev_bus: () => (kernel.mdev.parents.size === 0 ? undefined : mdevBusClass(kernel)),
      }),
    devices: () => devices(kernel),
    kernel: () => directory({ iommu_groups: () => iommuGroups(kernel) }),
    module: () => modules(kernel),
  });
}

/** `/sys/bus`: that of mediated devices is there once its module is loaded. */
function buses(kernel: Kernel): SysfsDirectory {
  return directory({
    pci: () => busDirectory(kernel, kernel.drivers, { rescan: () => rescan(kernel) }),
    mdev: () => (kernel.modules.has('mdev') ? busDirectory(kernel, kernel.mdev.bus) : undefined),
  });
}

function rescan(kernel: Kernel): SysfsNode {
  return writeOnly((process, text) => {
    const value = parseUnsigned(text, 64);
    if (value < 0) return kernel.story.refuse('rescan_store/1', EINVAL, () => 'a number is needed');
    return value === 0 ? 0 : kernel.pci.rescan(process);
  });
}

/** `/sys/devices`: root buses, and below each its tree of devices. */
function devices(kernel: Kernel): SysfsDirectory {
  const roots = (): Map<string, SysfsNode> => {
    const found = new Map<string, SysfsNode>();
    for (const dev of kernel.pci.devices.values()) {
      if (!dev.bus.isRoot) continue;
      const path = devicePath(dev);
      const name = path.split('/')[3]!;
      if (!found.has(name)) found.set(name, rootBus(kernel, name));
    }
    found.set('virtual', directory({ vfio: () => vfioDevices(kernel), ...virtualParents(kernel) }));
    return found;
  };
  return lookup(
    (name) => roots().get(name),
    () => roots().keys(),
  );
}

/** Parents of mediated devices that are no hardware, by class. */
function virtualParents(kernel: Kernel): Record<string, () => SysfsNode> {
  const parents = [...kernel.mdev.parents.values()].map((parent) => [
    parent.device.driverString,
    () => virtualParent(kernel, parent),
  ]);
  return Object.fromEntries(parents) as Record<string, () => SysfsNode>;
}

function rootBus(kernel: Kernel, busName: string): SysfsDirectory {
  const here = (): Device[] =>
    [...kernel.drivers.devices.values()].filter(
      ({ pci }) => pci.bus.isRoot && devicePath(pci) === `/sys/devices/${busName}/${pci.name}`,
    );
  return lookup(
    (name) => {
      const device = here().find((candidate) => candidate.name === name);
      return device === undefined ? undefined : deviceDirectory(kernel, device);
    },
    () => here().map((device) => device.name),
  );
}

function iommuGroups(kernel: Kernel): SysfsDirectory {
  const { groups } = kernel.iommu;
  return lookup(
    (name) => {
      const group = /^(0|[1-9]\d*)$/.test(name) ? groups.get(Number(name)) : undefined;
      return group === undefined ? undefined : groupDirectory(kernel, group);
    },
    () => [...groups.keys()].map(String),
  );
}

function groupDirectory(kernel: Kernel, group: IommuGroup): SysfsDirectory {
  return directory({
    devices: () =>
      lookup(
        (name) =>
          linkTo(
            kernel,
            group.devices.toArray().find((device) => device.name === name),
          ),
        () => group.devices.toArray().map((device) => device.name),
      ),
    reserved_regions: () => readOnly(() => reservedRegions(kernel, group)),
    type: () => readOnly(() => `${group.defaultDomain?.type ?? 'unknown'}\n`),
    name: () => (group.name === null ? undefined : readOnly(() => `${group.name}\n`)),
  });
}

function reservedRegions(kernel: Kernel, group: IommuGroup): string {
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  return kernel.iommu
    .reservedRegions(group)
    .map(({ start, end, type }) => `${hex(start)} ${hex(end)} ${type === 'software-msi' ? 'msi' : type}\n`)
    .join('');
}

function modules(kernel: Kernel): SysfsDirectory {
  const all = (): ModuleParameter[] => [...kernel.parameters.all.values()];
  return lookup(
    (module) => {
      const own = all().filter((parameter) => parameter.module === module);
      return own.length === 0 ? undefined : directory({ parameters: () => parameters(own) });
    },
    () => new Set(all().map((parameter) => parameter.module)),
  );
}

function parameters(own: readonly ModuleParameter[]): SysfsDirectory {
  return lookup(
    (name) => {
      const parameter = own.find((candidate) => candidate.name === name);
      if (parameter === undefined) return undefined;
      return {
        kind: 'attribute',
        mode: parameter.mode,
        show: () => parameter.show(),
        store: (_process, text) => parameter.store(text),
      };
    },
    () => own.map((parameter) => parameter.name),
  );
}

/** Names of the vfio groups: the number, or `noiommu-` and the number. */
function vfioGroupNames(kernel: Kernel): string[] {
  return [...kernel.vfio.groups.values()].map((group) => group.path.slice('/dev/vfio/'.length));
}

function vfioClass(kernel: Kernel): SysfsDirectory {
  return lookup(
    (name) => (vfioGroupNames(kernel).includes(name) ? link(`/sys/devices/virtual/vfio/${name}`) : undefined),
    () => vfioGroupNames(kernel),
  );
}

function vfioDevices(kernel: Kernel): SysfsDirectory {
  return lookup(
    (name) => (vfioGroupNames(kernel).includes(name) ? directory({}) : undefined),
    () => vfioGroupNames(kernel),
  );
}
