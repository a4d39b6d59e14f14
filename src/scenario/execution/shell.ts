import { errnoNumbers, type CallResult, type Process } from '../../kernel';
import type { Execution } from './execution';

const { ENODEV } = errnoNumbers;

const pciDevices = '/sys/bus/pci/devices';
const pciDrivers = '/sys/bus/pci/drivers';

/** Modules that are built into the simulated kernel, so that modprobe has nothing to load. */
const builtIn = new Set(['vfio', 'vfio_pci', 'vfio_iommu_type1', 'vfio_virqfd', 'pci_stub']);

/**
 * `bind 01:00.0 vfio-pci`: what driverctl and libvirt do. Unbinds the device from its driver, sets driver_override
 * and has the bus probe the device. -ENODEV when the driver did not take it.
 */
export function bind(x: Execution, process: Process, device: string, driver: string): CallResult {
  const bound = driverOf(x, device);
  if (bound === driver) return { ret: 0 };
  if (bound !== null) {
    const unbound = unbind(x, process, device);
    if (stopped(unbound)) return unbound;
  }
  const override = x.syscalls.echo(process, `${pciDevices}/${device}/driver_override`, driver);
  if (stopped(override)) return override;
  const probed = x.syscalls.echo(process, '/sys/bus/pci/drivers_probe', device);
  if (stopped(probed)) return probed;
  return { ret: driverOf(x, device) === driver ? 0 : -ENODEV };
}

/** `unbind 01:00.0`: takes the device from whatever driver it has; -ENODEV when it has none. */
export function unbind(x: Execution, process: Process, device: string): CallResult {
  const driver = driverOf(x, device);
  return driver === null ? { ret: -ENODEV } : x.syscalls.echo(process, `${pciDrivers}/${driver}/unbind`, device);
}

/** `modprobe vfio-pci { enable_sriov = true }`: of modules that are built in only the parameters have an effect. */
export function modprobe(
  x: Execution,
  process: Process,
  module: string,
  parameters: readonly (readonly [string, string])[],
): CallResult {
  const name = module.replaceAll('-', '_');
  if (!builtIn.has(name)) {
    const loaded = x.syscalls.loadModule(process, name);
    if (stopped(loaded)) return loaded;
  }
  for (const [parameter, value] of parameters) {
    const result = x.syscalls.echo(process, `/sys/module/${name}/parameters/${parameter}`, value);
    if (stopped(result)) return result;
  }
  return { ret: 0 };
}

function driverOf(x: Execution, device: string): string | null {
  return x.kernel.pci.device(device)?.device.driver?.name ?? null;
}

const stopped = ({ ret, blocked, busy }: CallResult): boolean => ret < 0 || blocked === true || busy === true;
