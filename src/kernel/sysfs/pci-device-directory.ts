import type { Device } from '../driver-core';
import { withDeviceLock } from '../driver-core/device-lock';
import { EBUSY, EINVAL, EIO, ENOTTY, EPERM } from '../errno';
import type { Answer } from '../file';
import type { Kernel } from '../kernel';
import { disableDevice, enableDevice } from '../pci/power';
import type { PciDevice } from '../pci/pci-device';
import { registers } from '../pci/registers';
import { resetFunction } from '../pci/reset';
import type { Sriov } from '../pci/sriov';
import type { Process } from '../process';
import { directory, link, lookup, readOnly, readWrite, writeOnly, type SysfsDirectory, type SysfsNode } from './node';
import { parseBoolean, parseUnsigned } from './numbers';
import { resourceLines } from './pci-resources';

/** Configuration bytes that everybody may read. */
const publicConfig = 64;
/** `driver_override` takes less than a page. */
const overrideLimit = 4095;

type Files = Record<string, () => SysfsNode | undefined>;

/** Where a device really stands below `/sys/devices`: under its bridges. A VF stands beside its PF. */
export function devicePath(dev: PciDevice): string {
  const above = dev.bus.self;
  if (above !== null) return `${devicePath(above)}/${dev.name}`;
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `/sys/devices/pci${hex(dev.bus.segment, 4)}:${hex(dev.bus.number, 2)}/${dev.name}`;
}

/** The directory of a PCI device. */
export function deviceDirectory(kernel: Kernel, device: Device): SysfsDirectory {
  const dev = device.pci;
  const own = directory({
    ...identityFiles(dev),
    ...controlFiles(kernel, dev),
    ...(dev.isVirtfn ? {} : hotplugFiles(kernel, dev)),
    ...linkFiles(dev),
    ...(dev.sriov === null ? {} : sriovFiles(dev.sriov)),
  });
  const behind = (): Device[] => {
    const bus = kernel.pci.busBehind(dev);
    return bus === undefined ? [] : bus.devices.toArray().map((child) => child.device);
  };
  return lookup(
    (name) => {
      const child = behind().find((candidate) => candidate.name === name && candidate.registered);
      return child === undefined ? own.child(name) : deviceDirectory(kernel, child);
    },
    () => [...own.names(), ...behind().map((child) => child.name)],
  );
}

