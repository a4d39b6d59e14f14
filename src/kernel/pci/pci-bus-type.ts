import { andThen } from '../blocking';
import type { BusType } from '../driver-core';
import { ENODEV } from '../errno';

/** `pci_bus_type`. */
export const pciBusType: BusType = {
  name: 'pci',

  /** `pci_match_device`: by `driver_override` alone when it is set, else by the driver's table and dynamic ids. */
  matches(driver, device) {
    if (device.driverOverride !== null) return device.driverOverride === driver.name;
    return driver.dynamicIds?.matches(device.pci) === true || driver.knows(device);
  },

  probe(driver, device) {
    return device.pci.mayProbe() ? driver.probe(device) : -ENODEV;
  },

  remove(driver, device, process) {
    return andThen(driver.remove(device, process), (answer) => {
      device.pci.driverGone();
      return answer;
    });
  },
};
