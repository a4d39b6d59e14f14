import { bytes, flexible, layout, sameAs, type Layout } from './layout';

// `struct`s of include/uapi/linux/vfio.h (Linux 5.7), in the order of the header.

const vfio_info_cap_header = layout('vfio_info_cap_header', {
  id: 'u16',
  version: 'u16',
  next: 'u32',
});
const vfio_region_sparse_mmap_area = layout('vfio_region_sparse_mmap_area', {
  offset: 'u64',
  size: 'u64',
});
const vfio_pci_dependent_device = layout('vfio_pci_dependent_device', {
  group_id: 'u32',
  segment: 'u16',
  bus: 'u8',
  devfn: 'u8',
});
const vfio_iova_range = layout('vfio_iova_range', { start: 'u64', end: 'u64' });
const vfio_iommu_spapr_tce_ddw_info = layout('vfio_iommu_spapr_tce_ddw_info', {
  pgsizes: 'u64',
  max_dynamic_windows_supported: 'u32',
  levels: 'u32',
});
const vfio_eeh_pe_err = layout('vfio_eeh_pe_err', {
  type: 'u32',
  func: 'u32',
  addr: 'u64',
  mask: 'u64',
});

/**
 * Every structure of the VFIO interface by its C name.
 * Fields keep their C names; `argsz` is the size that the caller says its buffer has, capabilities included.
 */
