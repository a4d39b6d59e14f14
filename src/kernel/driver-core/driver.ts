import type { Answer } from '../file';
import type { Process } from '../process';
import type { Device } from './device';
import type { DynamicIds, PciId } from './dynamic-ids';

/** A driver of a bus (`struct device_driver` with the bus's own structure around it). */
export interface Driver {
  /** As under `/sys/bus/BUS/drivers`. */
  readonly name: string;
  /** PCI: ids added through `new_id`. Other buses have no such file. */
  readonly dynamicIds?: DynamicIds;
  /** PCI: the driver's own id table, when it has one. `new_id` looks into it. */
  readonly idTable?: readonly (PciId & { readonly driverData: bigint })[];
  /** Whether the driver's own id table has the device. */
  knows(device: Device): boolean;
  /** Takes the device: 0 or a negative error. */
  probe(device: Device): number;
  /** Takes a device that the machine's description says it has since boot, and whose registers show it. */
  adopt?(device: Device): void;
  /** Lets the device go; may wait for its users on behalf of the process that asked for it. */
  remove(device: Device, process: Process): Answer;
  /** `sriov_configure`: enables `count` VFs, or disables them for 0; answers the number enabled. */
  sriovConfigure?(device: Device, count: number, process: Process): Answer;
}
