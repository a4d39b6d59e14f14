import type { Errno } from '../kernel/errno';

/** What a person wants to know about an ioctl while writing it. */
export interface IoctlGuide {
  readonly does: string;
  /** Under which condition it fails with what: what the ioctl itself checks, in the order of the checks. */
  readonly errors: readonly (readonly [Errno, string])[];
}

const short: readonly [Errno, string] = ['EINVAL', '`argsz` is smaller than the structure'];

/** By request; those of other architectures are left out. Conditions: errno sites of drivers/vfio in Linux 5.7. */
export const ioctlGuides: Readonly<Record<string, IoctlGuide>> = {
  VFIO_GET_API_VERSION: { does: 'Answers the version of the interface, which is 0.', errors: [] },
  VFIO_CHECK_EXTENSION: {
    does: 'Answers 1 when the container can do what the number names, else 0. The IOMMU types are such numbers.',
    errors: [],
  },
  VFIO_SET_IOMMU: {
    does: 'Chooses the IOMMU model of a container that has at least one group, and attaches the groups to it.',
    errors: [
      ['EINVAL', 'the container has no group yet, or already has a model'],
      ['ENODEV', 'no IOMMU driver offers this model'],
      ['EPERM', 'the IOMMU cannot isolate interrupts, and `allow_unsafe_interrupts` is off'],
      ['EINVAL', 'the reserved ranges of a device collide with mappings or leave no address free'],
    ],
  },
  VFIO_GROUP_GET_STATUS: {
    does: 'Tells whether the group is viable, and whether it is in a container.',
    errors: [['EFAULT', 'the structure cannot be read'], short],
  },
  VFIO_GROUP_SET_CONTAINER: {
    does: 'Puts the group into a container, given by a pointer to its file descriptor.',
    errors: [
      ['EINVAL', 'the group is in a container already'],
      ['EPERM', 'the group works without IOMMU, and the process lacks CAP_SYS_RAWIO'],
      ['EBADF', 'the descriptor is not open'],
      ['EINVAL', 'the descriptor is not a container'],
      ['EPERM', 'the container holds groups of the other kind (with or without IOMMU)'],
    ],
  },
  VFIO_GROUP_UNSET_CONTAINER: {
    does: 'Takes the group out of its container.',
    errors: [
      ['EINVAL', 'the group is in no container'],
      ['EBUSY', 'a device of the group is still open'],
    ],
  },
  VFIO_GROUP_GET_DEVICE_FD: {
    does:
      'Opens a device of the group by its name and answers its file descriptor. ' +
      'Options stand behind the name: `0000:01:00.1 vf_token=UUID`.',
    errors: [
      ['EFAULT', 'the name cannot be read'],
      ['EINVAL', 'the group has no container, its container has no IOMMU model, or the group is not viable'],
      ['EPERM', 'the group works without IOMMU, and the process lacks CAP_SYS_RAWIO'],
      ['EINVAL', 'an option is unknown, or the token is no UUID, or nobody asks for one'],
      ['EACCES', 'the token is missing or wrong'],
      ['ENODEV', 'the group has no such device that a VFIO driver drives'],
      ['EMFILE', 'the process has no file descriptor left'],
    ],
  },
  VFIO_DEVICE_GET_INFO: {
    does: 'Tells what kind of device it is, and how many regions and interrupt kinds it has.',
    errors: [['EFAULT', 'the structure cannot be read'], short],
  },
  VFIO_DEVICE_GET_REGION_INFO: {
    does: 'Describes one region: size, offset in the device file, and whether it can be read, written and mapped.',
    errors: [['EFAULT', 'the structure cannot be read'], short, ['EINVAL', 'there is no region of this `index`']],
  },
  VFIO_DEVICE_GET_IRQ_INFO: {
    does: 'Describes one kind of interrupt (INTx, MSI, MSI-X, error, request) and how many of it there are.',
    errors: [
      ['EFAULT', 'the structure cannot be read'],
      short,
      ['EINVAL', 'there is no interrupt kind of this `index`, or this device does not have it'],
    ],
  },
  VFIO_DEVICE_SET_IRQS: {
    does: 'Connects interrupts with eventfds, masks and unmasks them, triggers them, or switches them off.',
    errors: [
      ['EFAULT', 'the structure cannot be read'],
      short,
      ['EINVAL', 'data type, action, `index`, `start` or `count` do not fit each other or the device'],
      ['ENOTTY', 'this kind of interrupt cannot do this action'],
      ['EBADF', 'a descriptor in the data is not open'],
    ],
  },
  VFIO_DEVICE_RESET: {
    does: 'Resets the device alone.',
    errors: [
      ['EINVAL', 'the device cannot be reset by itself'],
      ['EAGAIN', 'the device is locked by somebody else right now'],
    ],
  },
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: {
    does: 'Lists the devices that a reset of the bus or slot would hit, with their groups.',
    errors: [
      ['EINVAL', '`argsz` is smaller than the structure'],
      ['ENODEV', 'neither the slot nor the bus can be reset'],
      ['ENOSPC', 'the list is longer than `argsz` allows; `count` tells how long it is'],
    ],
  },
  VFIO_DEVICE_PCI_HOT_RESET: {
    does: 'Resets the bus or slot of the device. The caller proves with group files that all hit devices are its own.',
    errors: [
      ['EINVAL', '`argsz` is too small, `flags` is not 0, or the number of groups makes no sense'],
      ['ENODEV', 'neither the slot nor the bus can be reset'],
      ['EBADF', 'a descriptor is not open'],
      ['EINVAL', 'a descriptor is no group, or an affected group is missing'],
    ],
  },
  VFIO_DEVICE_IOEVENTFD: {
    does: 'Lets the kernel write a value to a register whenever an eventfd is signalled.',
    errors: [
      ['EINVAL', 'flags, size, offset or descriptor do not fit'],
      ['ENODEV', 'there is none to remove'],
      ['EEXIST', 'there is the same one already'],
      ['ENOSPC', 'the device has 1000 of them'],
    ],
  },
  VFIO_DEVICE_FEATURE: {
    does: 'Probes, reads or sets a feature of the device, such as the VF token of a physical function.',
    errors: [
      ['EFAULT', 'the structure cannot be read'],
      short,
      ['EINVAL', 'the flags exclude each other, or the feature cannot be read or set'],
      ['ENOTTY', 'the device does not have the feature'],
    ],
  },
  VFIO_IOMMU_GET_INFO: {
    does: 'Tells the page sizes of the IOMMU, and behind the structure the ranges of IOVA that can be used.',
    errors: [['EFAULT', 'the structure cannot be read'], short],
  },
  VFIO_IOMMU_MAP_DMA: {
    does: 'Pins memory of the process and lets the devices of the container reach it at `iova`.',
    errors: [
      ['EFAULT', 'the structure cannot be read'],
      ['EINVAL', '`argsz` is below 32, or `flags` has an unknown bit'],
      ['EINVAL', 'neither READ nor WRITE is set, `size` is 0, or `size`, `iova` or `vaddr` is not page aligned'],
      ['EINVAL', 'a range wraps around'],
      ['EEXIST', 'the range overlaps a mapping'],
      ['ENOSPC', 'the container has `dma_entry_limit` mappings (65,535)'],
      ['EINVAL', 'the range touches reserved addresses or lies above the aperture'],
      ['EFAULT', 'no memory of the process is there, or it does not allow the access'],
      ['ENOMEM', 'the locked memory would pass RLIMIT_MEMLOCK, and the process lacks CAP_IPC_LOCK'],
    ],
  },
  VFIO_IOMMU_UNMAP_DMA: {
    does: 'Removes the mappings in a range, unpins their memory, and writes back how many bytes that were.',
    errors: [
      ['EFAULT', 'the structure cannot be read'],
      ['EINVAL', '`argsz` is below 24, or `flags` is not 0'],
      ['EINVAL', '`iova` or `size` is not page aligned, `size` is 0, or the range wraps around'],
      ['EINVAL', 'with model type1v2: the range would cut a mapping in two'],
    ],
  },
};
