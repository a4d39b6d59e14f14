/**
 * What the pictures draw, as plain data that survives JSON: page numbers instead of 64-bit addresses, because a page
 * number is a safe integer. A page is 4 KiB everywhere.
 */

/** Where in a scenario something was made; lines and columns count from 0. */
export interface PicturePlace {
  readonly uri: string;
  readonly line: number;
  readonly column?: number;
}

/** `count` pages of 4 KiB from page number `page` on. */
export interface PageRange {
  readonly page: number;
  readonly count: number;
}

/** Size of the IOMMU's page table entries behind a mapping; `none`: it is not in any page table. */
export type EntrySize = '4K' | '2M' | '1G' | 'mixed' | 'none';

export interface MappingSnapshot extends PageRange {
  readonly rights: 'R' | 'W' | 'RW' | '';
  readonly entries: EntrySize;
  /** User address of its first byte: `0x7f0000000000`. */
  readonly vaddr: string;
  /** Whose memory it is: `qemu`. */
  readonly process: string;
  readonly place?: PicturePlace;
  /** The last step made or changed it. */
  readonly changed?: boolean;
}

export interface ReservedSnapshot extends PageRange {
  /** As in sysfs: `msi`, `reserved`, `direct`, `direct-relaxable`. */
  readonly type: string;
}

/** An access that the IOMMU refused. */
export interface FaultSnapshot {
  /** `0xdead000`. */
  readonly address: string;
  readonly page: number;
  readonly write: boolean;
  /** `0000:00:04.0`. */
  readonly device: string;
  readonly reason: string;
  /** It came with the last step. */
  readonly changed?: boolean;
}

/** The address space of one container. */
export interface IovaSnapshot {
  /** `qemu: container 1`. */
  readonly name: string;
  /** `VFIO_TYPE1v2_IOMMU`; null before VFIO_SET_IOMMU. */
  readonly model: string | null;
  /** Bits of an IOVA that the IOMMU translates, 1 to 64: what lies above cannot be reached. */
  readonly width: number;
  /** Ascending by page, without overlaps. */
  readonly mappings: readonly MappingSnapshot[];
  /** What the last step took away. */
  readonly removed: readonly PageRange[];
  readonly reserved: readonly ReservedSnapshot[];
  readonly faults: readonly FaultSnapshot[];
}

/** What a function is in the hierarchy. */
export type TopologyKind =
  'endpoint' | 'root-port' | 'upstream-port' | 'downstream-port' | 'pci-bridge' | 'virtual-function' | 'host-bridge';

/** Access Control Services of a function: `off` means there but not switched on. */
export type AcsState = 'on' | 'off' | 'missing';

export interface TopologyFunction {
  /** `0000:01:00.0`. */
  readonly bdf: string;
  readonly kind: TopologyKind;
  /** `NVMe controller 1b36:0010`. */
  readonly description: string;
  /** The bridge above, or the PF of a VF; null on a root bus. */
  readonly parent: string | null;
  readonly group: number | null;
  readonly driver: string | null;
  readonly acs: AcsState;
  /** VFs that it can make; 0 without SR-IOV. */
  readonly vfs: number;
  /** Processes that hold it. */
  readonly openBy: readonly string[];
  readonly place?: PicturePlace;
  readonly changed?: boolean;
}

export interface TopologyGroup {
  readonly id: number;
  /** Why its devices are together: `the port 0000:00:0a.0 above it has no ACS`. */
  readonly reason: string;
  readonly viable: boolean;
  /** Why vfio would not hand it out. */
  readonly why?: string;
  readonly container?: string;
}

export interface TopologySnapshot {
  readonly name: string;
  /** `VT-d, 48 bits, interrupt remapping`; null without an IOMMU. */
  readonly iommu: string | null;
  /** Parents before their children. */
  readonly functions: readonly TopologyFunction[];
  readonly groups: readonly TopologyGroup[];
}

export type TimelineKind = 'call' | 'failure' | 'blocked' | 'expectation' | 'warning' | 'fault' | 'interrupt';

export interface TimelineEvent {
  /** Position to go to. Ascending. */
  readonly position: number;
  readonly kind: TimelineKind;
  /** The row: a process, or `hardware`. */
  readonly lane: string;
  /** `VFIO_IOMMU_MAP_DMA`. */
  readonly name: string;
  /** What came of it: `EEXIST`, `= 7`. */
  readonly outcome: string;
  /** Milliseconds of virtual time. */
  readonly time: number;
  readonly place?: PicturePlace;
}

export interface TimelineSnapshot {
  readonly name: string;
  readonly events: readonly TimelineEvent[];
  /** The moment that is shown: events from this position on lie ahead. Null: all have happened. */
  readonly position: number | null;
  /** How many events before the first were dropped because history is bounded. */
  readonly dropped: number;
}
