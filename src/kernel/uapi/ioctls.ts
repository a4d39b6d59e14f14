import type { StructName } from './structs';

/** Which kind of file an ioctl is made on; the same number means different things on different kinds. */
export type FileKind = 'container' | 'group' | 'device';

/** What the third argument of an ioctl is. */
export type IoctlArgument =
  | { readonly kind: 'none' }
  /** The number itself, by value. */
  | { readonly kind: 'value' }
  /** A pointer to one 32-bit integer: `file` says that it holds a file descriptor. */
  | { readonly kind: 'int pointer'; readonly file: boolean }
  /** A pointer to a string with a NUL at its end. */
  | { readonly kind: 'string' }
  | {
      readonly kind: 'struct';
      readonly struct: StructName;
      /** The smallest `argsz` that is accepted, in bytes. */
      readonly minsz: number;
    };

/** One ioctl of the VFIO interface. */
export interface Ioctl {
  readonly name: IoctlName;
  /** The request, as `ioctl` takes it: `VFIO_TYPE << 8 | VFIO_BASE + n` (`_IO`, so neither size nor direction). */
  readonly number: number;
  readonly file: FileKind;
  readonly argument: IoctlArgument;
  /** Whether data goes to the kernel, to the caller or both ways. */
  readonly direction: 'none' | 'in' | 'out' | 'inout';
  /** Whether a success answers a new file descriptor. */
  readonly makesFile: boolean;
}

export const VFIO_GET_API_VERSION = 0x3b64;
export const VFIO_CHECK_EXTENSION = 0x3b65;
export const VFIO_SET_IOMMU = 0x3b66;
export const VFIO_GROUP_GET_STATUS = 0x3b67;
export const VFIO_GROUP_SET_CONTAINER = 0x3b68;
export const VFIO_GROUP_UNSET_CONTAINER = 0x3b69;
export const VFIO_GROUP_GET_DEVICE_FD = 0x3b6a;
export const VFIO_DEVICE_GET_INFO = 0x3b6b;
export const VFIO_DEVICE_GET_REGION_INFO = 0x3b6c;
export const VFIO_DEVICE_GET_IRQ_INFO = 0x3b6d;
export const VFIO_DEVICE_SET_IRQS = 0x3b6e;
export const VFIO_DEVICE_RESET = 0x3b6f;
export const VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = 0x3b70;
export const VFIO_DEVICE_PCI_HOT_RESET = 0x3b71;
export const VFIO_DEVICE_QUERY_GFX_PLANE = 0x3b72;
export const VFIO_DEVICE_GET_GFX_DMABUF = 0x3b73;
export const VFIO_DEVICE_IOEVENTFD = 0x3b74;
export const VFIO_DEVICE_FEATURE = 0x3b75;
export const VFIO_IOMMU_GET_INFO = 0x3b70;
export const VFIO_IOMMU_MAP_DMA = 0x3b71;
export const VFIO_IOMMU_UNMAP_DMA = 0x3b72;
export const VFIO_IOMMU_ENABLE = 0x3b73;
export const VFIO_IOMMU_DISABLE = 0x3b74;
export const VFIO_IOMMU_SPAPR_TCE_GET_INFO = 0x3b70;
export const VFIO_EEH_PE_OP = 0x3b79;
export const VFIO_IOMMU_SPAPR_REGISTER_MEMORY = 0x3b75;
export const VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY = 0x3b76;
export const VFIO_IOMMU_SPAPR_TCE_CREATE = 0x3b77;
export const VFIO_IOMMU_SPAPR_TCE_REMOVE = 0x3b78;

type Row = Omit<Ioctl, 'name' | 'makesFile'> & { readonly makesFile?: true };

const none = { kind: 'none' } as const;
const value = { kind: 'value' } as const;
const string = { kind: 'string' } as const;
const intPointer = { kind: 'int pointer', file: false } as const;
const filePointer = { kind: 'int pointer', file: true } as const;

function struct(name: StructName, minsz: number): IoctlArgument {
  return { kind: 'struct', struct: name, minsz };
}

