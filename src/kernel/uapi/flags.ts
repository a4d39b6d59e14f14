import * as constants from './constants';
import type { StructName } from './structs';

/** Short names of the values of a field, as `READ` for `VFIO_DMA_MAP_FLAG_READ`. */
export interface FieldNames {
  /** `flags`: values are bits that combine; `value`: exactly one of them. */
  readonly kind: 'flags' | 'value';
  readonly values: Readonly<Record<string, number>>;
  /** Full names of the constants, by short name. */
  readonly constants: Readonly<Record<string, string>>;
}

/** A module's names come in alphabetical order; by value reads better. */
const numbers = Object.entries(constants)
  .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  .sort(([, a], [, b]) => a - b);

/** Collects the constants that begin with `prefix` and end with `suffix`; what stands between is the short name. */
function named(kind: FieldNames['kind'], prefix: string, suffix = '', except: readonly string[] = []): FieldNames {
  const values: Record<string, number> = {};
  const fullNames: Record<string, string> = {};
  for (const [name, value] of numbers) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const short = name.slice(prefix.length, name.length - suffix.length);
    if (except.includes(short)) continue;
    values[short] = value;
    fullNames[short] = name;
  }
  return { kind, values, constants: fullNames };
}

const pciRegions = named('value', 'VFIO_PCI_', '_REGION_INDEX');
const pciIrqs = named('value', 'VFIO_PCI_', '_IRQ_INDEX');

type NamesByField = Partial<Record<StructName, Readonly<Record<string, FieldNames>>>>;

/** Which fields of which structures have short names. */
const fieldNames: NamesByField = {
  vfio_group_status: { flags: named('flags', 'VFIO_GROUP_FLAGS_') },
  vfio_device_info: { flags: named('flags', 'VFIO_DEVICE_FLAGS_') },
  vfio_region_info: { flags: named('flags', 'VFIO_REGION_INFO_FLAG_'), index: pciRegions },
  vfio_irq_info: { flags: named('flags', 'VFIO_IRQ_INFO_'), index: pciIrqs },
  vfio_irq_set: {
    flags: named('flags', 'VFIO_IRQ_SET_', '', ['DATA_TYPE_MASK', 'ACTION_TYPE_MASK']),
    index: pciIrqs,
  },
  vfio_device_gfx_plane_info: { flags: named('flags', 'VFIO_GFX_PLANE_TYPE_') },
  vfio_device_ioeventfd: { flags: named('flags', 'VFIO_DEVICE_IOEVENTFD_', '', ['SIZE_MASK']) },
  vfio_device_feature: { flags: named('flags', 'VFIO_DEVICE_FEATURE_', '', ['MASK']) },
  vfio_iommu_type1_info: { flags: named('flags', 'VFIO_IOMMU_INFO_') },
  vfio_iommu_type1_dma_map: { flags: named('flags', 'VFIO_DMA_MAP_FLAG_') },
  vfio_iommu_spapr_tce_info: { flags: named('flags', 'VFIO_IOMMU_SPAPR_INFO_') },
  vfio_eeh_pe_op: {
    op: named('value', 'VFIO_EEH_PE_', '', [
      'STATE_NORMAL',
      'STATE_RESET',
      'STATE_STOPPED',
      'STATE_STOPPED_DMA',
      'STATE_UNAVAIL',
    ]),
  },
  vfio_region_gfx_edid: { link_state: named('value', 'VFIO_DEVICE_GFX_LINK_STATE_') },
};

/** The short names that a field's value can be written with; undefined when it has none. */
export function namesOfField(struct: StructName, field: string): FieldNames | undefined {
  return fieldNames[struct]?.[field];
}

/**
 * A value of a field with short names: `READ | WRITE`, `MSIX`; bits without a name stay a number (`READ | 0x10`).
 * A short name that is no identifier (the width of an ioeventfd) is written in full.
 * Undefined when the field has no names or nothing of the value has one.
 */
export function nameFieldValue(struct: StructName, field: string, value: number): string | undefined {
  const names = namesOfField(struct, field);
  if (names === undefined) return undefined;
  const entries = Object.entries(names.values).map(([short, bit]): [string, number] => [
    /^[A-Z_]/i.test(short) ? short : (names.constants[short] ?? short),
    bit,
  ]);
  if (names.kind === 'value') return entries.find(([, known]) => known === value)?.[0];
  const parts: string[] = [];
  let rest = value >>> 0;
  for (const [name, bit] of entries) {
    if (bit === 0 || (rest & bit) >>> 0 !== bit) continue;
    parts.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (parts.length === 0) return undefined;
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.join(' | ');
}
