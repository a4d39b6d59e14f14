import { Entity, JournaledList, type Journal } from '../../history';
import type { PciDevice } from './pci-device';

/** `struct pci_bus`. */
export class PciBus extends Entity {
  /** Devices on it, in the order in which they were added. */
  readonly devices: JournaledList<PciDevice>;

  constructor(
    journal: Journal,
    readonly segment: number,
    readonly number: number,
    /** The bridge above; null for a root bus. */
    readonly self: PciDevice | null,
  ) {
    super(journal);
    this.devices = new JournaledList(journal);
  }

  get isRoot(): boolean {
    return this.self === null;
  }
}
