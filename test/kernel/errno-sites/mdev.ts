import type { MdevParentOps, ParentDevice, VfioGroup } from '../../../src/kernel';
import { reach, type ErrnoCase } from './case';
import { Lab } from './lab';
import { command, first, flag, Mediated } from './mediated';

const second = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1002';
const edu = '0000:00:04.0';
const page = 4096n;

const unmapEvent = 1;

const parent: ParentDevice = { name: 'plain', driverString: 'plain', path: '/sys/devices/virtual/plain/plain' };
const plain: MdevParentOps = { supportedTypeGroups: [{ name: '1', files: {} }], create: () => 0, remove: () => -16 };

/** A device whose driver has only the operations given. */
function withParent(ops: Partial<MdevParentOps>): { lab: Mediated; device: number; container: number; group: number } {
  const lab = new Mediated();
  lab.remove(first);
  lab.kernel.mdev.mdev_register_device(parent, { ...plain, ...ops });
  lab.create(first, 'plain');
  const { container, group, engine } = lab.opened();
  return { lab, device: engine, container, group };
}

/** `drivers/vfio/mdev`, and what vfio and type1 do for drivers of mediated devices. */
export const mdev: readonly ErrnoCase[] = [
  reach(
    'parents that cannot be registered',
    [
      'mdev_register_device/1',
      'mdev_register_device/3',
      'mdev_register_device/6',
      'parent_create_sysfs_files/3',
      'add_mdev_supported_type_groups/1',
      'add_mdev_supported_type/1',
    ],
    () => {
      const { mdev: core } = new Lab().kernel;
      core.mdev_register_device(parent, { ...plain, supportedTypeGroups: [] });
      core.mdev_register_device(parent, { ...plain, supportedTypeGroups: [{ name: '', files: {} }] });
      core.mdev_register_device(parent, plain);
      core.mdev_register_device(parent, plain);
    },
  ),
  reach('UUIDs', ['create_store/1', 'create_store/3', 'create_store/4', 'mdev_device_create/2'], () => {
    const lab = new Mediated();
    lab.create('83b8f4f2');
    lab.create(first.replace('-', '+'));
    lab.create(`${first.toUpperCase()}\n`);
  }),
  reach('as many devices as there may be', ['mdev_device_create/5', 'create_store/4'], () => {
    const lab = new Mediated();
    for (let digit = 1; digit < 9; digit++) lab.create(`83b8f4f2-509f-382f-3c1e-e6bfe0fa200${digit}`);
  }),
  reach(
    'a parent that goes while a device is in use',
    ['mdev_device_create/4', 'mdev_device_remove/3', 'remove_store/1', 'remove_store/2'],
    () => {
      const lab = new Mediated();
      lab.create(second);
      lab.opened();
      lab.echo(`/sys/bus/mdev/devices/${second}/remove`, 'x');
      lab.calls.unloadModule(lab.another('rmmod'), 'mpin');
      lab.echo(`/sys/devices/virtual/mpin/mpin/mdev_supported_types/mpin-1/create`, first.replace('1001', '1003'));
      lab.remove(second);
    },
  ),
  reach('devices that are gone or not there yet', ['mdev_device_remove/1', 'mdev_device_remove/2'], () => {
    const lab = new Mediated();
    const device = lab.mdev();
    device.active = false;
    lab.kernel.mdev.mdev_device_remove(lab.a, device);
    device.active = true;
    lab.remove(first);
    lab.kernel.mdev.mdev_device_remove(lab.a, device);
  }),
  reach('a driver that fails to remove', [], () => {
    const { lab, group } = withParent({});
    lab.calls.close(lab.a, group);
    lab.remove(first);
  }),
  reach('groups of both kinds', ['vfio_group_set_container/5'], () => {
    const lab = new Mediated({}, 'mpin', 'q35-none');
    lab.parameter('vfio', 'enable_unsafe_noiommu_mode', 'Y');
    lab.bind(edu);
    const container = lab.open('/dev/vfio/vfio');
    lab.join(container, edu);
    lab.joinMediated(container);
  }),
  reach('a driver that cannot open', ['vfio_mdev_open/1', 'vfio_group_get_device_fd/4'], () => {
    withParent({});
  }),
  reach('a second user where only one may be', ['vfio_mdev_open/3'], () => {
    const lab = new Mediated();
    lab.get(lab.opened().group, first);
  }),
  reach(
    'operations that the driver lacks',
    ['vfio_mdev_unlocked_ioctl/1', 'vfio_mdev_read/1', 'vfio_mdev_write/1', 'vfio_mdev_mmap/1'],
    () => {
      const { lab, device } = withParent({ open: () => 0 });
      lab.ioctl(device, 'VFIO_DEVICE_RESET');
      lab.calls.pread(lab.a, device, 0n, 4);
      lab.calls.pwrite(lab.a, device, 0n, new Uint8Array(4));
      lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: device });
    },
  ),
  reach(
    'errors of the driver',
    ['vfio_mdev_unlocked_ioctl/2', 'vfio_mdev_read/2', 'vfio_mdev_write/2', 'vfio_mdev_mmap/2'],
    () => {
      const failing = (): number => -5;
      const all = { ioctl: failing, read: failing, write: failing, mmap: failing };
      const { lab, device } = withParent({ open: () => 0, ...all });
      lab.ioctl(device, 'VFIO_DEVICE_RESET');
      lab.calls.pread(lab.a, device, 0n, 4);
      lab.calls.pwrite(lab.a, device, 0n, new Uint8Array(4));
      lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: device });
    },
  ),
  reach(
    'pages that cannot be pinned',
    [
      'vfio_pin_pages/1',
      'vfio_pin_pages/2',
      'vfio_pin_pages/5',
      'vfio_mdev_iommu_device/1',
      'vfio_iommu_type1_pin_pages/3',
      'vfio_iommu_type1_pin_pages/4',
      'vfio_iommu_type1_pin_pages/5',
      'vfio_iommu_type1_pin_pages/6',
      'vfio_pin_page_external/2',
      'vfio_pin_page_external/3',
    ],
    () => {
      const lab = new Mediated();
      const { container, engine } = lab.opened();
      const memory = lab.memory(65536);
      lab.map(container, memory, 0x100000n, 65536n, 1);
      lab.run(engine, command.pin, 0x100000n, 0);
      lab.run(engine, command.pin, 0x100000n, 513);
      lab.run(engine, command.pin, 0x200000n, 1);
      lab.run(engine, command.pin, 0x100000n, 1, 3);
      lab.calls.munmap(lab.a, memory, 4096);
      lab.run(engine, command.pin, 0x100000n, 1, 1);
      lab.calls.capdrop(lab.a, 'ipc_lock');
      lab.calls.memlock(lab.a, 4096);
      lab.map(container, memory, 0x300000n, 65536n, 1);
      lab.run(engine, command.pin, 0x301000n, 2, 1);
      lab.run(engine, command.ignore, 0n, 0);
      lab.run(engine, command.pin, 0x301000n, 1, 1);
    },
  ),
  reach(
    'pages that cannot be unpinned',
    ['vfio_unpin_pages/1', 'vfio_unpin_pages/2', 'vfio_unpin_pages/5', 'vfio_iommu_type1_unpin_pages/3'],
    () => {
      const lab = new Mediated();
      const { engine } = lab.opened();
      lab.run(engine, command.unpin, 0n, 0);
      lab.run(engine, command.unpin, 0n, 513);
      lab.run(engine, command.unpin, 0n, 1);
    },
  ),
  reach('a container of type1 without v2', ['vfio_iommu_type1_pin_pages/2', 'vfio_iommu_type1_unpin_pages/2'], () => {
    const lab = new Mediated();
    const { engine } = lab.opened(1);
    lab.run(engine, command.pin, 0n, 1);
    lab.run(engine, command.unpin, 0n, 1);
  }),
  reach('the process that mapped is gone', ['vfio_pin_page_external/1', 'vfio_iommu_type1_dma_rw_chunk/3'], () => {
    const lab = new Mediated();
    const mapper = lab.another('mapper');
    const { container, engine } = lab.opened();
    // The container's file goes to the process that maps, as over a socket.
    mapper.install(lab.a.file(container)!);
    lab.calls.poke(mapper, lab.memory(4096, 'rw', mapper), new Uint8Array(1));
    const view = new DataView(new ArrayBuffer(32));
    view.setUint32(0, 32, true);
    view.setUint32(4, 3, true);
    view.setBigUint64(8, 0x7f0000000000n, true);
    view.setBigUint64(24, page, true);
    const address = lab.memory(4096, 'rw', mapper);
    lab.calls.poke(mapper, address, new Uint8Array(view.buffer));
    lab.ioctl(3, 'VFIO_IOMMU_MAP_DMA', address, mapper);
    lab.calls.exit(mapper);
    lab.run(engine, command.pin, 0n, 1);
    lab.run(engine, command.read, 0n, 8);
  }),
  reach(
    'copies that cannot be made',
    [
      'vfio_dma_rw/1',
      'vfio_dma_rw/2',
      'vfio_iommu_type1_dma_rw/1',
      'vfio_iommu_type1_dma_rw_chunk/1',
      'vfio_iommu_type1_dma_rw_chunk/2',
      'vfio_iommu_type1_dma_rw_chunk/4',
    ],
    () => {
      const lab = new Mediated();
      const { container, engine } = lab.opened();
      const memory = lab.memory(4096);
      lab.map(container, memory, 0n, page, 1);
      lab.run(engine, command.read, 0n, 0);
      lab.run(engine, command.read, 0x100000n, 8);
      lab.run(engine, command.write, 0n, 8);
      lab.calls.munmap(lab.a, memory, 4096);
      lab.run(engine, command.read, 0n, 8);
    },
  ),
  reach('a kernel without vfio_dma_rw', ['vfio_dma_rw/3'], () => {
    const lab = new Mediated({ without: ['48219795e7db'] });
    lab.run(lab.opened().engine, command.read, 0n, 8);
  }),
  reach(
    'devices that are not with vfio',
    [
      'vfio_pin_pages/3',
      'vfio_unpin_pages/3',
      'vfio_group_get_external_user_from_dev/1',
      'vfio_register_notifier/2',
      'vfio_unregister_notifier/2',
    ],
    () => {
      const lab = new Mediated();
      const { external } = lab.kernel.vfio;
      const { device } = lab.mdev();
      const block = { notify: () => undefined };
      lab.echo('/sys/bus/mdev/drivers/vfio_mdev/unbind', first);
      external.vfio_pin_pages(device, [0], 3, []);
      external.vfio_unpin_pages(device, [0]);
      external.vfio_group_get_external_user_from_dev(device);
      external.vfio_register_notifier(device, 'iommu', unmapEvent, block);
      external.vfio_unregister_notifier(device, 'iommu', block);
    },
  ),
  reach(
    'groups that are in no container',
    [
      'vfio_pin_pages/4',
      'vfio_unpin_pages/4',
      'vfio_group_get_external_user_from_dev/2',
      'vfio_register_iommu_notifier/1',
      'vfio_unregister_iommu_notifier/1',
      'vfio_register_group_notifier/2',
      'vfio_unregister_group_notifier/1',
      'vfio_group_add_container_user/1',
    ],
    () => {
      const lab = new Mediated();
      const { external } = lab.kernel.vfio;
      const { device } = lab.mdev();
      const block = { notify: () => undefined };
      external.vfio_pin_pages(device, [0], 3, []);
      external.vfio_unpin_pages(device, [0]);
      external.vfio_group_get_external_user_from_dev(device);
      for (const type of ['iommu', 'group'] as const) {
        external.vfio_register_notifier(device, type, 1, block);
        external.vfio_unregister_notifier(device, type, block);
      }
    },
  ),
  reach(
    'notifiers',
    [
      'vfio_register_notifier/1',
      'vfio_register_iommu_notifier/2',
      'vfio_iommu_type1_register_notifier/1',
      'vfio_unregister_iommu_notifier/2',
      'vfio_iommu_type1_unregister_notifier/1',
      'vfio_register_group_notifier/1',
      'vfio_unregister_group_notifier/2',
    ],
    () => {
      const lab = new Mediated();
      const { external } = lab.kernel.vfio;
      const { device } = lab.mdev();
      const block = { notify: () => undefined };
      lab.opened();
      external.vfio_register_notifier(device, 'iommu', 0, block);
      external.vfio_register_notifier(device, 'iommu', 3, block);
      external.vfio_unregister_notifier(device, 'iommu', block);
      external.vfio_register_notifier(device, 'group', 2, block);
      external.vfio_unregister_notifier(device, 'group', block);
    },
  ),
  reach(
    'pins by way of the group',
    [
      'vfio_group_pin_pages/1',
      'vfio_group_pin_pages/2',
      'vfio_group_pin_pages/3',
      'vfio_group_unpin_pages/1',
      'vfio_group_unpin_pages/2',
      'vfio_group_unpin_pages/3',
    ],
    () => {
      const lab = new Mediated();
      lab.opened();
      const { external } = lab.kernel.vfio;
      const group = external.vfio_group_get_external_user_from_dev(lab.mdev().device) as VfioGroup;
      for (const count of [0, 513, 1]) {
        const pages = Array.from({ length: count }, (_, index) => index);
        external.vfio_group_pin_pages(group, pages, 3, []);
        external.vfio_group_unpin_pages(group, pages);
      }
      external.vfio_group_put_external_user(group);
    },
  ),
  reach('a driver that never unpins', [], () => {
    const lab = new Mediated();
    const { container, engine } = lab.opened();
    lab.map(container, lab.memory(4096), 0n, page);
    lab.register(engine, 0x10, flag.keep);
    lab.run(engine, command.pin, 0n, 1);
    lab.unmap(container, 0n, page);
  }),
  reach('a driver that leaves everything behind', [], () => {
    const lab = new Mediated();
    const { container, group, engine } = lab.opened();
    lab.map(container, lab.memory(4096), 0n, page);
    lab.register(engine, 0x10, flag.leak);
    lab.run(engine, command.pin, 0n, 1);
    lab.calls.close(lab.a, engine);
    lab.calls.close(lab.a, group);
  }),
  reach('a driver that forgets that it listens to the group', [], () => {
    const lab = new Mediated();
    const { container, group, engine } = lab.opened();
    lab.kernel.vfio.external.vfio_register_notifier(lab.mdev().device, 'group', 1, { notify: () => undefined });
    for (const fd of [engine, group, container]) lab.calls.close(lab.a, fd);
    lab.opened();
  }),
  reach('real and mediated devices of one container, which the first leaves last', [], () => {
    const lab = new Mediated();
    const { container, engine } = lab.opened();
    lab.map(container, lab.memory(65536), 0n, 65536n);
    lab.run(engine, command.pin, 0n, 1);
    lab.bind(edu);
    lab.ioctl(lab.join(container, edu), 'VFIO_GROUP_UNSET_CONTAINER');
  }),
];