function identityFiles(dev: PciDevice): Files {
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}\n`;
  return {
    vendor: () => readOnly(() => hex(dev.vendor, 4)),
    device: () => readOnly(() => hex(dev.deviceId, 4)),
    subsystem_vendor: () => readOnly(() => hex(dev.subsystemVendor, 4)),
    subsystem_device: () => readOnly(() => hex(dev.subsystemDevice, 4)),
    class: () => readOnly(() => hex(dev.classCode, 6)),
    revision: () => readOnly(() => hex(dev.read(registers.classRevision, 1), 2)),
    irq: () => readOnly(() => `${dev.irq}\n`),
    modalias: () => readOnly(() => `${modalias(dev)}\n`),
    resource: () => readOnly(() => resourceLines(dev)),
    config: () => ({ kind: 'attribute', mode: 0o644, show: (process) => config(process, dev) }),
    numa_node: () => readOnly(() => '-1\n'),
  };
}

function modalias(dev: PciDevice): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  const ids = `v${hex(dev.vendor, 8)}d${hex(dev.deviceId, 8)}sv${hex(dev.subsystemVendor, 8)}sd${hex(dev.subsystemDevice, 8)}`;
  const code = dev.classCode;
  return `pci:${ids}bc${hex(code >>> 16, 2)}sc${hex((code >>> 8) & 0xff, 2)}i${hex(code & 0xff, 2)}`;
}

/** `pci_read_config`: all of it for administrators, the header for everybody else. */
function config(process: Process, dev: PciDevice): Uint8Array {
  const length = process.capable('sys_admin') ? dev.configSize : publicConfig;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset < length; offset += 4) view.setUint32(offset, dev.read(offset, 4), true);
  return bytes;
}

function controlFiles(kernel: Kernel, dev: PciDevice): Files {
  const { story } = kernel;
  const { device } = dev;
  return {
    driver_override: () =>
      readWrite(
        () => `${device.driverOverride ?? '(null)'}\n`,
        (process, text) => {
          if (text.length >= overrideLimit) {
            return story.refuse('driver_override_store/1', EINVAL, () => 'the name is longer than a page');
          }
          const name = text.split('\n', 1)[0]!;
          return withDeviceLock(process, device, () => {
            device.driverOverride = name === '' ? null : name;
            return 0;
          });
        },
      ),
    enable: () =>
      readWrite(
        () => `${dev.enableCount}\n`,
        (process, text) => enable(process, dev, text),
      ),
    reset: () => (dev.resettable ? writeOnly((process, text) => reset(process, dev, text)) : undefined),
  };
}

/** `pci_dev_hp_attrs`: VFs come and go with `sriov_numvfs` alone. */
function hotplugFiles(kernel: Kernel, dev: PciDevice): Files {
  return {
    remove: () =>
      dev.removing
        ? undefined
        : { kind: 'attribute', mode: 0o220, store: (process, text) => remove(process, dev, text) },
    rescan: () => ({
      kind: 'attribute',
      mode: 0o220,
      store: (process, text) => {
        const value = parseUnsigned(text, 64);
        if (value < 0) return kernel.story.refuse('dev_rescan_store/1', EINVAL, () => 'a number is needed');
        return value === 0 ? 0 : kernel.pci.rescan(process);
      },
    }),
  };
}

function enable(process: Process, dev: PciDevice, text: string): Answer {
  const { story } = dev.kernel;
  const value = parseUnsigned(text, 64);
  if (value < 0) return story.refuse('enable_store/1', -value, () => 'a number is needed');
  if (!process.capable('sys_admin')) return story.refuse('enable_store/2', EPERM, () => 'CAP_SYS_ADMIN is needed');
  return withDeviceLock(process, dev.device, () => {
    if (dev.device.driver !== null) return story.refuse('enable_store/3', EBUSY, () => 'a driver has the device');
    if (value > 0) return enableDevice(dev);
    if (dev.enableCount === 0) return story.refuse('enable_store/4', EIO, () => 'the device is not enabled');
    disableDevice(dev);
    return 0;
  });
}

function remove(process: Process, dev: PciDevice, text: string): Answer {
  const value = parseUnsigned(text, 64);
  if (value < 0) return dev.kernel.story.refuse('remove_store/1', EINVAL, () => 'a number is needed');
  if (value === 0) return 0;
  dev.removing = true;
  return dev.kernel.pci.removeLocked(process, dev);
}

/** `reset_store`: waits for the device's lock, unlike the reset that vfio asks for. */
function reset(process: Process, dev: PciDevice, text: string): Answer {
  const { story } = dev.kernel;
  const value = parseUnsigned(text, 64);
  if (value < 0) return story.refuse('reset_store/1', -value, () => 'a number is needed');
  if (value !== 1) return story.refuse('reset_store/2', EINVAL, () => 'only 1 means something');
  if (!dev.resettable) return story.refuse('reset_store/3', ENOTTY, () => 'no way to reset this function alone');
  return withDeviceLock(process, dev.device, () => resetFunction(dev));
}

function linkFiles(dev: PciDevice): Files {
  const { device } = dev;
  return {
    driver: () =>
      device.driver === null || device.releasing ? undefined : link(`/sys/bus/pci/drivers/${device.driver.name}`),
    iommu_group: () =>
      device.iommuGroup === null ? undefined : link(`/sys/kernel/iommu_groups/${device.iommuGroup.id}`),
    physfn: () => (isVirtfnOf(dev.physfn, dev) ? link(devicePath(dev.physfn)) : undefined),
    subsystem: () => link('/sys/bus/pci'),
  };
}

/** `physfn` and the PF's `virtfnN` come and go together, the latter before the VF's driver lets go. */
function isVirtfnOf(pf: PciDevice | null, dev: PciDevice): pf is PciDevice {
  return [...(pf?.sriov?.functions.values() ?? [])].includes(dev);
}

function sriovFiles(sriov: Sriov): Files {
  const { story } = sriov.pf.kernel;
  const files: Files = {
    sriov_totalvfs: () => readOnly(() => `${sriov.totalVfs}\n`),
    sriov_numvfs: () =>
      readWrite(
        () => `${sriov.numVfs}\n`,
        (process, text) => {
          const count = parseUnsigned(text, 16);
          if (count < 0) return story.refuse('sriov_numvfs_store/1', -count, () => 'no number of 16 bits');
          return sriov.store(process, count);
        },
      ),
    sriov_offset: () => readOnly(() => `${sriov.vfOffset}\n`),
    sriov_stride: () => readOnly(() => `${sriov.vfStride}\n`),
    sriov_vf_device: () => readOnly(() => `${sriov.vfDevice.toString(16)}\n`),
    sriov_drivers_autoprobe: () =>
      readWrite(
        () => (sriov.driversAutoprobe ? '1\n' : '0\n'),
        (_process, text) => {
          const on = parseBoolean(text);
          if (on === undefined) return story.refuse('sriov_drivers_autoprobe_store/1', EINVAL, () => 'no truth value');
          sriov.driversAutoprobe = on;
          return 0;
        },
      ),
  };
  for (const [index, vf] of sriov.functions) files[`virtfn${index}`] = () => link(devicePath(vf));
  return files;
}
