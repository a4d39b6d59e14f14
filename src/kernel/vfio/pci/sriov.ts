import { andThen } from '../../blocking';
import type { Device } from '../../driver-core';
import type { BusListener } from '../../driver-core/driver-core';
import { ENODEV, ENOENT } from '../../errno';
import type { Answer } from '../../file';
import type { Process } from '../../process';
import { VfioPciDevice } from './device';

/** Name of the driver, which is also what a captured VF's `driver_override` becomes. */
export const driverName = 'vfio-pci';

/** `get_pf_vdev`: the vfio-pci device of a VF's PF, or undefined when another driver or none has the PF. */
export function physfnDevice(vdev: VfioPciDevice): VfioPciDevice | undefined {
  const { physfn } = vdev.pdev;
  if (physfn === null || physfn.device.driver?.name !== driverName) return undefined;
  const data = vdev.kernel.vfio.vfioDevice(physfn.device)?.data;
  return data instanceof VfioPciDevice ? data : undefined;
}

/** `vfio_pci_sriov_configure`. */
export function vfio_pci_sriov_configure(
  vdev: VfioPciDevice | undefined,
  device: Device,
  count: number,
  process: Process,
): Answer {
  const sriov = device.pci.sriov!;
  const { story, parameters } = device.pci.kernel;
  if (parameters.get('vfio_pci', 'enable_sriov')?.on !== true) {
    return story.refuse('vfio_pci_sriov_configure/1', ENOENT, () => 'the parameter enable_sriov of vfio-pci is off');
  }
  if (vdev === undefined) {
    return story.refuse('vfio_pci_sriov_configure/2', ENODEV, () => `${device.name} is no vfio device`);
  }
  if (count === 0) return andThen(sriov.disable(process), () => 0);
  return andThen(sriov.enable(process, count), (answer) => {
    if (answer >= 0) return count;
    return story.refuse('vfio_pci_sriov_configure/4', -answer, () => 'the PCI core cannot enable the VFs');
  });
}

/** Watches for VFs of one PF, so that no host driver takes them (`vfio_pci_bus_notifier`). */
export class VirtualFunctionWatch implements BusListener {
  constructor(private readonly vdev: VfioPciDevice) {}

  busEvent(event: 'ADD_DEVICE' | 'BOUND_DRIVER', device: Device): void {
    const { vdev } = this;
    if (device.pci.physfn !== vdev.pdev) return;
    if (event === 'ADD_DEVICE') {
      vdev.info(`Captured SR-IOV VF ${device.name} driver_override`);
      device.driverOverride = driverName;
    } else if (device.driver !== null && device.driver.name !== driverName) {
      vdev.warn(`VF ${device.name} bound to driver ${device.driver.name} while PF bound to vfio-pci`);
    }
  }
}
