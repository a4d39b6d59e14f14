import { entity, type Journal } from '../../history';
import type { IommuGroup } from '../iommu/group';
import type { PciDevice } from '../pci/pci-device';
import type { Driver } from './driver';

/** Buses that simulated devices sit on. */
export type BusName = 'pci' | 'mdev';

/** No driver data; typed so that anything may follow. */
const nothing: unknown = null;

/** `struct device`: what the driver core, the IOMMU core and vfio know of a device. */
export class Device extends entity({
  /** The driver that it is bound to (during probe already). */
  driver: null as Driver | null,
  /** The driver is letting it go: its links are gone from sysfs, and the removal may be waiting. */
  releasing: false,
  /** `dev_set_drvdata`: what the bound driver keeps for it. */
  driverData: nothing,
  iommuGroup: null as IommuGroup | null,
  /** `driver_override` of its bus; null: not set. */
  driverOverride: null as string | null,
  /** `device_lock`: held through bind, unbind and `sriov_numvfs`; a second taker waits. */
  locked: false,
  /** Whether it is on its bus (false before `device_add` and after `device_del`). */
  registered: false,
}) {
  constructor(
    journal: Journal,
    /** `dev_name`: `0000:00:04.0`. */
    readonly name: string,
    readonly bus: BusName,
    private readonly pciSide: PciDevice | null = null,
  ) {
    super(journal);
  }

  /** `dev_is_pci`. */
  get isPci(): boolean {
    return this.pciSide !== null;
  }

  /** `to_pci_dev`: the PCI side of a device on the PCI bus. Asking another device for it is a mistake. */
  get pci(): PciDevice {
    if (this.pciSide === null) throw new TypeError(`${this.name} is no PCI device`);
    return this.pciSide;
  }
}

/** What `dev_info` and its siblings put before a message: the driver (or bus) and the device. */
export function devicePrefix(device: Device): string {
  return `${device.driver?.name ?? device.bus} ${device.name}: `;
}
