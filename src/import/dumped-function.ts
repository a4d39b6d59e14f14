/** A BAR as a dump tells of it. */
export interface DumpedBar {
  /** 0 to 5, or 6 for the expansion ROM. */
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  /** Bytes; undefined where the dump does not tell (configuration space alone does not). */
  readonly size?: number;
  readonly is64: boolean;
  readonly prefetchable: boolean;
}

/** Device/port types of the PCI Express capability (PCIe 7.5.3.2). */
export type PortType =
  | 'endpoint'
  | 'legacy-endpoint'
  | 'root-port'
  | 'upstream'
  | 'downstream'
  | 'pcie-to-pci'
  | 'pci-to-pcie'
  | 'integrated-endpoint'
  | 'event-collector';

/** What dumps tell of one function. Every field that is undefined is unknown, which is not the same as absent. */
export interface DumpedFunction {
  /** `0000:01:00.0`. */
  readonly bdf: string;
  /** Number of the line, from 1, that told of it first. */
  readonly line: number;
  vendor?: number;
  device?: number;
  subsystemVendor?: number;
  subsystemDevice?: number;
  /** Class and subclass; with `programmingInterface` all 24 bits of the class code. */
  class?: number;
  programmingInterface?: number;
  revision?: number;
  /** The words of lspci: `Ethernet controller: Intel Corporation 82576`. */
  description?: string;
  /** Header type without the multifunction bit: 0 device, 1 bridge, 2 CardBus. */
  header?: number;
  multifunction?: boolean;
  /** Bus behind a bridge. */
  secondaryBus?: number;
  /** Null: it has no PCI Express capability. */
  port?: PortType | null;
  acs?: boolean;
  flr?: boolean;
  /** `TotalVFs`; 0 without SR-IOV. */
  totalVfs?: number;
  enabledVfs?: number;
  vfOffset?: number;
  vfStride?: number;
  /** Addresses of its VFs, where links or registers tell them. */
  readonly virtualFunctions: Set<string>;
  /** Address of the PF whose VF it is. */
  physfn?: string;
  /** Null: no driver had it. */
  driver?: string | null;
  group?: number;
  /** Bridge above, where a path tells it. */
  parent?: string;
  readonly bars: Map<number, DumpedBar>;
  /** Bytes of configuration space; holes are undefined. */
  config?: (number | undefined)[];
  configLine?: number;
}

/** Something in a dump that could not be understood, or that contradicts itself. */
export interface ImportMessage {
  /** From 1; 0: the dump as a whole. */
  readonly line: number;
  readonly text: string;
}
