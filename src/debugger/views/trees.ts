/**
 * What the sidebar's trees show, as plain data. Reading it has no effects.
 * `changed` marks what differs from the moment of the previous stop.
 */

/** Place in a scenario. Lines and columns count from 0, as VS Code's API does. */
export interface SourcePlace {
  readonly uri: string;
  readonly line: number;
  readonly column?: number;
}

export interface GroupDevice {
  readonly bdf: string;
  /** What the function is: `edu`, `NVMe controller`. */
  readonly description: string;
  /** Name of the bound driver. */
  readonly driver: string | null;
  /** Names of the processes that hold the device's file. */
  readonly openBy: readonly string[];
  readonly changed?: boolean;
}

export interface IommuGroupItem {
  readonly id: number;
  /** Whether VFIO would hand the group out. */
  readonly viable: boolean;
  /** Why it is not viable. */
  readonly why?: string;
  /** Why these devices share a group. */
  readonly reason: string;
  /** The container that it is set into, by the name under which its process knows it: `qemu: container`. */
  readonly container?: string;
  /** Name of the process that holds the group's file. */
  readonly openedBy?: string;
  readonly devices: readonly GroupDevice[];
  readonly changed?: boolean;
}

export interface IommuGroupsAnswer {
  readonly groups: readonly IommuGroupItem[];
}

/** Without `container`: all containers, each with at most `count` mappings from index `start`. */
export interface DmaMappingsArguments {
  readonly container?: number;
  /** Index of the first mapping, in the order of IOVA. Default 0. */
  readonly start?: number;
  /** How many mappings at most. Default 200. */
  readonly count?: number;
}

export interface DmaMappingItem {
  /** Hexadecimal with `0x`, as are all addresses here. */
  readonly iova: string;
  /** Bytes, hexadecimal. */
  readonly size: string;
  /** Bytes for people: `1 MiB`. */
  readonly sizeText: string;
  readonly vaddr: string;
  /** `R`, `W` or `RW`. */
  readonly flags: string;
  /** Process whose memory is mapped. */
  readonly process: string;
  readonly pinnedPages: number;
  /** The line that made it. */
  readonly source?: SourcePlace;
  readonly changed?: boolean;
}

export interface IovaRange {
  readonly start: string;
  /** Last address, inclusive. */
  readonly end: string;
}

export interface ReservedRange extends IovaRange {
  /** As sysfs's `reserved_regions`: `msi`, `direct`, `reserved`. */
  readonly type: string;
}

export interface ContainerItem {
  /** Stays the same during a run. */
  readonly id: number;
  /** `qemu: container`. */
  readonly name: string;
  /** `VFIO_TYPE1v2_IOMMU`; null before VFIO_SET_IOMMU. */
  readonly model: string | null;
  /** Numbers of its groups. */
  readonly groups: readonly number[];
  /** How many mappings there are in all; `mappings` holds a page of them. */
  readonly mappingCount: number;
  /** Locked memory of the owning process and its limit, in kB. */
  readonly lockedKb: number;
  /** -1: no limit (CAP_IPC_LOCK or RLIM_INFINITY). */
  readonly limitKb: number;
  readonly mappings: readonly DmaMappingItem[];
  readonly freeRanges: readonly IovaRange[];
  readonly reserved: readonly ReservedRange[];
  readonly changed?: boolean;
}

export interface DmaMappingsAnswer {
  readonly containers: readonly ContainerItem[];
}

export interface VfItem {
  readonly bdf: string;
  readonly openBy: readonly string[];
  /** The token that the last opening of the VF gave. */
  readonly lastToken?: string;
  readonly changed?: boolean;
}

export interface PfItem {
  readonly bdf: string;
  /** The UUID that a VF's user must give. */
  readonly token: string;
  /** How many VFs are in use (`vf_token.users`). */
  readonly users: number;
  readonly openBy: readonly string[];
  readonly vfs: readonly VfItem[];
  readonly changed?: boolean;
}

export interface VfTokensAnswer {
  readonly pfs: readonly PfItem[];
}
