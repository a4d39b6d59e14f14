import { presets } from '../../../src/hardware';
import { reach, type ErrnoCase } from './case';
import { Lab, nowhere, struct } from './lab';

const edu = '0000:00:04.0';
const nic = '0000:02:00.0';
const pf = '0000:01:00.0';
/** Start of a region in the device file. */
const region = (index: number): bigint => BigInt(index) << 40n;

function opened(bdf: string): { lab: Lab; device: number; group: number } {
  const lab = new Lab();
  return { lab, ...lab.device(bdf) };
}

/** A VGA controller with a BAR, on bus 0. */
function withVga(): Lab {
  const preset = presets['q35-intel']!;
  const vga = {
    bdf: '0000:00:07.0',
    model: 'function',
    classCode: 0x030000,
    bars: [{ index: 0, kind: 'memory', size: 0x1000 }],
  } as const;
  return new Lab({ ...preset, name: 'vga', functions: [...preset.functions, vga] });
}

/** `drivers/vfio/pci/vfio_pci.c`, `vfio_pci_config.c` and `vfio_pci_rdwr.c` */
export const device: readonly ErrnoCase[] = [
  reach(
    'structures that cannot be read',
    ['1', '4', '13', '17', '19', '23', '24', '32', '38', '43', '44', '45', '48', '56', '58'].map(
      (order) => `vfio_pci_ioctl/${order}`,
    ),
    () => {
      const { lab, device: fd } = opened(nic);
      for (const name of [
        'GET_INFO',
        'GET_REGION_INFO',
        'GET_IRQ_INFO',
        'SET_IRQS',
        'GET_PCI_HOT_RESET_INFO',
        'PCI_HOT_RESET',
        'IOEVENTFD',
        'FEATURE',
      ]) {
        lab.ioctl(fd, `VFIO_DEVICE_${name}`, nowhere);
      }
      const irqs = struct('vfio_irq_set', { argsz: 24, flags: 36, index: 2, start: 0, count: 1 });
      lab.ioctl(fd, 'VFIO_DEVICE_SET_IRQS', lab.atEnd(irqs.bytes.subarray(0, 20)));
      lab.ioctl(fd, 'VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', struct('vfio_pci_hot_reset_info', { argsz: 8 }));
      const reset = struct('vfio_pci_hot_reset', { count: 1 });
      lab.ioctl(fd, 'VFIO_DEVICE_PCI_HOT_RESET', lab.atEnd(reset.bytes.subarray(0, 12)));
      lab.ioctl(fd, 'VFIO_DEVICE_IOEVENTFD', struct('vfio_device_ioeventfd', { argsz: 8 }));
      lab.ioctl(fd, 'VFIO_DEVICE_IOEVENTFD', struct('vfio_device_ioeventfd', { flags: 0x10 }));
      lab.ioctl(fd, 0x3b99);
      const virtual = opened(pf);
      const feature = struct('vfio_device_feature', { argsz: 24, flags: 0x20000 });
      virtual.lab.ioctl(virtual.device, 'VFIO_DEVICE_FEATURE', virtual.lab.atEnd(feature.bytes.subarray(0, 8)));
    },
  ),
  reach(
    'answers that cannot be written',
    ['3', '11', '12', '16', '30', '31'].map((order) => `vfio_pci_ioctl/${order}`),
    () => {
      const { lab, device: fd } = opened(nic);
      lab.ioctl(fd, 'VFIO_DEVICE_GET_INFO', lab.readOnly(struct('vfio_device_info')));
      lab.ioctl(fd, 'VFIO_DEVICE_GET_REGION_INFO', lab.readOnly(struct('vfio_region_info')));
      lab.ioctl(
        fd,
        'VFIO_DEVICE_GET_REGION_INFO',
        lab.beforeReadOnly(struct('vfio_region_info', { argsz: 64, index: 3 }).bytes),
      );
      lab.ioctl(fd, 'VFIO_DEVICE_GET_IRQ_INFO', lab.readOnly(struct('vfio_irq_info')));
      const info = struct('vfio_pci_hot_reset_info', { argsz: 64 });
      lab.ioctl(fd, 'VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', lab.readOnly(info));
      lab.ioctl(fd, 'VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', lab.beforeReadOnly(info.bytes.subarray(0, 12)));
    },
  ),
  reach(
    'features',
    ['49', '50', '51', '52', '53', '54', '55', '57'].map((order) => `vfio_pci_ioctl/${order}`),
    () => {
      const { lab, device: fd } = opened(pf);
      const ask = (flags: number, argsz = 24): number =>
        lab.ioctl(fd, 'VFIO_DEVICE_FEATURE', struct('vfio_device_feature', { argsz, flags }, 16));
      ask(0x20000, 4);
      ask(0x80000);
      ask(0x30000);
      ask(0x10000);
      ask(0);
      ask(0x20000, 8);
      ask(0x20001);
      const plain = opened(edu);
      plain.lab.ioctl(plain.device, 'VFIO_DEVICE_FEATURE', struct('vfio_device_feature', { flags: 0x20000 }, 16));
    },
  ),
  reach(
    'a reset whose devices are not all owned',
    ['vfio_pci_validate_devs/2', 'vfio_pci_ioctl/41', 'vfio_pci_get_unused_devs/2'],
    () => {
      const { lab, device: fd, group } = opened('0000:08:01.0');
      lab.bind(edu);
      const other = lab.container(edu).group;
      const reset = struct('vfio_pci_hot_reset', { count: 1 }, 4);
      reset.view.setInt32(12, other, true);
      lab.ioctl(fd, 'VFIO_DEVICE_PCI_HOT_RESET', reset);
      lab.calls.close(lab.a, fd);
      lab.calls.close(lab.a, group);
    },
  ),
  reach('a reset of a locked bus', ['vfio_pci_ioctl/42'], () => {
    const { lab, device: fd, group } = opened('0000:08:01.0');
    lab.bind('0000:08:02.0');
    lab.get(group, '0000:08:02.0');
    lab.echo('/sys/bus/pci/drivers/vfio-pci/unbind', '0000:08:02.0', lab.another());
    const reset = struct('vfio_pci_hot_reset', { count: 1 }, 4);
    reset.view.setInt32(12, group, true);
    lab.ioctl(fd, 'VFIO_DEVICE_PCI_HOT_RESET', reset);
  }),
  reach('a bus with a device that is open', ['vfio_pci_get_unused_devs/4'], () => {
    const { lab, device: fd, group } = opened('0000:08:01.0');
    lab.bind('0000:08:02.0');
    lab.get(group, '0000:08:02.0');
    lab.calls.close(lab.a, fd);
  }),
  reach(
    'mapping what is no BAR',
    ['vfio_pci_mmap/2', 'vfio_pci_mmap/4', 'vfio_pci_mmap/5', 'vfio_pci_mmap/6', 'vfio_pci_mmap/7'],
    () => {
      const { lab, device: fd } = opened('0000:00:05.0');
      const map = (index: number, length = 4096, isPrivate = false): void => {
        lab.calls.mmap(lab.a, { length, prot: 'r', fd, offset: region(index), private: isPrivate });
      };
      map(0, 4096, true);
      map(9);
      map(7);
      map(1);
      map(0, 2 ** 20);
    },
  ),
  reach('a bridge', ['vfio_pci_probe/1'], () => new Lab().bind('0000:00:08.0')),
  reach('VFs that the hardware cannot have', ['vfio_pci_sriov_configure/1'], () => {
    const lab = new Lab();
    lab.bind(pf);
    lab.echo(`/sys/bus/pci/devices/${pf}/sriov_numvfs`, '1');
  }),
  reach(
    'reading into memory that is not there',
    ['2', '4', '6', '7']
      .map((order) => `do_io_rw/${order}`)
      .concat('vfio_pci_bar_rw/5', 'vfio_config_do_rw/5', 'vfio_pci_config_rw/1'),
    () => {
      const { lab, device: fd } = opened(nic);
      const read = (offset: bigint, length: number): number =>
        Number(lab.calls.preadTo(lab.a, fd, offset, nowhere, length).ret);
      read(0n, 4);
      read(2n, 2);
      read(1n, 1);
      read(region(3), 4);
      read(region(7), 4);
      const end = lab.beforeReadOnly(new Uint8Array(6));
      lab.calls.preadTo(lab.a, fd, 0n, end, 8);
      lab.calls.preadTo(lab.a, fd, 0n, end, 6);
    },
  ),
  reach(
    'writing from memory that is not there',
    ['1', '3', '5'].map((order) => `do_io_rw/${order}`).concat('vfio_config_do_rw/2'),
    () => {
      const { lab, device: fd } = opened(nic);
      const write = (offset: bigint, length: number): number =>
        Number(lab.calls.pwriteFrom(lab.a, fd, offset, nowhere, length).ret);
      write(0n, 4);
      write(2n, 2);
      write(1n, 1);
      write(region(7) + 4n, 2);
      lab.calls.pwriteFrom(lab.a, fd, region(7) + 4n, lab.atEnd(new Uint8Array(2)), 2);
    },
  ),
  reach(
    'VGA',
    ['vfio_pci_vga_rw/1', 'vfio_pci_vga_rw/2', 'vfio_pci_vga_rw/3', 'vfio_pci_vga_rw/6', 'vfio_pci_ioctl/7'],
    () => {
      const lab = withVga();
      const { device: fd } = lab.device('0000:00:07.0');
      const vga = region(8);
      for (const offset of [0xc0000n, 0n, 0xa0000n, 0x3c0n]) lab.calls.pread(lab.a, fd, vga + offset, 4);
      lab.calls.preadTo(lab.a, fd, vga + 0x3b0n, nowhere, 4);
      const plain = opened(edu);
      plain.lab.calls.pread(plain.lab.a, plain.device, vga + 0xa0000n, 4);
      plain.lab.ioctl(plain.device, 'VFIO_DEVICE_GET_REGION_INFO', struct('vfio_region_info', { index: 8 }));
    },
  ),
  reach('a ROM that memory decoding hides', ['vfio_pci_bar_rw/3'], () => {
    const { lab, device: fd } = opened(nic);
    lab.calls.pwrite(lab.a, fd, region(7) + 4n, new Uint8Array(2));
    lab.calls.pread(lab.a, fd, region(6), 4);
  }),
  reach(
    'ioeventfds',
    ['1', '2', '3', '4', '6', '7', '8', '10'].map((order) => `vfio_pci_ioeventfd/${order}`),
    () => {
      const { lab, device: fd } = opened(nic);
      const e = lab.eventfd();
      const set = (offset: bigint, flags: number, eventfd: number, data = 0n): number =>
        lab.ioctl(fd, 'VFIO_DEVICE_IOEVENTFD', struct('vfio_device_ioeventfd', { flags, offset, data, fd: eventfd }));
      set(region(7), 4, e);
      set(0x20000n, 4, e);
      set(region(3), 4, e);
      set(0n, 8, e);
      set(0n, 4, -1);
      set(0n, 4, fd);
      for (let value = 0n; value <= 1000n; value++) set(0n, 4, e, value);
      set(0n, 4, e);
    },
  ),
];