export const structs = {
  vfio_info_cap_header,
  vfio_group_status: layout('vfio_group_status', { argsz: 'u32', flags: 'u32' }),
  vfio_device_info: layout('vfio_device_info', {
    argsz: 'u32',
    flags: 'u32',
    num_regions: 'u32',
    num_irqs: 'u32',
  }),
  vfio_region_info: layout('vfio_region_info', {
    argsz: 'u32',
    flags: 'u32',
    index: 'u32',
    cap_offset: 'u32',
    size: 'u64',
    offset: 'u64',
  }),
  vfio_region_sparse_mmap_area,
  vfio_region_info_cap_sparse_mmap: layout('vfio_region_info_cap_sparse_mmap', {
    header: vfio_info_cap_header,
    nr_areas: 'u32',
    reserved: 'u32',
    areas: flexible(vfio_region_sparse_mmap_area),
  }),
  vfio_region_info_cap_type: layout('vfio_region_info_cap_type', {
    header: vfio_info_cap_header,
    type: 'u32',
    subtype: 'u32',
  }),
  vfio_region_gfx_edid: layout('vfio_region_gfx_edid', {
    edid_offset: 'u32',
    edid_max_size: 'u32',
    edid_size: 'u32',
    max_xres: 'u32',
    max_yres: 'u32',
    link_state: 'u32',
  }),
  vfio_region_info_cap_nvlink2_ssatgt: layout('vfio_region_info_cap_nvlink2_ssatgt', {
    header: vfio_info_cap_header,
    tgt: 'u64',
  }),
  vfio_region_info_cap_nvlink2_lnkspd: layout('vfio_region_info_cap_nvlink2_lnkspd', {
    header: vfio_info_cap_header,
    link_speed: 'u32',
    __pad: 'u32',
  }),
  vfio_irq_info: layout('vfio_irq_info', {
    argsz: 'u32',
    flags: 'u32',
    index: 'u32',
    count: 'u32',
  }),
  vfio_irq_set: layout('vfio_irq_set', {
    argsz: 'u32',
    flags: 'u32',
    index: 'u32',
    start: 'u32',
    count: 'u32',
    data: flexible('u8'),
  }),
  vfio_pci_dependent_device,
  vfio_pci_hot_reset_info: layout('vfio_pci_hot_reset_info', {
    argsz: 'u32',
    flags: 'u32',
    count: 'u32',
    devices: flexible(vfio_pci_dependent_device),
  }),
  vfio_pci_hot_reset: layout('vfio_pci_hot_reset', {
    argsz: 'u32',
    flags: 'u32',
    count: 'u32',
    group_fds: flexible('s32'),
  }),
  vfio_device_gfx_plane_info: layout('vfio_device_gfx_plane_info', {
    argsz: 'u32',
    flags: 'u32',
    drm_plane_type: 'u32',
    drm_format: 'u32',
    drm_format_mod: 'u64',
    width: 'u32',
    height: 'u32',
    stride: 'u32',
    size: 'u32',
    x_pos: 'u32',
    y_pos: 'u32',
    x_hot: 'u32',
    y_hot: 'u32',
    region_index: 'u32',
    dmabuf_id: sameAs('region_index', 'u32'),
  }),
  vfio_device_ioeventfd: layout('vfio_device_ioeventfd', {
    argsz: 'u32',
    flags: 'u32',
    offset: 'u64',
    data: 'u64',
    fd: 's32',
  }),
  vfio_device_feature: layout('vfio_device_feature', {
    argsz: 'u32',
    flags: 'u32',
    data: flexible('u8'),
  }),
  /** What follows struct vfio_device_feature for VFIO_DEVICE_FEATURE_PCI_VF_TOKEN (`uuid_t`, in the order of its text). */
  vfio_device_feature_pci_vf_token: layout('vfio_device_feature_pci_vf_token', { uuid: bytes(16) }),
  vfio_iommu_type1_info: layout('vfio_iommu_type1_info', {
    argsz: 'u32',
    flags: 'u32',
    iova_pgsizes: 'u64',
    cap_offset: 'u32',
  }),
  vfio_iova_range,
  vfio_iommu_type1_info_cap_iova_range: layout('vfio_iommu_type1_info_cap_iova_range', {
    header: vfio_info_cap_header,
    nr_iovas: 'u32',
    reserved: 'u32',
    iova_ranges: flexible(vfio_iova_range),
  }),
  vfio_iommu_type1_dma_map: layout('vfio_iommu_type1_dma_map', {
    argsz: 'u32',
    flags: 'u32',
    vaddr: 'u64',
    iova: 'u64',
    size: 'u64',
  }),
  vfio_iommu_type1_dma_unmap: layout('vfio_iommu_type1_dma_unmap', {
    argsz: 'u32',
    flags: 'u32',
    iova: 'u64',
    size: 'u64',
  }),
  vfio_iommu_spapr_tce_ddw_info,
  vfio_iommu_spapr_tce_info: layout('vfio_iommu_spapr_tce_info', {
    argsz: 'u32',
    flags: 'u32',
    dma32_window_start: 'u32',
    dma32_window_size: 'u32',
    ddw: vfio_iommu_spapr_tce_ddw_info,
  }),
  vfio_eeh_pe_err,
  vfio_eeh_pe_op: layout('vfio_eeh_pe_op', {
    argsz: 'u32',
    flags: 'u32',
    op: 'u32',
    err: vfio_eeh_pe_err,
  }),
  vfio_iommu_spapr_register_memory: layout('vfio_iommu_spapr_register_memory', {
    argsz: 'u32',
    flags: 'u32',
    vaddr: 'u64',
    size: 'u64',
  }),
  vfio_iommu_spapr_tce_create: layout('vfio_iommu_spapr_tce_create', {
    argsz: 'u32',
    flags: 'u32',
    page_shift: 'u32',
    __resv1: 'u32',
    window_size: 'u64',
    levels: 'u32',
    __resv2: 'u32',
    start_addr: 'u64',
  }),
  vfio_iommu_spapr_tce_remove: layout('vfio_iommu_spapr_tce_remove', {
    argsz: 'u32',
    flags: 'u32',
    start_addr: 'u64',
  }),
  ccw_io_region: layout('ccw_io_region', {
    orb_area: bytes(12),
    scsw_area: bytes(12),
    irb_area: bytes(96),
    ret_code: 'u32',
  }),
  ccw_cmd_region: layout('ccw_cmd_region', { command: 'u32', ret_code: 'u32' }),
  kvm_vfio_spapr_tce: layout('kvm_vfio_spapr_tce', { groupfd: 's32', tablefd: 's32' }),
} as const;

/** C name of a structure, without `struct`. */
export type StructName = keyof typeof structs;

/** Layout of a structure by a name that may not be one. */
export function structNamed(name: string): Layout | undefined {
  return Object.hasOwn(structs, name) ? structs[name as StructName] : undefined;
}
