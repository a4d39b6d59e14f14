import { UserBuffer } from '../../../src/kernel';
import { reach, type ErrnoCase } from './case';
import { int, Lab, nowhere, struct } from './lab';

const edu = '0000:00:04.0';
const nic = '0000:02:00.0';
const noiommuGroup = '/dev/vfio/noiommu-0';

/** A machine without IOMMU, its `edu` bound in the unsafe mode. */
function withoutIommu(): Lab {
  const lab = new Lab('q35-none');
  lab.parameter('vfio', 'enable_unsafe_noiommu_mode', 'Y');
  lab.bind(edu);
  return lab;
}

/** `drivers/vfio/vfio.c` */
export const core: readonly ErrnoCase[] = [
  reach('device without IOMMU, the unsafe mode off', ['vfio_pci_probe/3'], () => new Lab('q35-none').bind(edu)),
  reach('noiommu without CAP_SYS_RAWIO', ['vfio_group_fops_open/2', 'vfio_group_set_container/2'], () => {
    const lab = withoutIommu();
    const group = lab.open(noiommuGroup);
    const container = lab.open('/dev/vfio/vfio');
    lab.calls.capdrop(lab.a, 'sys_rawio');
    lab.ioctl(group, 'VFIO_GROUP_SET_CONTAINER', int(container));
    lab.open(noiommuGroup);
  }),
  reach(
    'noiommu, capability given up later',
    ['vfio_noiommu_open/2', 'vfio_ioctl_set_iommu/3', 'vfio_group_get_device_fd/2'],
    () => {
      const lab = withoutIommu();
      const container = lab.open('/dev/vfio/vfio');
      const group = lab.join(container, edu);
      const weak = lab.another();
      const file = lab.a.file(container)!;
      weak.install(file);
      weak.install(lab.a.file(group)!);
      lab.calls.capdrop(weak, 'sys_rawio');
      lab.ioctl(3, 'VFIO_SET_IOMMU', 8, weak);
      lab.ioctl(container, 'VFIO_SET_IOMMU', 8);
      lab.get(4, edu, weak);
    },
  ),
  reach('noiommu maps nothing', ['vfio_noiommu_ioctl/1', 'vfio_fops_unl_ioctl/2'], () => {
    const lab = withoutIommu();
    const { container } = lab.container(edu, 8);
    lab.ioctl(container, 'VFIO_IOMMU_GET_INFO', struct('vfio_iommu_type1_info'));
  }),
  reach(
    'noiommu group as the owner of a reset',
    ['vfio_group_add_container_user/2', 'vfio_group_get_external_user/2', 'vfio_pci_fill_devs/2', 'vfio_pci_ioctl/29'],
    () => {
      const lab = withoutIommu();
      const bridged = '0000:08:01.0';
      lab.bind(bridged);
      const { group } = lab.container(bridged, 8);
      const device = lab.get(group, bridged);
      lab.ioctl(device, 'VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', struct('vfio_pci_hot_reset_info', {}, 64));
      const reset = struct('vfio_pci_hot_reset', { count: 1 }, 4);
      reset.view.setInt32(12, group, true);
      lab.ioctl(device, 'VFIO_DEVICE_PCI_HOT_RESET', reset);
    },
  ),
  reach(
    'container file',
    ['vfio_fops_read/1', 'vfio_fops_write/1', 'vfio_fops_mmap/1', 'vfio_fops_unl_ioctl/1'],
    () => {
      const lab = new Lab();
      const container = lab.open('/dev/vfio/vfio');
      lab.calls.pread(lab.a, container, 0n, 4);
      lab.calls.pwrite(lab.a, container, 0n, new Uint8Array(4));
      lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: container });
      lab.ioctl(container, 'VFIO_IOMMU_GET_INFO');
    },
  ),
  reach(
    'arguments of a group',
    [
      'vfio_group_fops_unl_ioctl/1',
      'vfio_group_fops_unl_ioctl/3',
      'vfio_group_fops_unl_ioctl/4',
      'vfio_group_fops_unl_ioctl/6',
      'vfio_group_set_container/3',
    ],
    () => {
      const lab = new Lab();
      lab.bind(edu);
      const group = lab.open(lab.groupPath(edu));
      lab.ioctl(group, 'VFIO_GROUP_GET_STATUS', nowhere);
      lab.ioctl(group, 'VFIO_GROUP_GET_STATUS', lab.readOnly(struct('vfio_group_status')));
      lab.ioctl(group, 'VFIO_GROUP_SET_CONTAINER', nowhere);
      lab.ioctl(group, 'VFIO_GROUP_SET_CONTAINER', int(999));
      lab.ioctl(group, 'VFIO_GROUP_GET_DEVICE_FD', nowhere);
      lab.get(group, 'x'.repeat(5000));
    },
  ),
  reach(
    'group that the IOMMU driver refuses',
    ['vfio_group_set_container/6', 'vfio_iommu_type1_attach_group/14'],
    () => {
      const lab = new Lab('q35-intel-noir');
      lab.parameter('vfio_iommu_type1', 'allow_unsafe_interrupts', 'Y');
      lab.bind(edu);
      const { container } = lab.container(edu);
      lab.parameter('vfio_iommu_type1', 'allow_unsafe_interrupts', 'N');
      lab.bind(nic);
      lab.join(container, nic);
    },
  ),
  reach('no interrupt remapping', ['__vfio_container_attach_groups/2', 'vfio_ioctl_set_iommu/4'], () => {
    const lab = new Lab('q35-intel-noir');
    lab.bind(edu);
    lab.container(edu);
  }),
  reach(
    'group with a device of another driver',
    ['vfio_dev_viable/2', 'vfio_group_get_device_fd/1', 'vfio_group_add_container_user/3'],
    () => {
      const lab = new Lab();
      const { group, device } = lab.device(nic);
      lab.bind('0000:00:06.0');
      const container = lab.open('/dev/vfio/vfio');
      const shared = lab.join(container, '0000:00:06.0');
      lab.ioctl(container, 'VFIO_SET_IOMMU', 3);
      lab.ioctl(shared, 'VFIO_GROUP_UNSET_CONTAINER');
      lab.echo('/sys/bus/pci/drivers/nvme/new_id', '8086 100e');
      lab.ioctl(shared, 'VFIO_GROUP_SET_CONTAINER', int(container));
      lab.ioctl(container, 'VFIO_SET_IOMMU', 3);
      lab.get(shared, '0000:00:06.0');
      const reset = struct('vfio_pci_hot_reset', { count: 1 }, 4);
      reset.view.setInt32(12, shared, true);
      lab.ioctl(device, 'VFIO_DEVICE_PCI_HOT_RESET', reset);
      lab.calls.close(lab.a, group);
    },
  ),
  reach(
    'owners of a reset that own nothing',
    ['vfio_group_add_container_user/1', 'vfio_pci_ioctl/39', 'vfio_group_get_external_user/1'],
    () => {
      const lab = new Lab();
      const { device } = lab.device(nic);
      lab.bind(edu);
      const idle = lab.open(lab.groupPath(edu));
      for (const fd of [idle, 999, device]) {
        const reset = struct('vfio_pci_hot_reset', { count: 1 }, 4);
        reset.view.setInt32(12, fd, true);
        lab.ioctl(device, 'VFIO_DEVICE_PCI_HOT_RESET', reset);
      }
    },
  ),
  reach('no descriptor left for a device', ['vfio_group_get_device_fd/5'], () => {
    const lab = new Lab();
    const { group } = lab.device(edu);
    while (lab.eventfd() >= 0) continue;
    lab.get(group, edu);
  }),
  reach(
    'device whose lock is taken',
    ['vfio_pci_enable/2', 'vfio_pci_open/2', 'vfio_group_get_device_fd/4', 'vfio_pci_ioctl/22'],
    () => {
      const pf = '0000:01:00.0';
      const vf = '0000:01:00.1';
      const lab = new Lab();
      lab.parameter('vfio_pci', 'enable_sriov', 'Y');
      lab.bind(pf);
      lab.echo(`/sys/bus/pci/devices/${pf}/sriov_numvfs`, '1');
      const { container, group } = lab.container(pf);
      const token = '11111111-2222-3333-4444-555555555555';
      const first = lab.get(group, `${pf} vf_token=${token}`);
      const vfGroup = lab.join(container, vf);
      lab.get(vfGroup, `${vf} vf_token=${token}`);
      lab.echo(`/sys/bus/pci/devices/${pf}/sriov_numvfs`, '0', lab.another());
      lab.ioctl(first, 'VFIO_DEVICE_RESET');
      lab.calls.close(lab.a, first);
      lab.get(group, `${pf} vf_token=${token}`);
    },
  ),
  reach(
    'answers of vfio-pci that are handed on',
    ['vfio_device_fops_unl_ioctl/2', 'vfio_device_fops_read/2', 'vfio_device_fops_write/2', 'vfio_device_fops_mmap/2'],
    () => {
      const lab = new Lab();
      const { device } = lab.device(edu);
      const offset = 6n << 40n;
      lab.ioctl(device, 0x3b00);
      lab.calls.pread(lab.a, device, offset, 4);
      lab.calls.pwrite(lab.a, device, offset, new Uint8Array(4));
      lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: device, offset });
    },
  ),
  reach(
    'name and options',
    [
      'vfio_pci_match/1',
      'vfio_pci_match/2',
      'vfio_pci_match/3',
      'vfio_pci_match/4',
      'vfio_device_get_from_name/2',
      'vfio_pci_validate_vf_token/6',
    ],
    () => {
      const lab = new Lab();
      const { group } = lab.device(edu);
      const token = 'vf_token=11111111-2222-3333-4444-555555555555';
      for (const options of ['vf_token=1', token.replace('1-2', '1x2'), 'option', token])
        lab.get(group, `${edu} ${options}`);
      lab.ioctl(group, 'VFIO_GROUP_GET_DEVICE_FD', UserBuffer.ofString(''));
    },
  ),
];
