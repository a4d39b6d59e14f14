import { entity, JournaledMap } from '../../history';
import { andThen } from '../blocking';
import { EBUSY, EINVAL, EIO, ENOENT, ERANGE } from '../errno';
import { withDeviceLock } from '../driver-core/device-lock';
import type { Answer } from '../file';
import type { Process } from '../process';
import type { PciDevice } from './pci-device';
import { extendedCapabilityId } from './registers';

/** Offsets in the SR-IOV capability (PCIe 4.0, 9.3.3). */
const offsets = {
  capabilities: 0x04,
  control: 0x08,
  initialVfs: 0x0c,
  totalVfs: 0x0e,
  numVfs: 0x10,
  pageSize: 0x20,
} as const;

/** Control: VF enable, VF memory space enable. */
const control = { enable: 0x1, memory: 0x8, ari: 0x10 } as const;

/** Real time that enabling VFs takes, in ms. */
const enablePause = 100;
/** Real time that disabling them takes. */
const disablePause = 1000;

/** What the PCI core keeps of a PF (`struct pci_sriov`). */
export class Sriov extends entity({
  /** `num_VFs`: set when all of them are there. */
  numVfs: 0,
  /** `sriov_drivers_autoprobe`. */
  driversAutoprobe: true,
}) {
  /** VFs by their number, while they exist. */
  readonly functions: JournaledMap<number, PciDevice>;
  /** Offset of the capability. */
  readonly position: number;
  readonly totalVfs: number;

  constructor(readonly pf: PciDevice) {
    super(pf.journal);
    this.functions = new JournaledMap(pf.journal);
    this.position = pf.extendedCapability(extendedCapabilityId.sriov);
    this.totalVfs = pf.read(this.position + offsets.totalVfs, 2);
  }

  /** `sriov_offset`: routing id of the first VF, relative to the PF's. */
  get vfOffset(): number {
    return this.pf.read(this.position + 0x14, 2);
  }

  /** `sriov_stride`. */
  get vfStride(): number {
    return this.pf.read(this.position + 0x16, 2);
  }

  /** `sriov_vf_device`: device id of the VFs. */
  get vfDevice(): number {
    return this.pf.read(this.position + 0x1a, 2);
  }

  /** `sriov_numvfs_store`: what a write of a number to `sriov_numvfs` does. */
  store(process: Process, count: number): Answer {
    const { story } = this.pf.kernel;
    story.enter('sriov_numvfs_store', () => ({ device: this.pf.name, num_vfs: count }));
    if (count > this.totalVfs) {
      return story.refuse('sriov_numvfs_store/2', ERANGE, () => `the device can have at most ${this.totalVfs} VFs`);
    }
    const answer = withDeviceLock(process, this.pf.device, () => this.storeLocked(process, count));
    return andThen(answer, (result) => story.leave('sriov_numvfs_store', result < 0 ? result : 0));
  }

  /** `pci_enable_sriov`: 0 or a negative error. The VFs are added, and offered to drivers, one after another. */
  enable(process: Process, count: number): Answer {
    const { story } = this.pf.kernel;
    if (this.numVfs > 0) return story.refuse('sriov_enable/1', EINVAL, () => 'VFs are enabled already');
    const initial = this.pf.read(this.position + offsets.initialVfs, 2);
    if (initial > this.totalVfs) return story.refuse('sriov_enable/2', EIO, () => 'InitialVFs is above TotalVFs');
    if (count > initial) return story.refuse('sriov_enable/3', EINVAL, () => `only ${initial} VFs can be enabled`);
    this.pf.write(this.position + offsets.numVfs, 2, count);
    this.changeControl(control.enable | control.memory, 0);
    this.pf.kernel.pci.pause(enablePause);
    return andThen(this.addFrom(process, 0, count), () => {
      this.numVfs = count;
      return 0;
    });
  }

  /** `pci_disable_sriov`: removes the VFs one after another, waiting for their users. */
  disable(process: Process): Answer {
    if (this.numVfs === 0) return 0;
    return andThen(this.removeFrom(process, 0), () => {
      this.changeControl(0, control.enable | control.memory);
      this.pf.kernel.pci.pause(disablePause);
      this.numVfs = 0;
      this.pf.write(this.position + offsets.numVfs, 2, 0);
      return 0;
    });
  }

  /** `sriov_restore_state`: switches VFs on again after the PF was reset. */
  restore(): void {
    const present = this.pf.read(this.position + offsets.control, 2);
    if ((present & control.enable) !== 0) return;
    this.pf.write(this.position + offsets.pageSize, 4, 1);
    this.pf.write(this.position + offsets.numVfs, 2, this.numVfs);
    if (this.numVfs === 0) return;
    this.changeControl(control.enable | control.memory, 0);
    this.pf.kernel.pci.pause(enablePause);
    // The IOMMU knows requesters by their address: VFs that are back use the domains that they used before.
    const { iommu } = this.pf.kernel.machine;
    for (const vf of this.functions.values()) iommu?.attach(vf.fn, vf.device.iommuGroup?.domain?.table ?? null);
  }

  private storeLocked(process: Process, count: number): Answer {
    const { pf } = this;
    const { story } = pf.kernel;
    if (count === this.numVfs) return 0;
    const driver = pf.device.driver;
    if (driver?.sriovConfigure === undefined) {
      pf.info('Driver does not support SRIOV configuration via sysfs');
      return story.refuse('sriov_numvfs_store/3', ENOENT, () => 'no driver, or one without sriov_configure');
    }
    if (count > 0 && this.numVfs > 0) {
      pf.warn(`${this.numVfs} VFs already enabled. Disable before enabling ${count} VFs`);
      return story.refuse('sriov_numvfs_store/4', EBUSY, () => 'the number can only change by way of 0');
    }
    return andThen(driver.sriovConfigure(pf.device, count, process), (answer) => {
      if (count > 0 && answer >= 0 && answer !== count) pf.warn(`${count} VFs requested; only ${answer} enabled`);
      return answer;
    });
  }

  private addFrom(process: Process, index: number, count: number): Answer {
    if (index >= count) return 0;
    return andThen(this.pf.kernel.pci.addVirtualFunction(process, this, index), () =>
      this.addFrom(process, index + 1, count),
    );
  }

  private removeFrom(process: Process, index: number): Answer {
    if (index >= this.numVfs) return 0;
    const answer = this.pf.kernel.pci.removeVirtualFunction(process, this, index);
    return andThen(answer, () => this.removeFrom(process, index + 1));
  }

  private changeControl(set: number, clear: number): void {
    const at = this.position + offsets.control;
    this.pf.write(at, 2, (this.pf.read(at, 2) & ~clear) | set);
  }
}
