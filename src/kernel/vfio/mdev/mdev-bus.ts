import { andThen } from '../../blocking';
import { devicePrefix, type BusType, type Device } from '../../driver-core';
import type { Kernel } from '../../kernel';

/** `mdev_bus_type`: every driver may try every device, which is in an IOMMU group of its own while it is bound. */
export function mdevBusType(kernel: Kernel): BusType {
  const { iommu, log, story } = kernel;

  /** `mdev_attach_iommu`. */
  function attach(device: Device): void {
    const group = iommu.allocateGroup();
    group.reason = 'a mediated device is alone in its group';
    iommu.addToGroup(group, device);
    log.info(`${devicePrefix(device)}MDEV: group_id = ${group.id}`);
  }

  /** `mdev_detach_iommu`. */
  function detach(device: Device): void {
    iommu.removeDevice(device);
    log.info(`${devicePrefix(device)}MDEV: detaching iommu`);
  }

  return {
    name: 'mdev',

    matches: () => true,

    /** `mdev_probe`. */
    probe(driver, device) {
      attach(device);
      const answer = driver.probe(device);
      if (answer === 0) return 0;
      detach(device);
      return story.refuse('mdev_probe/2', -answer, () => `${driver.name} does not take the device`);
    },

    /** `mdev_remove`. */
    remove(driver, device, process) {
      return andThen(driver.remove(device, process), (answer) => {
        detach(device);
        return answer;
      });
    },
  };
}
