import type { Device, Driver } from '../driver-core';
import type { DriverCore } from '../driver-core/driver-core';
import { ENODEV } from '../errno';
import type { Kernel } from '../kernel';
import { directory, link, lookup, readWrite, writeOnly, type SysfsDirectory, type SysfsNode } from './node';
import { devicePath } from './pci-device-directory';

/** Files of a directory by name. */
type Files = Record<string, () => SysfsNode | undefined>;

/** A directory below `/sys/bus`; `own` are files that only this bus has. */
export function busDirectory(kernel: Kernel, bus: DriverCore, own: Files = {}): SysfsDirectory {
  return directory({
    devices: () =>
      lookup(
        (name) => linkTo(kernel, bus.device(name)),
        () => bus.devices.keys(),
      ),
    drivers: () =>
      lookup(
        (name) => {
          const driver = bus.driver(name);
          return driver === undefined ? undefined : driverDirectory(kernel, bus, driver);
        },
        () => bus.drivers.keys(),
      ),
    drivers_autoprobe: () =>
      readWrite(
        () => (bus.autoprobe ? '1\n' : '0\n'),
        (_process, text) => {
          bus.autoprobe = !text.startsWith('0');
          return 0;
        },
      ),
    drivers_probe: () => writeOnly((process, text) => bus.driversProbe(process, text)),
    ...own,
  });
}

/** A link to a device's own directory. */
export function linkTo(kernel: Kernel, device: Device | undefined): SysfsNode | undefined {
  const path = device === undefined ? undefined : pathOf(kernel, device);
  return path === undefined ? undefined : link(path);
}

function pathOf(kernel: Kernel, device: Device): string | undefined {
  return device.isPci ? devicePath(device.pci) : kernel.mdev.device(device.name)?.path;
}

function driverDirectory(kernel: Kernel, bus: DriverCore, driver: Driver): SysfsDirectory {
  const fixed = directory({
    bind: () => writeOnly((process, text) => bus.bind(process, driver, text)),
    unbind: () => writeOnly((process, text) => bus.unbind(process, driver, text)),
    uevent: () => writeOnly(() => kernel.story.refuse('uevent_store/1', ENODEV, () => 'events are not simulated')),
    ...(driver.dynamicIds === undefined ? {} : idFiles(bus, driver)),
  });
  const bound = (): Device[] => bus.boundTo(driver);
  return lookup(
    (name) =>
      fixed.child(name) ??
      linkTo(
        kernel,
        bound().find((device) => device.name === name),
      ),
    () => [...fixed.names(), ...bound().map((device) => device.name)],
  );
}

function idFiles(bus: DriverCore, driver: Driver): Files {
  return {
    new_id: () => writeOnly((process, text) => bus.newId(process, driver, text)),
    remove_id: () => writeOnly((_process, text) => bus.removeId(driver, text)),
  };
}
