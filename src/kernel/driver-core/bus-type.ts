import type { Answer } from '../file';
import type { Process } from '../process';
import type { BusName, Device } from './device';
import type { Driver } from './driver';

/** What is particular to a bus (`struct bus_type`). */
export interface BusType {
  /** As under `/sys/bus`. */
  readonly name: BusName;
  /** Whether the driver may try the device. */
  matches(driver: Driver, device: Device): boolean;
  /** Gives the device to the driver: 0 or a negative error. */
  probe(driver: Driver, device: Device): number;
  /** Takes it back, while `device.driver` still names the driver; may wait for users. */
  remove(driver: Driver, device: Device, process: Process): Answer;
}
