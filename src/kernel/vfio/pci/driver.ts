import { Entity, JournaledMap } from '../../../history';
import { andThen } from '../../blocking';
import { DynamicIds, parsePciId, type Device, type Driver } from '../../driver-core';
import { EBUSY, EINVAL } from '../../errno';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import { powerState } from '../../pci/pci-device';
import type { Process } from '../../process';
import { VfioPciDevice } from './device';
import { IrqBypass } from './irq-bypass';
import { registerParameters, type VfioPciParameters } from './parameters';
import { probePowerState, vfio_pci_set_power_state } from './power';
import { driverName, VirtualFunctionWatch, vfio_pci_sriov_configure } from './sriov';
import { generateToken, VfToken } from './vf-token';
import { vfioPciOps } from './vfio-pci-ops';

/** The commit that let vfio-pci enable VFs. */
const sriovChange = '137e5531351d';

/** The driver `vfio-pci` (`vfio_pci_driver`): it knows no device by itself. */
export class VfioPciDriver extends Entity implements Driver {
  readonly name = driverName;
  readonly dynamicIds: DynamicIds;
  sriovConfigure?: (device: Device, count: number, process: Process) => Answer;
  private readonly irqBypass: IrqBypass;
  private readonly watches: JournaledMap<VfioPciDevice, VirtualFunctionWatch>;

  constructor(
    private readonly kernel: Kernel,
    private readonly parameters: VfioPciParameters,
  ) {
    super(kernel.journal);
    this.dynamicIds = new DynamicIds(kernel.journal);
    this.irqBypass = new IrqBypass(kernel.journal);
    this.watches = new JournaledMap(kernel.journal);
    if (kernel.has(sriovChange)) {
      this.sriovConfigure = (device, count, process) =>
        vfio_pci_sriov_configure(vfioPciDevice(kernel, device), device, count, process);
    }
  }

  knows(): boolean {
    return false;
  }

  /** `vfio_pci_probe`. */
  probe(device: Device): number {
    const { story, vfio } = this.kernel;
    const { pci: pdev } = device;
    story.enter('vfio_pci_probe', () => ({ pdev: device.name }));
    if (pdev.headerType !== 0) {
      return story.leave(
        'vfio_pci_probe',
        story.refuse('vfio_pci_probe/1', EINVAL, () => 'bridges cannot be passed on'),
      );
    }
    if (pdev.numVfs > 0) {
      pdev.warn(`${this.prefix}Cannot bind to PF with SR-IOV enabled`);
      const why = (): string => `${pdev.numVfs} VFs are enabled, and may be in use`;
      return story.leave('vfio_pci_probe', story.refuse('vfio_pci_probe/2', EBUSY, why));
    }
    const group = vfio.vfio_iommu_group_get(device);
    if (group === null) {
      return story.leave(
        'vfio_pci_probe',
        story.refuse('vfio_pci_probe/3', EINVAL, () => 'the device is in no IOMMU group'),
      );
    }
    const vdev = new VfioPciDevice(this.kernel, pdev, this.parameters, this.irqBypass);
    const answer = vfio.vfio_add_group_dev(device, vfioPciOps, vdev);
    if (answer !== 0) {
      vfio.vfio_iommu_group_put(group, device);
      story.refuse('vfio_pci_probe/5', -answer, () => 'vfio does not take the device');
      return story.leave('vfio_pci_probe', answer);
    }
    if (pdev.sriov !== null && this.kernel.has('48219795e7db')) this.shareToken(vdev);
    probePowerState(vdev);
    if (!this.parameters.disableIdleD3.on) {
      // From an unknown state only D0 can be reached.
      vfio_pci_set_power_state(vdev, powerState.d0);
      vfio_pci_set_power_state(vdev, powerState.d3hot);
    }
    return story.leave('vfio_pci_probe', 0);
  }

  /** `vfio_pci_remove`: VFs go first, then the device, each as soon as its users are done. */
  remove(device: Device, process: Process): Answer {
    const { story, vfio } = this.kernel;
    story.enter('vfio_pci_remove', () => ({ pdev: device.name }));
    const sriov = device.pci.sriov;
    const withoutVfs = sriov === null ? 0 : sriov.disable(process);
    return andThen(withoutVfs, () => {
      const vdev = vfioPciDevice(this.kernel, device);
      const group = device.iommuGroup;
      return andThen(vfio.vfio_del_group_dev(process, device), () => {
        if (vdev !== undefined) this.forget(vdev);
        if (group !== null) vfio.vfio_iommu_group_put(group, device);
        return story.leave('vfio_pci_remove', 0);
      });
    });
  }

  private shareToken(vdev: VfioPciDevice): void {
    vdev.vfToken = new VfToken(this.journal, generateToken(vdev.pdev.name, this.kernel.clock.now));
    const watch = new VirtualFunctionWatch(vdev);
    this.watches.set(vdev, watch);
    this.kernel.drivers.busListeners.push(watch);
  }

  private forget(vdev: VfioPciDevice): void {
    const watch = this.watches.get(vdev);
    if (watch !== undefined) {
      this.kernel.drivers.busListeners.remove(watch);
      this.watches.delete(vdev);
    }
    vdev.vfToken = null;
    if (!this.parameters.disableIdleD3.on) vfio_pci_set_power_state(vdev, powerState.d0);
  }

  private get prefix(): string {
    return this.kernel.has('959e1b75cc87') ? '' : 'vfio_pci: ';
  }
}

/** The vfio-pci device of a device that is bound to the driver. */
export function vfioPciDevice(kernel: Kernel, device: Device): VfioPciDevice | undefined {
  const data = kernel.vfio.vfioDevice(device)?.data;
  return data instanceof VfioPciDevice ? data : undefined;
}

/** Loads the driver: parameters, registration on the PCI bus, and the ids that it was given along. */
export function registerVfioPci(kernel: Kernel, ids: string): void {
  const driver = new VfioPciDriver(kernel, registerParameters(kernel));
  kernel.drivers.register(driver);
  for (const id of ids.split(',')) if (id !== '') addParameterId(kernel, driver, id);
}

/** `vfio_pci_fill_ids` for one entry: hexadecimal fields with colons between them. */
function addParameterId(kernel: Kernel, driver: VfioPciDriver, text: string): void {
  const id = parsePciId(text.replaceAll(':', ' '));
  if (id === undefined) {
    kernel.log.warn(`vfio_pci: invalid id string "${text}"`);
    return;
  }
  driver.dynamicIds.add(id);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const numbers = `[${hex(id.vendor, 4)}:${hex(id.device, 4)}[${hex(id.subvendor, 4)}:${hex(id.subdevice, 4)}]]`;
  kernel.log.info(`vfio_pci: add ${numbers} class 0x${hex(id.class, 6)}/${hex(id.classMask, 8)}`);
}
