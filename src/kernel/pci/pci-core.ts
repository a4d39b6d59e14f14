import { entity, JournaledMap } from '../../history';
import type { PciFunction } from '../../hardware';
import { andThen } from '../blocking';
import { withDeviceLock, withLock } from '../driver-core/device-lock';
import type { Answer } from '../file';
import type { Kernel } from '../kernel';
import type { Process } from '../process';
import { Interrupts } from './interrupts';
import { PciBus } from './pci-bus';
import { PciDevice } from './pci-device';
import { extendedCapabilityId } from './registers';
import { probeReset } from './reset';
import { Sriov } from './sriov';

/** `drivers/pci`: buses and devices of the machine. */
export class PciCore extends entity({
  /** `pci_rescan_remove_lock`: one `remove` or `rescan` at a time. */
  locked: false,
}) {
  /** All devices by name, in the order in which they were found. */
  readonly devices: JournaledMap<string, PciDevice>;
  readonly interrupts: Interrupts;
  /** Buses by segment and number. */
  private readonly buses: JournaledMap<number, PciBus>;

  constructor(private readonly kernel: Kernel) {
    super(kernel.journal);
    this.devices = new JournaledMap(kernel.journal);
    this.buses = new JournaledMap(kernel.journal);
    this.interrupts = new Interrupts(kernel);
  }

  /** The device named `0000:01:00.0`. */
  device(name: string): PciDevice | undefined {
    return this.devices.get(name);
  }

  /**
   * Finds the machine's functions at boot: bus by bus, depth first, as `pci_scan_child_bus` does; then adds them to the
   * driver core in the order of the tree, and lets the host drivers have what they had at boot.
   */
  enumerate(): void {
    const { machine, drivers } = this.kernel;
    machine.interrupts = this.interrupts;
    for (const fn of machine.functions) this.found(fn);
    for (const bus of this.buses.values()) if (bus.isRoot) for (const dev of this.scanned(bus)) drivers.add(dev.device);
    for (const dev of this.devices.values()) this.bindAtBoot(dev);
  }

  /** The devices on a bus and below it in the order of `pci_scan_child_bus`: a whole bus before what is behind it. */
  private scanned(bus: PciBus): PciDevice[] {
    const found = [...bus.devices];
    for (const dev of bus.devices) {
      const behind = this.busBehind(dev);
      if (behind !== undefined) found.push(...this.scanned(behind));
    }
    return found;
  }

  /** The devices on a bus and on all buses below it, in `pci_walk_bus` order: each bridge before what is behind it. */
  walk(bus: PciBus): PciDevice[] {
    const found: PciDevice[] = [];
    for (const dev of bus.devices) {
      found.push(dev);
      const behind = this.busBehind(dev);
      if (behind !== undefined) found.push(...this.walk(behind));
    }
    return found;
  }

  /** `dev->subordinate`: the bus behind a bridge. */
  busBehind(dev: PciDevice): PciBus | undefined {
    for (const bus of this.buses.values()) if (bus.self === dev) return bus;
    return undefined;
  }

  /** `msleep` inside the kernel: real time that passes during a call, as rate limits and devices see it. */
  pause(ms: number): void {
    const { clock, machine } = this.kernel;
    clock.now += ms;
    machine.advance(clock.now);
  }

  /** `pci_iov_add_virtfn`: the VF comes to its PF's bus and is offered to drivers. */
  addVirtualFunction(process: Process, sriov: Sriov, index: number): Answer {
    const fn = sriov.pf.fn.virtualFunctions[index];
    if (fn === undefined) return 0;
    const bus = this.bus(fn.segment, fn.bus, sriov.pf.bus.self);
    const dev = this.add(fn, bus, sriov.pf);
    this.kernel.drivers.add(dev.device);
    sriov.functions.set(index, dev);
    return this.kernel.drivers.initialProbe(process, dev.device);
  }

  /** `pci_iov_remove_virtfn`: waits while somebody uses the VF. */
  removeVirtualFunction(process: Process, sriov: Sriov, index: number): Answer {
    const dev = sriov.functions.get(index);
    if (dev === undefined) return 0;
    sriov.functions.delete(index);
    return this.remove(process, dev);
  }

  /** What a write to `remove` does (`pci_stop_and_remove_bus_device_locked`). */
  removeLocked(process: Process, dev: PciDevice): Answer {
    return withLock(process, this, 'remove and rescan', () => this.remove(process, dev));
  }

  /** What a write to `rescan` does: finds functions that were removed, and binds them as new devices. */
  rescan(process: Process): Answer {
    return withLock(process, this, 'remove and rescan', () => this.rescanBuses(process));
  }

  /**
   * `pci_stop_and_remove_bus_device`: everything behind a bridge goes first. All drivers let go before any device is
   * taken away.
   */
  private remove(process: Process, dev: PciDevice): Answer {
    const leaving = [...this.below(dev), dev];
    return andThen(this.stopAll(process, leaving, 0), () => this.removeAll(process, leaving, 0));
  }

  /** `pci_rescan_bus` of all root buses. */
  private rescanBuses(process: Process): Answer {
    const added: PciDevice[] = [];
    for (const fn of this.kernel.machine.functions) {
      if (this.devices.has(fn.bdf) || fn.isVirtual) continue;
      if (fn.parent !== null && !this.devices.has(fn.parent.bdf)) continue;
      added.push(this.found(fn));
    }
    for (const dev of added) this.kernel.drivers.add(dev.device);
    return this.probeAll(process, added, 0);
  }

  private found(fn: PciFunction): PciDevice {
    const bridge = fn.parent === null ? null : (this.devices.get(fn.parent.bdf) ?? null);
    return this.add(fn, this.bus(fn.segment, fn.bus, bridge), null);
  }

  private add(fn: PciFunction, bus: PciBus, physfn: PciDevice | null): PciDevice {
    const dev = new PciDevice(this.kernel, fn, bus, physfn);
    if (dev.extendedCapability(extendedCapabilityId.sriov) !== 0) dev.sriov = new Sriov(dev);
    // Asked before the device stands on its bus and before what comes after it is found: the answer is never renewed.
    dev.resettable = probeReset(dev);
    bus.devices.push(dev);
    this.devices.set(dev.name, dev);
    return dev;
  }

  private bus(segment: number, number: number, self: PciDevice | null): PciBus {
    const key = segment * 256 + number;
    let bus = this.buses.get(key);
    if (bus === undefined) this.buses.set(key, (bus = new PciBus(this.journal, segment, number, self)));
    return bus;
  }

  private bindAtBoot(dev: PciDevice): void {
    const { drivers } = this.kernel;
    const { description, definition } = dev.fn;
    const name = description.driver === undefined ? definition.driver : description.driver;
    const driver = name === null ? undefined : drivers.driver(name);
    if (driver !== undefined) drivers.adopt(driver, dev.device);
  }

  private below(dev: PciDevice): PciDevice[] {
    const bus = this.busBehind(dev);
    return bus === undefined ? [] : this.walk(bus).reverse();
  }

  /** `pci_stop_bus_device`: waits for the users of each device in turn. */
  private stopAll(process: Process, devices: readonly PciDevice[], index: number): Answer {
    const dev = devices[index];
    if (dev === undefined) return 0;
    const { drivers } = this.kernel;
    const stopped = withDeviceLock(process, dev.device, () => drivers.releaseDriver(process, dev.device));
    return andThen(stopped, () => this.stopAll(process, devices, index + 1));
  }

  private removeAll(process: Process, devices: readonly PciDevice[], index: number): Answer {
    const dev = devices[index];
    if (dev === undefined) return 0;
    return andThen(this.kernel.drivers.remove(process, dev.device), () => {
      const behind = this.busBehind(dev);
      if (behind !== undefined) this.buses.delete(behind.segment * 256 + behind.number);
      dev.bus.devices.remove(dev);
      this.devices.delete(dev.name);
      return this.removeAll(process, devices, index + 1);
    });
  }

  private probeAll(process: Process, devices: readonly PciDevice[], index: number): Answer {
    const dev = devices[index];
    if (dev === undefined) return 0;
    const answer = this.kernel.drivers.initialProbe(process, dev.device);
    return andThen(answer, () => this.probeAll(process, devices, index + 1));
  }
}
