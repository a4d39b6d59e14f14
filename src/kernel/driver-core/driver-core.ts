import { entity, JournaledList, JournaledMap } from '../../history';
import { andThen } from '../blocking';
import { EEXIST, EINVAL, ENODEV, ENXIO } from '../errno';
import type { Answer } from '../file';
import type { Kernel } from '../kernel';
import { bug } from '../oops';
import type { Process } from '../process';
import type { BusType } from './bus-type';
import type { Device } from './device';
import { withDeviceLock } from './device-lock';
import type { Driver } from './driver';
import { coversId, parseDriverData, parsePciId, type PciId } from './dynamic-ids';

/** Somebody who hears of devices on a bus (`bus_register_notifier`). */
export interface BusListener {
  /** `BUS_NOTIFY_ADD_DEVICE` and `BUS_NOTIFY_BOUND_DRIVER`: the two that vfio-pci acts on. */
  busEvent(event: 'ADD_DEVICE' | 'BOUND_DRIVER', device: Device): void;
}

/**
 * `drivers/base`: the devices and drivers of one bus, and how the two come together and part.
 * Devices are kept in the order in which they came to the bus, drivers in the order of registration: both orders show.
 */
export class DriverCore extends entity({
  /** `/sys/bus/BUS/drivers_autoprobe`. */
  autoprobe: true,
  /** A listener found a state that the kernel does not go on with (`BUG`): whose call it is dies of it. */
  bug: '',
}) {
  readonly devices: JournaledMap<string, Device>;
  readonly drivers: JournaledMap<string, Driver>;
  readonly busListeners: JournaledList<BusListener>;

  constructor(
    private readonly kernel: Kernel,
    private readonly type: BusType,
  ) {
    super(kernel.journal);
    this.devices = new JournaledMap(kernel.journal);
    this.drivers = new JournaledMap(kernel.journal);
    this.busListeners = new JournaledList(kernel.journal);
  }

  /** `driver_register`, before any device is there. */
  register(driver: Driver): void {
    this.drivers.set(driver.name, driver);
  }

  /** `driver_register` of a module that is loaded: free devices are offered to it (`driver_attach`). */
  registerLate(process: Process, driver: Driver): Answer {
    this.register(driver);
    return this.autoprobe ? this.driverAttach(process, driver, [...this.devices.values()], 0) : 0;
  }

  /** `driver_unregister`: takes its devices from it one after the other, waiting for their users. */
  unregister(process: Process, driver: Driver): Answer {
    const [bound] = this.boundTo(driver);
    if (bound === undefined) {
      this.drivers.delete(driver.name);
      return 0;
    }
    const released = withDeviceLock(process, bound, () => this.releaseDriver(process, bound));
    return andThen(released, () => this.unregister(process, driver));
  }

  device(name: string): Device | undefined {
    return this.devices.get(name);
  }

  driver(name: string): Driver | undefined {
    return this.drivers.get(name);
  }

  /** Devices bound to a driver and not on their way out, in bus order. */
  boundTo(driver: Driver): Device[] {
    return [...this.devices.values()].filter((device) => device.driver === driver && !device.releasing);
  }

  /** `device_add`: puts the device on the bus, into its IOMMU group, and tells the listeners. Does not probe. */
  add(device: Device): void {
    this.devices.set(device.name, device);
    device.registered = true;
    this.kernel.iommu.addDevice(device);
    for (const listener of this.busListeners.toArray()) listener.busEvent('ADD_DEVICE', device);
  }

  /** `device_release_driver`, then `device_del`: may wait for users of the device. */
  remove(process: Process, device: Device): Answer {
    const released = withDeviceLock(process, device, () => this.releaseDriver(process, device));
    return andThen(released, () => {
      device.registered = false;
      this.devices.delete(device.name);
      this.kernel.iommu.removeDevice(device);
      return 0;
    });
  }

  /** The bus's `match`. */
  matches(driver: Driver, device: Device): boolean {
    return this.type.matches(driver, device);
  }

  /** `device_attach`: offers a free device to the drivers in turn. Only for a locked device. */
  attach(device: Device): void {
    for (const driver of this.drivers.values()) {
      if (this.matches(driver, device) && this.probe(driver, device)) return;
    }
  }

  /**
   * What happens to a new device: it is offered to the drivers (`pci_bus_add_device`). The PCI bus does so even with
   * `drivers_autoprobe` off, which only concerns new drivers.
   */
  initialProbe(process: Process, device: Device): Answer {
    return withDeviceLock(process, device, () => {
      if (device.driver === null) this.attach(device);
      return this.survived(process, 0);
    });
  }

  /**
   * `really_probe`: whether the driver took the device. Errors are logged, except those by which a driver politely
   * declines.
   */
  probe(driver: Driver, device: Device): boolean {
    const { story, log } = this.kernel;
    if (!device.registered) return false;
    story.enter('really_probe', () => ({ driver: driver.name, device: device.name }));
    device.driver = driver;
    device.iommuGroup?.notify('BIND_DRIVER', device);
    const answer = this.type.probe(driver, device);
    if (answer === 0) {
      for (const listener of this.busListeners.toArray()) listener.busEvent('BOUND_DRIVER', device);
      device.iommuGroup?.notify('BOUND_DRIVER', device);
      story.leave('really_probe', 1);
      return true;
    }
    device.driver = null;
    device.driverData = null;
    if (answer !== -ENODEV && answer !== -ENXIO) {
      log.warn(`${driver.name}: probe of ${device.name} failed with error ${answer}`);
    }
    story.note(() => `the driver refuses with ${answer}; the driver core goes on as if it had not matched`);
    story.leave('really_probe', 0);
    return false;
  }

  /** The driver has the device since boot. */
  adopt(driver: Driver, device: Device): void {
    device.driver = driver;
    driver.adopt?.(device);
  }

  /** `bind`: 0, or -ENODEV for whatever reason the device does not get this driver. */
  bind(process: Process, driver: Driver, name: string): Answer {
    const { story } = this.kernel;
    const device = this.findByName(name);
    if (device === undefined) return story.refuse('bind_store/1', ENODEV, () => `no device ${name} on the bus`);
    if (device.driver !== null) {
      return story.refuse('bind_store/2', ENODEV, () => `${device.name} already has the driver ${device.driver!.name}`);
    }
    if (!this.matches(driver, device)) {
      return story.refuse('bind_store/3', ENODEV, () => `${driver.name} does not match: ${whyNoMatch(device)}`);
    }
    return withDeviceLock(process, device, () => {
      if (device.driver === null && this.probe(driver, device)) return this.survived(process, 0);
      return story.refuse('bind_store/4', ENODEV, () => 'probe failed: this kernel hides its error from the writer');
    });
  }

  /** `unbind`: waits as long as somebody uses the device. */
  unbind(process: Process, driver: Driver, name: string): Answer {
    const device = this.findByName(name);
    if (device?.driver !== driver) {
      return this.kernel.story.refuse('unbind_store/1', ENODEV, () => `${name} is not bound to ${driver.name}`);
    }
    return withDeviceLock(process, device, () => this.releaseDriver(process, device));
  }

  /** `drivers_probe`: offers a device to all drivers; no error when none takes it. */
  driversProbe(process: Process, name: string): Answer {
    const device = this.findByName(name);
    if (device === undefined) {
      return this.kernel.story.refuse('drivers_probe_store/1', ENODEV, () => `no device ${name} on the bus`);
    }
    if (device.driver !== null) return 0;
    return withDeviceLock(process, device, () => {
      if (device.driver === null) this.attach(device);
      return this.survived(process, 0);
    });
  }

  /** `new_id`: remembers the id and tries the driver on every device. */
  newId(process: Process, driver: Driver, text: string): Answer {
    const id = parsePciId(text);
    if (id === undefined) {
      return this.kernel.story.refuse('new_id_store/1', EINVAL, () => 'vendor and device are needed, in hexadecimal');
    }
    const refused = this.refusedByTable(driver, id, parseDriverData(text));
    if (refused < 0) return refused;
    driver.dynamicIds?.add(id);
    return this.driverAttach(process, driver, [...this.devices.values()], 0);
  }

  /**
   * Drivers with a table of their own take no id that it covers, unless all seven fields are given, and no
   * `driver_data` that no entry of it has.
   */
  private refusedByTable(driver: Driver, id: PciId, driverData: bigint | undefined): number {
    const { story } = this.kernel;
    const table = driver.idTable;
    if (table === undefined) return 0;
    if (driverData === undefined && table.some((entry) => coversId(entry, id))) {
      return story.refuse('new_id_store/3', EEXIST, () => `${driver.name} knows such devices by itself`);
    }
    if (table.some((entry) => entry.driverData === (driverData ?? 0n))) return 0;
    return story.refuse('new_id_store/4', EINVAL, () => `${driver.name} has no entry with such driver_data`);
  }

  /** `remove_id`. Devices that are bound stay bound. */
  removeId(driver: Driver, text: string): number {
    const { story } = this.kernel;
    const id = parsePciId(text);
    if (id === undefined) {
      return story.refuse('remove_id_store/1', EINVAL, () => 'vendor and device are needed, in hexadecimal');
    }
    if (driver.dynamicIds?.remove(id)) return 0;
    return story.refuse('remove_id_store/2', ENODEV, () => `${driver.name} has no such dynamic id`);
  }

  /** `device_release_driver`, for a locked device. The driver stays set while the removal waits. */
  releaseDriver(process: Process, device: Device): Answer {
    const driver = device.driver;
    if (driver === null) return 0;
    this.kernel.story.enter('device_release_driver', () => ({ driver: driver.name, device: device.name }));
    device.releasing = true;
    device.iommuGroup?.notify('UNBIND_DRIVER', device);
    return andThen(this.type.remove(driver, device, process), () => {
      device.driver = null;
      device.releasing = false;
      device.driverData = null;
      device.iommuGroup?.notify('UNBOUND_DRIVER', device);
      return this.kernel.story.leave('device_release_driver', 0);
    });
  }

  /** `driver_attach` from the device at `index` on. */
  private driverAttach(process: Process, driver: Driver, devices: readonly Device[], index: number): Answer {
    for (let at = index; at < devices.length; at++) {
      const device = devices[at]!;
      if (!this.matches(driver, device)) continue;
      const answer = withDeviceLock(process, device, () => {
        if (device.driver === null) this.probe(driver, device);
        return this.survived(process, 0);
      });
      if (typeof answer !== 'number') return andThen(answer, () => this.driverAttach(process, driver, devices, at + 1));
    }
    return 0;
  }

  /** `answer`, unless a `BUG` was met: then the call never comes back, and keeps the device's lock. */
  private survived(process: Process, answer: number): Answer {
    if (this.bug === '') return answer;
    const place = this.bug;
    this.bug = '';
    return bug(process, place);
  }

  /** Names are compared as `sysfs_streq` does: one newline at the end does not count. */
  private findByName(name: string): Device | undefined {
    return this.devices.get(name.endsWith('\n') ? name.slice(0, -1) : name);
  }
}

function whyNoMatch(device: Device): string {
  if (device.driverOverride !== null) return `driver_override of ${device.name} is ${device.driverOverride}`;
  return `it has no id for ${device.name}, and driver_override is not set`;
}
