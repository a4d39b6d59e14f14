/**
 * What people know about why VFIO calls fail: the usual cause and the remedy, for every errno site of the kernel and
 * for the situations that have no errno. Data only; `topics.test.ts` holds it against the kernel's sites.
 */
export interface Topic {
  /** Stays the same: tests and documents refer to it. */
  readonly id: string;
  readonly title: string;
  /** Why this usually happens, in one or two sentences. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Errno sites of the kernel (`function/order`) that mean this. */
  readonly sites?: readonly string[];
  /** Which refusals of its sites it speaks of, where a site stands for several conditions. */
  readonly when?: RegExp;
  /** Pieces of messages by which people meet it, lower case: of the kernel, QEMU, DPDK, libvirt, rust-vmm. */
  readonly messages?: readonly string[];
}

export const topics: readonly Topic[] = [
  // ---- groups
  {
    id: 'not-viable',
    title: 'The group is not viable',
    cause:
      'A device of the group is bound to a host driver. Devices of one group can reach each other by DMA, so VFIO hands out all of them or none; bridges, pci-stub and devices without driver do not count.',
    remedy: 'Unbind every device of the group from its host driver, or bind it to vfio-pci as well.',
    sites: ['vfio_group_add_container_user/3', 'vfio_group_get_device_fd/1', 'vfio_dev_viable/2'],
    when: /is not viable|is bound to/,
    messages: ['is not viable', 'not all devices in iommu group bound to vfio', 'all devices attached to vfio'],
  },
  {
    id: 'no-driver-set',
    title: 'The container has no IOMMU model yet',
    cause: 'A device can only be opened when its group is in a container and VFIO_SET_IOMMU has been called on that.',
    remedy: 'Call in this order: VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU, then VFIO_GROUP_GET_DEVICE_FD.',
    sites: [
      'vfio_group_add_container_user/1',
      'vfio_group_add_container_user/3',
      'vfio_group_get_device_fd/1',
      'vfio_group_get_external_user/2',
    ],
    messages: ['getting a vfio_dev_fd'],
  },
  {
    id: 'no-iommu',
    title: 'The device is in no IOMMU group',
    cause:
      'There is no IOMMU in front of the device: it is switched off in the firmware or on the kernel command line, the hypervisor offers none, or the machine has none.',
    remedy:
      'Switch on VT-d or AMD-Vi in the firmware and boot with intel_iommu=on; without an IOMMU only vfio’s enable_unsafe_noiommu_mode is left, which protects nothing.',
    sites: ['vfio_pci_probe/3', 'vfio_add_group_dev/1', 'vfio_pci_fill_devs/2', 'vfio_pci_validate_devs/1'],
    messages: [
      'failed with error -22',
      'no iommu_group found',
      "host doesn't support passthrough",
      'not managed by vfio driver',
      'no supported iommu extensions',
      'vfio support could not be initialized',
    ],
  },
  {
    id: 'wrong-driver',
    title: 'The driver did not take the device',
    cause:
      'Nothing matches the device to the driver: no driver_override and no dynamic id names it, or another driver was faster. new_id matches every device with that id, twins included.',
    remedy:
      'Write the driver’s name into the device’s driver_override and its address into drivers_probe (the statement bind does both). Look at the kernel log for the probe’s own error.',
    sites: ['bind_store/1', 'bind_store/2', 'bind_store/3', 'bind_store/4', 'drivers_probe_store/1'],
    messages: ['kernel driver in use', 'vfio_pci: add [', 'invalid id string', 'bind: no such device'],
  },
  {
    id: 'driver-ids',
    title: 'The id or name is not written as sysfs wants it',
    cause:
      'new_id and remove_id take vendor and device in hexadecimal, with a space between. remove_id knows only what new_id added.',
    remedy: 'Write for example "1234 11e8"; better, use driver_override, which names one device.',
    sites: [
      'new_id_store/1',
      'new_id_store/3',
      'new_id_store/4',
      'remove_id_store/1',
      'remove_id_store/2',
      'driver_override_store/1',
    ],
    messages: ['new_id', 'write error: file exists'],
  },
  {
    id: 'not-bound',
    title: 'The device does not have this driver',
    cause: 'unbind was written for a driver that does not have the device.',
    remedy: 'Look at the link driver of the device, and unbind there.',
    sites: ['unbind_store/1'],
  },
  {
    id: 'no-acs',
    title: 'Devices share a group because nothing keeps them apart',
    cause:
      'A bridge or a multifunction device above them has no ACS (or has it switched off), so their requests could be turned around below the IOMMU. Kernel and hardware decide that, not the driver.',
    remedy:
      'Move the card to a slot below another root port, take all devices of the group into the guest, or live with the group. pcie_acs_override hides the danger and does not remove it.',
    messages: ['pcie_acs_override', 'iommu groups too coarse', 'acs'],
  },
  {
    id: 'group-busy',
    title: 'The group is open already',
    cause:
      'A group can be opened once at a time, by one open file. Another process has it, or this one opened it for another device of the same group, or a copy of the descriptor lives on in a child.',
    remedy:
      'Share one descriptor for all devices of the group, and pass it on with SCM_RIGHTS or fork. Close it in the process that has it.',
    sites: ['vfio_group_fops_open/3'],
    messages: ['device or resource busy', 'cannot open /dev/vfio', 'failed to open vfio group'],
  },
  {
    id: 'group-still-in-container',
    title: 'The group is still in its old container',
    cause: 'The group’s file was closed, but one of its devices is still open and keeps it in the container.',
    remedy: 'Close the device’s file and unmap its regions first; then the group can be opened again.',
    sites: ['vfio_group_fops_open/4', 'vfio_group_unset_container/2'],
    messages: ['could not unbind vfio group'],
  },
  {
    id: 'node-permission',
    title: 'The process may not open the group’s file',
    cause: '/dev/vfio/N belongs to root with mode 0600 until somebody changes that; /dev/vfio/vfio is open to all.',
    remedy: 'Give the file to the user (a udev rule, chown, or the device list of the container or pod).',
    messages: ['permission denied', 'cannot open vfio container, error'],
  },
  {
    id: 'no-group-file',
    title: 'There is no such group file',
    cause:
      '/dev/vfio/N exists while a device of group N is bound to a vfio driver. The number may be another one than on the last boot, or a pod does not see the file.',
    remedy: 'Bind the device to vfio-pci first, and read the number from the device’s link iommu_group.',
    messages: ['failed to open /dev/vfio', 'could not open', '/dev/vfio/vfio: no such file'],
  },
  {
    id: 'no-such-path',
    title: 'There is no such file',
    cause: 'The path names a device, a driver or an attribute that does not exist at this moment.',
    remedy: 'Check the address with its domain (0000:01:00.0) and whether the device, the VF or the module is there.',
  },
  {
    id: 'no-permission',
    title: 'The process may not do this',
    cause: 'The file or action is reserved for root or for a capability that the process does not have.',
    remedy: 'Do it as root, or give the process the capability.',
    sites: ['enable_store/2'],
  },
  {
    id: 'group-in-container',
    title: 'The group is in a container already',
    cause: 'A group has one container at a time: one address space for all its devices.',
    remedy: 'Use that container, or call VFIO_GROUP_UNSET_CONTAINER first.',
    sites: ['vfio_group_set_container/1'],
    messages: ['used in multiple address spaces'],
  },
  {
    id: 'group-not-in-container',
    title: 'The group is in no container',
    cause: 'There is nothing to leave: the group was never set into a container, or left it already.',
    remedy: 'Call VFIO_GROUP_SET_CONTAINER first.',
    sites: ['vfio_group_unset_container/1'],
  },
  {
    id: 'not-a-container',
    title: 'The descriptor is no container',
    cause: 'VFIO_GROUP_SET_CONTAINER wants a pointer to an int that holds the descriptor of /dev/vfio/vfio.',
    remedy: 'Open /dev/vfio/vfio and pass the address of its descriptor.',
    sites: ['vfio_group_set_container/3', 'vfio_group_set_container/4', 'vfio_group_fops_unl_ioctl/5'],
  },
  {
    id: 'iommu-refuses-group',
    title: 'The IOMMU driver refuses the group',
    cause: 'The group cannot join the address space of the container; the functions below say what stood in the way.',
    remedy: 'Give the group a container of its own.',
    sites: [
      'vfio_group_set_container/6',
      '__vfio_container_attach_groups/2',
      'vfio_ioctl_set_iommu/3',
      'vfio_ioctl_set_iommu/4',
      'vfio_iommu_attach_group/1',
      'vfio_iommu_type1_attach_group/1',
      'vfio_iommu_type1_attach_group/5',
      'vfio_iommu_type1_attach_group/6',
      'vfio_iommu_type1_attach_group/7',
      'vfio_iommu_type1_attach_group/16',
      'vfio_iommu_replay/1',
      'vfio_iommu_replay/2',
    ],
  },
  {
    id: 'device-twice',
    title: 'The device is registered already',
    cause: 'A vfio driver gave the same device to VFIO twice.',
    remedy: 'Unbind it first.',
    sites: ['vfio_add_group_dev/3', 'vfio_pci_probe/5'],
  },
  {
    id: 'no-such-device',
    title: 'No device of the group has this name',
    cause:
      'VFIO_GROUP_GET_DEVICE_FD takes the full address (0000:01:00.0) of a device of this group that is bound to a vfio driver.',
    remedy: 'Write the domain, use the group of the device, and bind the device to vfio-pci.',
    sites: ['vfio_device_get_from_name/1', 'vfio_group_get_device_fd/3'],
  },
  {
    id: 'no-descriptor-left',
    title: 'The process has no descriptor left',
    cause: 'RLIMIT_NOFILE is reached.',
    remedy: 'Close files that are not needed, or raise the limit.',
    sites: ['vfio_group_get_device_fd/5'],
  },
  {
    id: 'device-open-failed',
    title: 'The device could not be switched on',
    cause: 'The bus driver’s open failed: the device cannot be enabled, or its lock could not be taken for the reset.',
    remedy: 'Try again; when it stays, look at the kernel log and at the power state of the device.',
    sites: [
      'vfio_group_get_device_fd/4',
      'vfio_pci_open/2',
      'vfio_pci_enable/1',
      'vfio_pci_enable/2',
      'vfio_pci_set_power_state/1',
    ],
  },
  // ---- order of calls
  {
    id: 'set-iommu-order',
    title: 'VFIO_SET_IOMMU at the wrong time',
    cause: 'It needs a container with at least one group, and can be done once.',
    remedy: 'Call VFIO_GROUP_SET_CONTAINER for a group first. For another model, take all groups out first.',
    sites: ['vfio_ioctl_set_iommu/2'],
    messages: ['vfio_set_iommu', 'failed to set iommu for container'],
  },
  {
    id: 'iommu-type',
    title: 'No IOMMU driver serves this type here',
    cause:
      'The type is not one that VFIO_CHECK_EXTENSION answers with 1: the module is missing, or the type belongs to another platform (SPAPR on POWER, NOIOMMU for groups without IOMMU).',
    remedy: 'Ask with VFIO_CHECK_EXTENSION and take VFIO_TYPE1v2_IOMMU, else VFIO_TYPE1_IOMMU.',
    sites: ['vfio_ioctl_set_iommu/1', 'vfio_iommu_type1_open/2', 'vfio_noiommu_open/1'],
    messages: ['invalidargument set iommu', 'cannot use iova as'],
  },
  {
    id: 'container-empty',
    title: 'The container has no IOMMU model to answer this',
    cause:
      'Everything but VFIO_GET_API_VERSION, VFIO_CHECK_EXTENSION and VFIO_SET_IOMMU is answered by the IOMMU driver, and there is none before VFIO_SET_IOMMU. When the last group leaves, the driver goes too, with all mappings.',
    remedy: 'Set a group into the container and call VFIO_SET_IOMMU, again after the last group has left.',
    sites: ['vfio_fops_unl_ioctl/1'],
  },
  {
    id: 'container-no-file',
    title: 'A container cannot be read, written or mapped',
    cause: 'No IOMMU driver of this kernel has these operations.',
    remedy: 'Use ioctls.',
    sites: ['vfio_fops_read/1', 'vfio_fops_write/1', 'vfio_fops_mmap/1'],
  },
  {
    id: 'unknown-request',
    title: 'This file does not know the request',
    cause:
      'The request belongs to another kind of file: containers, groups and devices have their own, and some numbers mean different things on each.',
    remedy: 'Check which descriptor the call is made on.',
    sites: [
      'vfio_group_fops_unl_ioctl/7',
      'vfio_iommu_type1_ioctl/13',
      'vfio_pci_ioctl/58',
      'vfio_pci_ioctl/57',
      'vfio_device_fops_unl_ioctl/1',
      'vfio_device_fops_read/1',
      'vfio_device_fops_write/1',
      'vfio_device_fops_mmap/1',
    ],
  },
  {
    id: 'passed-on',
    title: 'A function below refused',
    cause: 'The error was handed on by this function; the decision was made further down.',
    remedy: 'Step into the call to see it.',
    sites: [
      'vfio_fops_unl_ioctl/2',
      'vfio_device_fops_unl_ioctl/2',
      'vfio_device_fops_read/2',
      'vfio_device_fops_write/2',
      'vfio_device_fops_mmap/2',
      'vfio_device_get_from_name/2',
      'vfio_iommu_type1_ioctl/8',
      'vfio_iommu_type1_ioctl/11',
      'vfio_dma_do_map/8',
      'vfio_pci_ioctl/20',
      'vfio_pci_ioctl/29',
      'vfio_pci_ioctl/40',
      'vfio_pci_ioctl/41',
      'vfio_pci_ioctl/47',
      'vfio_pci_match/4',
      'vfio_pci_set_intx_trigger/2',
      'vfio_pci_set_intx_trigger/3',
      'vfio_pci_set_intx_trigger/4',
      'vfio_pci_set_intx_unmask/2',
      'vfio_pci_set_msi_trigger/2',
      'vfio_pci_set_msi_trigger/3',
      'vfio_pci_set_msi_trigger/4',
      'vfio_msi_set_block/2',
    ],
  },
  // ---- arguments
  {
    id: 'argsz',
    title: 'The structure is too small, or has flags that the kernel does not know',
    cause:
      'argsz must be at least the size of the structure as this kernel knows it; forgotten, it is 0. Unknown flags are refused so that they can get a meaning later.',
    remedy: 'Zero the structure, set argsz to its size, and only flags of this request.',
    sites: [
      'vfio_group_fops_unl_ioctl/2',
      'vfio_iommu_type1_ioctl/2',
      'vfio_iommu_type1_ioctl/7',
      'vfio_iommu_type1_ioctl/10',
      'vfio_pci_ioctl/2',
      'vfio_pci_ioctl/5',
      'vfio_pci_ioctl/24',
      'vfio_pci_ioctl/33',
      'vfio_pci_ioctl/44',
      'vfio_pci_ioctl/45',
      'vfio_pci_ioctl/49',
      'vfio_pci_ioctl/50',
      'vfio_pci_ioctl/51',
      'vfio_pci_ioctl/53',
      'vfio_pci_ioctl/54',
      'vfio_pci_ioctl/55',
    ],
    messages: ['invalid argument', 'argsz'],
  },
  {
    id: 'bad-pointer',
    title: 'The argument is not the address of memory that the kernel may use',
    cause:
      'The request takes a pointer, and got a plain number (often the descriptor itself), NULL, or memory that is not mapped or not writable.',
    remedy: 'Pass the address of the structure or int: &container, not container.',
    sites: [
      'vfio_group_fops_unl_ioctl/1',
      'vfio_group_fops_unl_ioctl/3',
      'vfio_group_fops_unl_ioctl/4',
      'vfio_group_fops_unl_ioctl/6',
      'vfio_iommu_type1_ioctl/1',
      'vfio_iommu_type1_ioctl/4',
      'vfio_iommu_type1_ioctl/5',
      'vfio_iommu_type1_ioctl/6',
      'vfio_iommu_type1_ioctl/9',
      'vfio_iommu_type1_ioctl/12',
      'vfio_pci_ioctl/1',
      'vfio_pci_ioctl/3',
      'vfio_pci_ioctl/4',
      'vfio_pci_ioctl/11',
      'vfio_pci_ioctl/12',
      'vfio_pci_ioctl/13',
      'vfio_pci_ioctl/16',
      'vfio_pci_ioctl/17',
      'vfio_pci_ioctl/19',
      'vfio_pci_ioctl/23',
      'vfio_pci_ioctl/30',
      'vfio_pci_ioctl/31',
      'vfio_pci_ioctl/32',
      'vfio_pci_ioctl/38',
      'vfio_pci_ioctl/43',
      'vfio_pci_ioctl/48',
      'vfio_pci_ioctl/56',
      'vfio_pci_bar_rw/5',
      'vfio_pci_vga_rw/6',
      'do_io_rw/1',
      'do_io_rw/2',
      'do_io_rw/3',
      'do_io_rw/4',
      'do_io_rw/5',
      'do_io_rw/6',
      'do_io_rw/7',
      'vfio_config_do_rw/2',
      'vfio_config_do_rw/5',
    ],
    messages: ['bad address'],
  },
  {
    id: 'bad-descriptor',
    title: 'The descriptor is not open',
    cause: 'The file was closed, never opened because its open failed, or belongs to another process.',
    remedy: 'Look at what the open before answered, and at the files of the process.',
    sites: ['vfio_pci_ioctl/39'],
  },
  {
    id: 'not-an-eventfd',
    title: 'The descriptor is no eventfd',
    cause: 'An interrupt is delivered to an eventfd; the descriptor is closed or something else.',
    remedy: 'Make one with eventfd(), and pass its descriptor (-1 takes it away).',
    sites: [
      'vfio_intx_set_signal/2',
      'vfio_msi_set_vector_signal/3',
      'vfio_pci_set_ctx_trigger_single/3',
      'vfio_virqfd_enable/2',
      'vfio_virqfd_enable/3',
      'vfio_pci_ioeventfd/10',
    ],
  },
  // ---- DMA mappings
  {
    id: 'memlock',
    title: 'The limit of locked memory is reached',
    cause:
      'MAP_DMA pins its pages, and every pinned page counts against RLIMIT_MEMLOCK of the process that maps, once for each container. The limit is 64 KiB by default.',
    remedy:
      'Raise it (ulimit -l, LimitMEMLOCK=, the memory settings of libvirt or the pod), map less, or give CAP_IPC_LOCK.',
    sites: [
      'vfio_lock_acct/3',
      'vfio_pin_pages_remote/3',
      'vfio_pin_pages_remote/4',
      'vfio_pin_pages_remote/5',
      'vfio_pin_page_external/3',
    ],
    messages: ['cannot allocate memory', 'rlimit_memlock', '= -12'],
  },
  {
    id: 'mapper-gone',
    title: 'The process that mapped has ended',
    cause: 'Its memory is gone, so nothing can be counted or pinned for it.',
    remedy: 'Unmap before the process ends, or let the process that stays do the mapping.',
    sites: ['vfio_lock_acct/1', 'vfio_pin_pages_remote/1', 'vfio_pin_page_external/1'],
  },
  {
    id: 'cannot-pin',
    title: 'The memory cannot be pinned',
    cause:
      'There is no memory at the address, or it does not allow the access (READ alone still needs a readable, WRITE a writable area), or there is no page left, or the area is device memory that has no pages.',
    remedy: 'Check vaddr and size against the memory areas of the process, and their rights.',
    sites: ['vaddr_get_pfn/1', 'vfio_pin_pages_remote/2', 'vfio_pin_map_dma/1', 'vfio_pin_page_external/2'],
    messages: ['failed to dma map', 'peer-to-peer transactions on bars'],
  },
  {
    id: 'map-alignment',
    title: 'The mapping is not a whole number of pages',
    cause:
      'iova, vaddr and size must be multiples of the smallest page of the IOMMU (4 KiB), size not 0, and READ or WRITE given.',
    remedy: 'Align all three; VFIO_IOMMU_GET_INFO tells the page sizes.',
    sites: ['vfio_dma_do_map/2', 'vfio_dma_do_unmap/1', 'vfio_dma_do_unmap/2'],
  },
  {
    id: 'map-wraps',
    title: 'The range passes the end of the address space',
    cause: 'Start plus size is beyond 2^64.',
    remedy: 'Check the sizes; a negative number became a large one.',
    sites: ['vfio_dma_do_map/3', 'vfio_dma_do_unmap/3'],
  },
  {
    id: 'map-overlap',
    title: 'Something is mapped there already',
    cause:
      'The range overlaps a mapping of the container, and the kernel replaces none, not even with the same one. Often a BAR that the guest moved, or a map that another library made.',
    remedy: 'Unmap first. Who wants to ignore it, as DPDK does, must be sure that it is the same mapping.',
    sites: ['vfio_dma_do_map/4'],
    messages: ['file exists', '-17'],
  },
  {
    id: 'map-limit',
    title: 'The container has no mapping left',
    cause: 'A container may have dma_entry_limit mappings, 65,535 by default; many small pages use them up.',
    remedy: 'Map larger ranges or huge pages, unmap what is not needed, or raise dma_entry_limit of vfio_iommu_type1.',
    sites: ['vfio_dma_do_map/5'],
    messages: ['no space left on device', 'error 28'],
  },
  {
    id: 'iova-range',
    title: 'The IOMMU cannot translate this IOVA',
    cause:
      'The range lies beyond the width of the IOMMU (39 bits on many client processors) or in a reserved range, such as the interrupt window at 0xfee00000 or memory of the firmware.',
    remedy:
      'Take IOVAs from the ranges that VFIO_IOMMU_GET_INFO lists in its capability IOVA_RANGE; give a VM fewer address bits.',
    sites: ['vfio_dma_do_map/6'],
    messages: ['iommu width', 'vfio_map_dma failed: invalid argument', '= -22'],
  },
  {
    id: 'iommu-map-failed',
    title: 'The IOMMU driver refused the mapping',
    cause:
      'The range is beyond the width of the IOMMU (39 bits on many client processors), which this kernel finds out only when it fills the page tables.',
    remedy:
      'Take lower IOVAs: those that VFIO_IOMMU_GET_INFO lists in its capability IOVA_RANGE; give a VM fewer address bits.',
    sites: ['vfio_iommu_map/1', 'vfio_pin_map_dma/2'],
  },
  {
    id: 'unmap-bisects',
    title: 'The range would cut a mapping in two',
    cause: 'TYPE1v2 unmaps whole mappings only; the first TYPE1 took away more than it was asked to.',
    remedy: 'Unmap what was mapped, or map in the pieces that are unmapped later.',
    sites: ['vfio_dma_do_unmap/4', 'vfio_dma_do_unmap/5'],
    messages: ['invaliddmaunmapsize', 'unexpected size'],
  },
  {
    id: 'unmap-nothing',
    title: 'Nothing was unmapped',
    cause: 'No mapping lies in the range. UNMAP_DMA succeeds then and returns size 0.',
    remedy: 'Compare the returned size with what should have been unmapped.',
    messages: ['unexpected size 0', 'of dma remapping cleared'],
  },
  {
    id: 'unmap-more',
    title: 'More was unmapped than asked for',
    cause: 'The first TYPE1 cannot cut a mapping: it takes away all of each mapping that begins in the range.',
    remedy: 'Use VFIO_TYPE1v2_IOMMU, and the returned size.',
    messages: ['dma remapping cleared instead of'],
  },
  {
    id: 'mappings-vanished',
    title: 'The mappings went with the last group',
    cause: 'When the last group leaves a container, its IOMMU driver is released, and all mappings with it.',
    remedy: 'Keep one group in the container, or call VFIO_SET_IOMMU and map again.',
    messages: ['mappings vanish'],
  },
  {
    id: 'interrupt-remapping',
    title: 'The platform cannot keep interrupts apart',
    cause:
      'Without interrupt remapping a device can send any interrupt message by DMA, so the kernel refuses unless the administrator says otherwise.',
    remedy:
      'Switch on interrupt remapping (x2APIC in the firmware), or set allow_unsafe_interrupts of vfio_iommu_type1 if all users are trusted.',
    sites: ['vfio_iommu_type1_attach_group/14'],
    messages: ['no interrupt remapping', 'allow_unsafe_interrupts'],
  },
  {
    id: 'reserved-conflict',
    title: 'A reserved range of the group collides with the container',
    cause:
      'The firmware or the platform keeps a range for the device (an RMRR, the interrupt window), and the container has a mapping there or leaves no room.',
    remedy:
      'Unmap the range first, use other IOVAs, or give the group a container of its own. A device with an RMRR cannot be assigned.',
    sites: [
      'vfio_iommu_type1_attach_group/8',
      'vfio_iommu_type1_attach_group/10',
      'vfio_iommu_type1_attach_group/13',
      'vfio_iommu_resv_exclude/2',
    ],
    messages: ['platform rmrr requirement', '1:1 iommu mapping', 'cannot add vfio group to container'],
  },
  {
    id: 'pinning-slow',
    title: 'The call pins much memory',
    cause: 'MAP_DMA finds, counts and pins every page before it returns: a minute for 128 GiB of small pages.',
    remedy: 'Use huge pages, and map early.',
    messages: ['start takes minutes', 'pinning'],
  },
  // ---- VF tokens and SR-IOV
  {
    id: 'token-missing',
    title: 'The VF needs the token of its PF',
    cause: 'The PF is bound to vfio-pci: whoever uses one of its VFs must know the secret of the PF’s user.',
    remedy:
      'Open the device as "0000:02:10.0 vf_token=UUID", with the UUID that the PF’s user set by VFIO_DEVICE_FEATURE.',
    sites: ['vfio_pci_validate_vf_token/2', 'vfio_pci_validate_vf_token/4'],
    messages: ['vf token required'],
  },
  {
    id: 'token-wrong',
    title: 'The VF token is another one',
    cause:
      'The UUID differs from the PF’s. It is random when vfio-pci takes the PF, and whoever sets a new one must tell all users.',
    remedy: 'Use the UUID that was set last with VFIO_DEVICE_FEATURE.',
    sites: ['vfio_pci_validate_vf_token/3', 'vfio_pci_validate_vf_token/5'],
    messages: ['incorrect vf token'],
  },
  {
    id: 'token-unexpected',
    title: 'A VF token where there is none',
    cause:
      'The device is no PF or VF, or its PF is not bound to vfio-pci: then a token means that the caller is mistaken.',
    remedy: 'Open it without vf_token.',
    sites: ['vfio_pci_validate_vf_token/1', 'vfio_pci_validate_vf_token/6'],
    messages: ['vf token incorrectly provided'],
  },
  {
    id: 'token-text',
    title: 'The options behind the device’s name are not understood',
    cause: 'Behind the address only vf_token=UUID may stand, once, with a UUID of 36 characters.',
    remedy: 'Write "0000:02:10.0 vf_token=2ab74924-c335-45f4-9b16-8569e5b08258".',
    sites: ['vfio_pci_match/1', 'vfio_pci_match/2', 'vfio_pci_match/3'],
  },
  {
    id: 'token-no-pf',
    title: 'The device has no VF token',
    cause: 'Only a PF with SR-IOV has one.',
    remedy: 'Set the token on the PF.',
    sites: ['vfio_pci_ioctl/52'],
  },
  {
    id: 'pf-has-vfs',
    title: 'vfio-pci takes no PF that has VFs already',
    cause: 'VFs that a host driver made are in its hands; vfio-pci must be there before them.',
    remedy:
      'Write 0 into sriov_numvfs, bind the PF, then make the VFs with enable_sriov. VFs made so are captured for vfio-pci.',
    sites: ['vfio_pci_probe/2'],
    messages: ['cannot bind to pf with sr-iov enabled', 'captured sr-iov vf'],
  },
  {
    id: 'bridge-not-supported',
    title: 'vfio-pci takes ordinary functions only',
    cause:
      'The header type is not 0: a bridge, or a device that answers with all ones (asleep, or fallen off the bus).',
    remedy:
      'Bridges need no vfio driver: they do not keep a group from being viable. A device that reads 7f is not there.',
    sites: ['vfio_pci_probe/1'],
    messages: ['unknown header type 7f'],
  },
  {
    id: 'sriov-not-allowed',
    title: 'vfio-pci may not make VFs',
    cause: 'Its parameter enable_sriov is off. ENOENT means that, although the file is there.',
    remedy: 'Set enable_sriov of vfio_pci, knowing that the PF’s user controls the VFs.',
    sites: ['vfio_pci_sriov_configure/1'],
    messages: ['sriov_numvfs: no such file'],
  },
  {
    id: 'sriov-no-driver',
    title: 'The PF’s driver makes no VFs',
    cause: 'The PF has no driver, or one without sriov_configure.',
    remedy: 'Bind the PF to a driver that can: its own one, or vfio-pci with enable_sriov.',
    sites: ['sriov_numvfs_store/3', 'vfio_pci_sriov_configure/2'],
    messages: ['driver does not support sriov configuration', 'no driver bound to device'],
  },
  {
    id: 'sriov-count',
    title: 'That many VFs cannot be',
    cause:
      'The number is above sriov_totalvfs or no number; or the VFs need bus numbers or memory that the firmware did not give the bridge.',
    remedy: 'Read sriov_totalvfs. For resources: a newer firmware, "Above 4G decoding", or pci=realloc,assign-busses.',
    sites: [
      'sriov_numvfs_store/1',
      'sriov_numvfs_store/2',
      'sriov_enable/2',
      'sriov_enable/3',
      'vfio_pci_sriov_configure/4',
      'sriov_drivers_autoprobe_store/1',
    ],
    messages: ['numerical result out of range', 'not enough mmio resources for sr-iov', 'bus number out of range'],
  },
  {
    id: 'sriov-by-zero',
    title: 'The number of VFs changes only by way of 0',
    cause: 'VFs are enabled already.',
    remedy: 'Write 0 into sriov_numvfs first; users of the VFs must let go of them.',
    sites: ['sriov_numvfs_store/4', 'sriov_enable/1'],
    messages: ['vfs already enabled'],
  },
  // ---- reset
  {
    id: 'no-reset',
    title: 'The device has no reset of its own',
    cause:
      'No FLR, no reset by power management, and not alone on its bus: the trial at the first open failed, so FLAGS_RESET is off.',
    remedy: 'Use VFIO_DEVICE_PCI_HOT_RESET with all groups of the bus, or do without.',
    sites: ['vfio_pci_ioctl/21', 'vfio_pci_ioctl/22', 'reset_store/3', 'vfio_pci_ioctl/25', 'vfio_pci_ioctl/34'],
    messages: ['no available reset mechanism'],
  },
  {
    id: 'reset-not-owned',
    title: 'The reset would hit devices that the caller does not own',
    cause: 'A bus or slot reset takes all functions behind the bridge, and their groups must all be given.',
    remedy: 'Ask VFIO_DEVICE_GET_PCI_HOT_RESET_INFO for the affected devices, open their groups, and pass all of them.',
    sites: [
      'vfio_pci_validate_devs/2',
      'vfio_pci_ioctl/36',
      'vfio_pci_get_unused_devs/2',
      'vfio_pci_get_unused_devs/4',
    ],
    messages: ['which is not owned', 'depends on group'],
  },
  {
    id: 'reset-info-room',
    title: 'There is no room for the list of devices',
    cause: 'The first call tells the number in count and answers ENOSPC on purpose.',
    remedy: 'Call again with argsz 12 + 8 × count.',
    sites: ['vfio_pci_ioctl/27'],
  },
  {
    id: 'reset-no-bus',
    title: 'The bus cannot be reset now',
    cause: 'There is no bridge above the device, or a device behind it could not be locked.',
    remedy: 'Try again, or use the device’s own reset.',
    sites: ['vfio_pci_ioctl/42'],
  },
  {
    id: 'reset-bug',
    title: 'The device did not come back from its reset',
    cause:
      'Its reset is missing or does not restore everything: state of the last user is left, or all registers read ones. The host cannot repair that.',
    remedy: 'A reset made for the device (vendor-reset), a cold boot, or another device.',
    messages: ['unsupported reset method', 'reset bug', 'atombios stuck'],
  },
  {
    id: 'external-group',
    title: 'One of the descriptors is no group that can be counted on',
    cause: 'It is no group file, or its group is in no container with an IOMMU.',
    remedy: 'Give the group descriptors, after VFIO_SET_IOMMU.',
    sites: ['vfio_group_get_external_user/1'],
  },
  // ---- regions
  {
    id: 'region-index',
    title: 'There is no such region',
    cause:
      'A PCI device has regions 0 to 8: six BARs, the ROM, configuration space, VGA. VGA is there for VGA devices only.',
    remedy: 'Take num_regions of VFIO_DEVICE_GET_INFO, and accept EINVAL for VGA.',
    sites: [
      'vfio_pci_ioctl/7',
      'vfio_pci_ioctl/8',
      'vfio_pci_rw/1',
      'vfio_pci_vga_rw/1',
      'vfio_pci_vga_rw/2',
      'vfio_pci_vga_rw/3',
    ],
  },
  {
    id: 'region-mmap',
    title: 'This region cannot be mapped',
    cause:
      'Only memory BARs of at least a page can, shared, and inside of their size. The ROM, configuration space and ports go through pread and pwrite.',
    remedy: 'Look at FLAGS_MMAP of VFIO_DEVICE_GET_REGION_INFO, at size and offset, and use MAP_SHARED.',
    sites: ['vfio_pci_mmap/2', 'vfio_pci_mmap/4', 'vfio_pci_mmap/5', 'vfio_pci_mmap/6', 'vfio_pci_mmap/7'],
    messages: ['failed to mmap', 'performance may be slow'],
  },
  {
    id: 'bar-claimed',
    title: 'The BAR belongs to somebody else',
    cause: 'Another driver holds part of the range: the boot console (efifb, simplefb) of a graphics card above all.',
    remedy: 'Boot with video=efifb:off or make another card the console; unbind the console driver.',
    messages: ["can't reserve", 'bootfb'],
  },
  {
    id: 'region-access',
    title: 'The access lies outside of the region',
    cause:
      'The BAR is not implemented, the offset is behind its end, the ROM cannot be written, or configuration space ends before.',
    remedy: 'Use offset and size of VFIO_DEVICE_GET_REGION_INFO.',
    sites: [
      'vfio_pci_rw/2',
      'vfio_pci_bar_rw/1',
      'vfio_pci_bar_rw/2',
      'vfio_pci_bar_rw/3',
      'vfio_config_do_rw/1',
      'vfio_pci_config_rw/1',
    ],
  },
  {
    id: 'ioeventfd',
    title: 'This eventfd for a register cannot be',
    cause:
      'The place is no BAR, passes its end, or hits the MSI-X table; 8 bytes cannot be written at once; or the same one exists already (or does not, to be taken away).',
    remedy: 'Check offset, width and descriptor against the earlier ones.',
    sites: [
      'vfio_pci_ioctl/46',
      'vfio_pci_ioeventfd/1',
      'vfio_pci_ioeventfd/2',
      'vfio_pci_ioeventfd/3',
      'vfio_pci_ioeventfd/4',
      'vfio_pci_ioeventfd/6',
      'vfio_pci_ioeventfd/7',
      'vfio_pci_ioeventfd/8',
    ],
  },
  {
    id: 'config-virtualised',
    title: 'Configuration space is virtualised',
    cause:
      'vfio-pci shows and takes only what is safe: writes to BARs, MSI and power management are emulated, unknown capabilities are hidden, and an FLR bit resets.',
    remedy:
      'Compare with the hardware’s bytes (the scope Hardware shows both); what is hidden cannot be had through VFIO.',
    messages: ['hiding ecap', 'vfio_ecap_init', 'vfio_cap_init'],
  },
  {
    id: 'all-ones',
    title: 'The device does not answer',
    cause: 'It sleeps in D3, is not there any more, or its link is down: reads give all ones.',
    remedy: 'Wake it (open it, or disable_idle_d3 of vfio_pci), or remove and rescan it.',
    messages: [
      'd3cold',
      "can't change power state",
      'refused to change power state',
      'device inaccessible',
      '0xffffffff',
    ],
  },
  {
    id: 'decode-off',
    title: 'The device does not decode its BARs',
    cause: 'The memory bit of its command register is off, as it is after a reset, so nobody answers at the BARs.',
    remedy: 'Set bit 1 of PCI_COMMAND through the configuration region.',
  },
  // ---- DMA and interrupts of devices
  {
    id: 'bus-master-off',
    title: 'The device may not do DMA',
    cause:
      'Bus mastering is off: vfio-pci clears it when the device is opened and reset does too. The device drops its DMA and MSI without a word.',
    remedy: 'Set bit 2 of PCI_COMMAND through the configuration region.',
    messages: ['dma silently', 'descriptor never written back', 'bus master'],
  },
  {
    id: 'dma-fault',
    title: 'The IOMMU stopped a DMA',
    cause:
      'The device used an IOVA that is not mapped (never, not any more, or for another requester) or that it may not write.',
    remedy:
      'Compare the address with the mappings of the container; unmap only when the device is done; map with WRITE what it writes.',
    messages: ['dmar: [dma', 'io_page_fault', 'pte write access is not set', 'pte read access is not set'],
  },
  {
    id: 'irq-arguments',
    title: 'VFIO_DEVICE_SET_IRQS is not put together right',
    cause:
      'index, start and count must fit what VFIO_DEVICE_GET_IRQ_INFO tells, exactly one DATA flag must be set, and data must be as long as count says.',
    remedy: 'Set argsz to 20 plus the data, one DATA and one ACTION flag, and start + count within the index.',
    sites: [
      'vfio_pci_ioctl/14',
      'vfio_pci_ioctl/15',
      'vfio_pci_ioctl/18',
      'vfio_set_irqs_validate_and_prepare/1',
      'vfio_set_irqs_validate_and_prepare/2',
      'vfio_set_irqs_validate_and_prepare/3',
      'vfio_set_irqs_validate_and_prepare/4',
      'vfio_pci_set_err_trigger/1',
      'vfio_pci_set_req_trigger/1',
      'vfio_pci_set_ctx_trigger_single/1',
      'vfio_pci_set_ctx_trigger_single/2',
    ],
  },
  {
    id: 'irq-action',
    title: 'This index does not know this action',
    cause:
      'MSI and MSI-X cannot be masked through VFIO, ERR and REQ only triggered, and INTx not masked by an eventfd.',
    remedy: 'Mask in the device or in its capability; use ACTION_TRIGGER.',
    sites: ['vfio_pci_set_irqs_ioctl/1', 'vfio_pci_set_intx_mask/2'],
  },
  {
    id: 'irq-more-vectors',
    title: 'More vectors than were enabled',
    cause: 'MSI and MSI-X get their vectors when they are enabled; the flag NORESIZE says that they cannot grow.',
    remedy: 'Disable the index (DATA_NONE, ACTION_TRIGGER, count 0) and enable it with all vectors.',
    sites: ['vfio_msi_set_block/1', 'vfio_pci_set_msi_trigger/5', 'vfio_msi_enable/3'],
    messages: ['noresize', 'enable more vectors'],
  },
  {
    id: 'irq-other-index',
    title: 'Another interrupt index is in use',
    cause: 'INTx, MSI and MSI-X exclude each other, and what is not enabled cannot be masked or triggered.',
    remedy: 'Disable the one that is enabled first; enable before masking.',
    sites: [
      'vfio_pci_set_intx_trigger/1',
      'vfio_pci_set_intx_trigger/5',
      'vfio_pci_set_intx_unmask/1',
      'vfio_pci_set_intx_mask/1',
      'vfio_pci_set_msi_trigger/1',
      'vfio_pci_set_ctx_trigger_single/4',
      'vfio_virqfd_enable/4',
    ],
  },
  {
    id: 'intx-unavailable',
    title: 'The device’s INTx line cannot be had',
    cause:
      'The device has no line (VFs never have), or cannot mask INTx itself and would need the line for itself alone while others share it.',
    remedy: 'Use MSI or MSI-X, or unload the driver that shares the line.',
    sites: ['vfio_intx_enable/2', 'vfio_intx_set_signal/3'],
    messages: ['failed to setup intx fd', 'flags mismatch irq', 'masking broken intx'],
  },
  {
    id: 'intx-masked',
    title: 'INTx is masked since it fired',
    cause: 'vfio masks a level interrupt when it delivers it, and waits for the user to say that the device is served.',
    remedy:
      'Clear the cause in the device, then call VFIO_DEVICE_SET_IRQS with ACTION_UNMASK, or give an unmask eventfd.',
    messages: ['one interrupt arrives', 'masked after it fires'],
  },
  {
    id: 'no-trigger',
    title: 'Nobody gets the device’s interrupts',
    cause: 'No eventfd is set for the interrupt: the index is not enabled, or the vector has no trigger.',
    remedy: 'Call VFIO_DEVICE_SET_IRQS with DATA_EVENTFD and ACTION_TRIGGER.',
    messages: ['no interrupt arrives'],
  },
  // ---- blocked
  {
    id: 'unbind-waits',
    title: 'The driver cannot let go while the device is in use',
    cause:
      'Somebody has the device’s file open. vfio asks through the eventfd of VFIO_PCI_REQ_IRQ_INDEX every ten seconds and waits without end.',
    remedy: 'Close the device in the process that has it; programs should set up the REQ eventfd and obey it.',
    messages: [
      'relaying device request to user',
      'blocked until released by user',
      'device is currently in use',
      'non-zero usage count',
    ],
  },
  {
    id: 'process-waits',
    title: 'The process still waits in an earlier call, or has ended',
    cause: 'A process makes one call at a time.',
    remedy: 'Let another process do what the first one waits for.',
  },
  {
    id: 'signal',
    title: 'The access raised a signal',
    cause: 'There is no memory at the address, it does not allow the access, or no page could be had for it (SIGBUS).',
    remedy: 'Check the address against the memory areas of the process.',
  },
  {
    id: 'kernel-warning',
    title: 'The kernel met something that it thought impossible',
    cause:
      'A WARN, BUG or oops is a bug of the kernel, or damage by an earlier one. The call trace names the functions.',
    remedy: 'Look which call led there; newer kernels may have the fix.',
  },
  // ---- noiommu
  {
    id: 'noiommu',
    title: 'A group without IOMMU has its own rules',
    cause:
      'It needs CAP_SYS_RAWIO, type VFIO_NOIOMMU_IOMMU (8), a container of its own kind, and there is no MAP_DMA: the device uses physical addresses.',
    remedy: 'Use it only where nothing else is possible; open /dev/vfio/noiommu-N, and map nothing.',
    sites: [
      'vfio_noiommu_open/2',
      'vfio_noiommu_ioctl/1',
      'vfio_noiommu_attach_group/1',
      'vfio_group_set_container/2',
      'vfio_group_set_container/5',
      'vfio_group_add_container_user/2',
      'vfio_group_get_device_fd/2',
      'vfio_group_fops_open/2',
    ],
    messages: ['vfio-noiommu', 'physical addresses are not available', 'iova mode'],
  },
  // ---- several processes
  {
    id: 'shared-container',
    title: 'Processes share a container by its descriptor',
    cause:
      'Only one process can open a group, and only one sets the IOMMU; mappings are of the memory of the process that maps.',
    remedy: 'Pass container and group over a socket (SCM_RIGHTS); let the first process do SET_IOMMU and the mapping.',
    messages: ['cannot request vfio container fd', 'cannot request vfio group fd', 'secondary process'],
  },
  // ---- sysfs
  {
    id: 'sysfs-text',
    title: 'The text is not what the file takes',
    cause: 'A number (or a truth value) is needed, or only 1 means something.',
    remedy: 'Write 1, or 0 where that is allowed.',
    sites: [
      'enable_store/1',
      'enable_store/3',
      'enable_store/4',
      'dev_rescan_store/1',
      'rescan_store/1',
      'remove_store/1',
      'reset_store/1',
      'reset_store/2',
      'uevent_store/1',
    ],
  },
  // ---- what this simulator does not have, but people ask about
  {
    id: 'fpga-reprogrammed',
    title: 'The device changed under its driver',
    cause:
      'Reprogramming drops the link and the configuration: BARs and capabilities that vfio-pci remembers are not those of the device any more.',
    remedy: 'Close it, unbind, remove the device in sysfs, program, rescan, bind again.',
    messages: ['remove and rescan', 'reset recovery - restoring bars', 'fpga'],
  },
  {
    id: 'bar-moved',
    title: 'A BAR moved, and its mapping stayed',
    cause:
      'The guest gave the BAR another address; the peer-to-peer mapping of the old one was not taken away, and the next MAP_DMA collides with it.',
    remedy: 'Unmap the old range when the BAR’s register is written, then map the new one.',
    messages: ['guest moves a bar', 'stale iommu mapping'],
  },
  {
    id: 'mdev',
    title: 'The mediated device cannot be created',
    cause:
      'available_instances of the type is 0, the UUID is malformed or used already, or the parent or the device is being removed.',
    remedy: 'Read available_instances, and use a fresh UUID of 36 characters.',
    sites: [
      'mdev_register_device/1',
      'mdev_register_device/3',
      'mdev_register_device/6',
      'mdev_device_create/2',
      'mdev_device_create/4',
      'mdev_device_create/5',
      'mdev_device_remove/1',
      'mdev_device_remove/2',
      'mdev_device_remove/3',
      'create_store/1',
      'create_store/3',
      'create_store/4',
      'remove_store/2',
      'add_mdev_supported_type/1',
      'add_mdev_supported_type_groups/1',
      'parent_create_sysfs_files/3',
      'mdev_probe/2',
      'vfio_mdev_open/1',
      'vfio_mdev_open/3',
      'vfio_mdev_probe/1',
    ],
    messages: ['mdev', 'available_instances'],
  },
  {
    id: 'mdev-pages',
    title: 'The driver of a mediated device cannot use this memory',
    cause:
      'A mediated device has no IOMMU: its driver pins the pages that it needs, of mappings that must be there, allow the access, and belong to a container of type v2 that tells it about unmaps.',
    remedy: 'Use VFIO_TYPE1v2_IOMMU, and map with the rights that the device needs before it runs.',
    sites: [
      'vfio_dma_rw/1',
      'vfio_dma_rw/2',
      'vfio_dma_rw/3',
      'vfio_register_notifier/1',
      'vfio_register_notifier/2',
      'vfio_unregister_notifier/2',
      'vfio_iommu_type1_pin_pages/2',
      'vfio_iommu_type1_pin_pages/3',
      'vfio_iommu_type1_pin_pages/4',
      'vfio_iommu_type1_pin_pages/5',
      'vfio_iommu_type1_pin_pages/6',
      'vfio_iommu_type1_unpin_pages/2',
      'vfio_iommu_type1_unpin_pages/3',
      'vfio_iommu_type1_register_notifier/1',
      'vfio_iommu_type1_unregister_notifier/1',
      'vfio_iommu_type1_dma_rw/1',
      'vfio_mdev_iommu_device/1',
      'vfio_iommu_type1_attach_group/2',
    ],
  },
  {
    id: 'igd',
    title: 'Integrated graphics need more than their BARs',
    cause:
      'The driver in the guest looks for the OpRegion, host bridge and LPC configuration, and a ROM; vfio-pci gives them as regions 9 and up, and the ROM only while memory decoding is on.',
    remedy:
      'Let QEMU hand over these regions (x-igd-opregion), or give a ROM file. They are not part of the simulated machine.',
    messages: [
      'opregion',
      'igd',
      'expecting 0xaa55',
      'invalid pci rom header signature',
      'failed to setup intel igd regions',
    ],
  },
  {
    id: 'platform-reset',
    title: 'The platform device has no reset function',
    cause: 'vfio-platform needs a reset module for the device’s compatible string when reset_required is set.',
    remedy:
      'Load or write the module, or clear reset_required. Platform devices are not part of the simulated machine.',
    messages: ['no reset function found', 'reset driver is required'],
  },
];
