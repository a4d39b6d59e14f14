import type { Journal } from '../../history';
import type { Machine } from '../../hardware';
import { DynamicIds, matchesId, type Device, type Driver } from '../driver-core';
import { ENODEV } from '../errno';
import type { Answer } from '../file';
import type { Process } from '../process';
import { andThen } from '../blocking';
import { powerState } from './pci-device';
import { disableDevice, enableDevice } from './power';
import { nvmeTable, portTable, type TableId } from './id-tables';
import { command } from './registers';

/** Vectors that they ask for, on the one processor that the machines have. */
const hostVectors = 2;

/** What the simulated kernel's own drivers have in common: they take the device, enable it, and do nothing with it. */
abstract class HostDriver implements Driver {
  readonly dynamicIds: DynamicIds;

  constructor(
    journal: Journal,
    readonly name: string,
  ) {
    this.dynamicIds = new DynamicIds(journal);
  }

  abstract knows(device: Device): boolean;

  /** Kind of messages that the driver uses when the device has them. */
  protected abstract readonly messages: 'msi' | 'msix' | null;

  probe(device: Device): number {
    const { pci } = device;
    const answer = enableDevice(pci);
    if (answer !== 0) return answer;
    pci.updateCommand(command.master, 0);
    if (this.messages !== null) pci.kernel.pci.interrupts.allocate(pci, hostVectors, this.messages);
    return 0;
  }

  adopt(device: Device): void {
    const { pci } = device;
    pci.enableCount = 1;
    pci.currentState = powerState.d0;
    pci.kernel.pci.interrupts.adopt(pci);
  }

  remove(device: Device, _process: Process): Answer {
    device.pci.kernel.pci.interrupts.free(device.pci);
    disableDevice(device.pci);
    return 0;
  }
}

/** The NVMe host driver, as far as it stands in the way of vfio. */
class NvmeDriver extends HostDriver {
  readonly idTable = nvmeTable;
  protected readonly messages = 'msix';

  knows(device: Device): boolean {
    return hasDevice(this.idTable, device);
  }

  sriovConfigure(device: Device, count: number, process: Process): Answer {
    return configureSimply(device, count, process);
  }
}

/** `pci_sriov_configure_simple`. */
function configureSimply(device: Device, count: number, process: Process): Answer {
  const sriov = device.pci.sriov!;
  if (count === 0) return sriov.disable(process);
  return andThen(sriov.enable(process, count), (answer) => (answer < 0 ? answer : count));
}

/** The driver of root ports and switch ports. */
class PortDriver extends HostDriver {
  readonly idTable = portTable;
  protected readonly messages = 'msi';

  knows(device: Device): boolean {
    return hasDevice(this.idTable, device);
  }

  /** `pcie_portdrv_probe`: other bridges match the table too, and any device with `driver_override`. */
  override probe(device: Device): number {
    return device.pci.isPcie && device.pci.isPort ? super.probe(device) : -ENODEV;
  }
}

function hasDevice(table: readonly TableId[], device: Device): boolean {
  return table.some((entry) => matchesId(entry, device.pci));
}

/** `pci-stub`: keeps a device from all others. Knows none by itself. */
class StubDriver extends HostDriver {
  protected readonly messages = null;

  knows(): boolean {
    return false;
  }

  override probe(device: Device): number {
    device.pci.info('claimed by stub');
    return 0;
  }

  override remove(): Answer {
    return 0;
  }
}

/**
 * Another host driver that the machine's description names (`igb`, `mlx5_core`): it has the devices that it is
 * described with, and would take no others by itself.
 */
class OtherDriver extends HostDriver {
  protected readonly messages = null;

  knows(): boolean {
    return false;
  }

  sriovConfigure(device: Device, count: number, process: Process): Answer {
    return configureSimply(device, count, process);
  }
}

/** The drivers that a description names and that this kernel does not have otherwise. */
function describedDrivers(journal: Journal, machine: Machine, known: ReadonlySet<string>): Driver[] {
  const names = new Set<string>();
  for (const { description } of machine.functions) {
    const { driver } = description;
    if (typeof driver === 'string' && !known.has(driver)) names.add(driver);
  }
  return [...names].map((name) => new OtherDriver(journal, name));
}

/** The drivers that a kernel has besides vfio's, in the order in which they register. */
export function hostDrivers(journal: Journal, machine: Machine): Driver[] {
  const own = [
    new PortDriver(journal, 'pcieport'),
    new StubDriver(journal, 'pci-stub'),
    new NvmeDriver(journal, 'nvme'),
  ];
  const known = new Set([...own.map(({ name }) => name), 'vfio-pci']);
  return [...own, ...describedDrivers(journal, machine, known)];
}
