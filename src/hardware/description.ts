/** A machine as plain data: from a preset, from the `machine` block of a scenario, or from an import. */
export interface MachineDescription {
  readonly name: string;
  /** Bytes of main memory. */
  readonly memory: number;
  /** Free huge pages of 2 MiB, taken from the memory. */
  readonly hugepages: number;
  readonly iommu: IommuDescription;
  /** Functions of root buses (bus 0 is one; large machines have several, also in other domains); bridges have children. */
  readonly functions: readonly FunctionDescription[];
}

export type IommuDescription =
  | {
      readonly kind: 'intel' | 'amd';
      /** Address width of the IOVA space in bits: 39, 48 or 57 for Intel; AMD's tables cover 64. */
      readonly width: number;
      readonly interruptRemapping: boolean;
    }
  | { readonly kind: 'none' };

/** One PCI function. What is left out follows from the model and from automatic assignment. */
export interface FunctionDescription {
  /** `0000:00:04.0`; the domain may be left out. Bus numbers below bridges are obeyed as written. */
  readonly bdf: string;
  /** Name of a device model: `edu`, `nvme`, `root-port`, … (see `models/`), or of one written in the language. */
  readonly model: string;
  /** Whether a downstream port has the ACS capability. Default by model (root ports have it). */
  readonly acs?: boolean;
  /** Number of VFs (`TotalVFs`) that the function can make: 0 or left out, no SR-IOV capability. */
  readonly vfs?: number;
  /** Distance of the first VF's routing id from the PF's, and between VFs (`pcie-device`). Default 128 and 8. */
  readonly vfOffset?: number;
  readonly vfStride?: number;
  /** Whether a `pcie-device` can be reset by itself. Default true. */
  readonly flr?: boolean;
  /** Host driver bound at boot; null: none. Default by model: `nvme`, `pcieport`. */
  readonly driver?: string | null;
  readonly vendor?: number;
  readonly device?: number;
  readonly subsystemVendor?: number;
  readonly subsystemDevice?: number;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode?: number;
  readonly revision?: number;
  /** Addresses by BAR (0 to 5) and `rom` that the firmware chose; left out: assigned automatically. */
  readonly addresses?: Readonly<Record<string, number>>;
  /** Interrupt line register (0x3c), as the firmware wrote it. */
  readonly line?: number;
  /** Linux interrupt number (`irq` in sysfs). Default: the line. */
  readonly irq?: number;
  /** PCI Express slot number of a root or downstream port. Default: the next free one. */
  readonly slot?: number;
  /** Sets the multifunction bit of function 0. Default: when another function of the slot is described. */
  readonly multifunction?: boolean;
  /** MAC address of a network card: `52:54:00:12:34:02`. Default `52:54:00:12:34:56`. */
  readonly mac?: string;
  /** MSI-X vectors, for models that leave their number open (`nvme`: 65). */
  readonly vectors?: number;
  /** BARs of the models `function` and `pcie-device`. */
  readonly bars?: readonly BarDescription[];
  readonly children?: readonly FunctionDescription[];
}

/** A BAR of the models `function` and `pcie-device`. */
export interface BarDescription {
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  readonly size: number;
  readonly is64?: boolean;
  readonly prefetchable?: boolean;
}