// Where several ioctls of one kind of file share a number, the first is the one that x86 has.
const rows = {
  VFIO_GET_API_VERSION: {
    number: VFIO_GET_API_VERSION,
    file: 'container',
    argument: none,
    direction: 'none',
  },
  VFIO_CHECK_EXTENSION: {
    number: VFIO_CHECK_EXTENSION,
    file: 'container',
    argument: value,
    direction: 'in',
  },
  VFIO_SET_IOMMU: { number: VFIO_SET_IOMMU, file: 'container', argument: value, direction: 'in' },
  VFIO_GROUP_GET_STATUS: {
    number: VFIO_GROUP_GET_STATUS,
    file: 'group',
    argument: struct('vfio_group_status', 8),
    direction: 'out',
  },
  VFIO_GROUP_SET_CONTAINER: {
    number: VFIO_GROUP_SET_CONTAINER,
    file: 'group',
    argument: filePointer,
    direction: 'in',
  },
  VFIO_GROUP_UNSET_CONTAINER: {
    number: VFIO_GROUP_UNSET_CONTAINER,
    file: 'group',
    argument: none,
    direction: 'none',
  },
  VFIO_GROUP_GET_DEVICE_FD: {
    number: VFIO_GROUP_GET_DEVICE_FD,
    file: 'group',
    argument: string,
    direction: 'in',
    makesFile: true,
  },
  VFIO_DEVICE_GET_INFO: {
    number: VFIO_DEVICE_GET_INFO,
    file: 'device',
    argument: struct('vfio_device_info', 16),
    direction: 'out',
  },
  VFIO_DEVICE_GET_REGION_INFO: {
    number: VFIO_DEVICE_GET_REGION_INFO,
    file: 'device',
    argument: struct('vfio_region_info', 32),
    direction: 'inout',
  },
  VFIO_DEVICE_GET_IRQ_INFO: {
    number: VFIO_DEVICE_GET_IRQ_INFO,
    file: 'device',
    argument: struct('vfio_irq_info', 16),
    direction: 'inout',
  },
  VFIO_DEVICE_SET_IRQS: {
    number: VFIO_DEVICE_SET_IRQS,
    file: 'device',
    argument: struct('vfio_irq_set', 20),
    direction: 'in',
  },
  VFIO_DEVICE_RESET: {
    number: VFIO_DEVICE_RESET,
    file: 'device',
    argument: none,
    direction: 'none',
  },
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: {
    number: VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
    file: 'device',
    argument: struct('vfio_pci_hot_reset_info', 12),
    direction: 'inout',
  },
  VFIO_DEVICE_PCI_HOT_RESET: {
    number: VFIO_DEVICE_PCI_HOT_RESET,
    file: 'device',
    argument: struct('vfio_pci_hot_reset', 12),
    direction: 'in',
  },
  VFIO_DEVICE_QUERY_GFX_PLANE: {
    number: VFIO_DEVICE_QUERY_GFX_PLANE,
    file: 'device',
    argument: struct('vfio_device_gfx_plane_info', 64),
    direction: 'inout',
  },
  VFIO_DEVICE_GET_GFX_DMABUF: {
    number: VFIO_DEVICE_GET_GFX_DMABUF,
    file: 'device',
    argument: intPointer,
    direction: 'in',
    makesFile: true,
  },
  VFIO_DEVICE_IOEVENTFD: {
    number: VFIO_DEVICE_IOEVENTFD,
    file: 'device',
    argument: struct('vfio_device_ioeventfd', 28),
    direction: 'in',
  },
  VFIO_DEVICE_FEATURE: {
    number: VFIO_DEVICE_FEATURE,
    file: 'device',
    argument: struct('vfio_device_feature', 8),
    direction: 'in',
  },
  VFIO_IOMMU_GET_INFO: {
    number: VFIO_IOMMU_GET_INFO,
    file: 'container',
    argument: struct('vfio_iommu_type1_info', 16),
    direction: 'out',
  },
  VFIO_IOMMU_MAP_DMA: {
    number: VFIO_IOMMU_MAP_DMA,
    file: 'container',
    argument: struct('vfio_iommu_type1_dma_map', 32),
    direction: 'in',
  },
  VFIO_IOMMU_UNMAP_DMA: {
    number: VFIO_IOMMU_UNMAP_DMA,
    file: 'container',
    argument: struct('vfio_iommu_type1_dma_unmap', 24),
    direction: 'inout',
  },
  VFIO_IOMMU_ENABLE: {
    number: VFIO_IOMMU_ENABLE,
    file: 'container',
    argument: none,
    direction: 'none',
  },
  VFIO_IOMMU_DISABLE: {
    number: VFIO_IOMMU_DISABLE,
    file: 'container',
    argument: none,
    direction: 'none',
  },
  VFIO_IOMMU_SPAPR_TCE_GET_INFO: {
    number: VFIO_IOMMU_SPAPR_TCE_GET_INFO,
    file: 'container',
    argument: struct('vfio_iommu_spapr_tce_info', 16),
    direction: 'out',
  },
  VFIO_EEH_PE_OP: {
    number: VFIO_EEH_PE_OP,
    file: 'container',
    argument: struct('vfio_eeh_pe_op', 12),
    direction: 'in',
  },
  VFIO_IOMMU_SPAPR_REGISTER_MEMORY: {
    number: VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
    file: 'container',
    argument: struct('vfio_iommu_spapr_register_memory', 24),
    direction: 'in',
  },
  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY: {
    number: VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
    file: 'container',
    argument: struct('vfio_iommu_spapr_register_memory', 24),
    direction: 'in',
  },
  VFIO_IOMMU_SPAPR_TCE_CREATE: {
    number: VFIO_IOMMU_SPAPR_TCE_CREATE,
    file: 'container',
    argument: struct('vfio_iommu_spapr_tce_create', 40),
    direction: 'inout',
  },
  VFIO_IOMMU_SPAPR_TCE_REMOVE: {
    number: VFIO_IOMMU_SPAPR_TCE_REMOVE,
    file: 'container',
    argument: struct('vfio_iommu_spapr_tce_remove', 16),
    direction: 'in',
  },
} satisfies Record<string, Row>;

/** Name of an ioctl of VFIO. */
export type IoctlName = keyof typeof rows;

/** All ioctls of VFIO in Linux 5.7, by name, in the order of the header. */
export const ioctls: ReadonlyMap<string, Ioctl> = new Map(
  Object.entries<Row>(rows).map(([name, row]) => [name, { makesFile: false, ...row, name: name as IoctlName }]),
);

/**
 * The ioctl that a request means on a kind of file; undefined when VFIO has none there.
 * Without a kind the first of that number in the order of the header.
 */
export function ioctlByNumber(number: number, file?: FileKind): Ioctl | undefined {
  for (const ioctl of ioctls.values()) {
    if (ioctl.number === number && (file === undefined || ioctl.file === file)) return ioctl;
  }
  return undefined;
}
