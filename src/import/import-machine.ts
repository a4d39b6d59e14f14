import type { BarDescription, FunctionDescription, IommuDescription, MachineDescription } from '../hardware';
import type { Dump } from './dump';
import type { DumpedFunction, ImportMessage } from './dumped-function';
import { flatten, placeFunctions, type PlacedFunction } from './hierarchy';
import { isolationOf, type Isolation } from './isolation';

/** A machine made from a dump. */
export interface ImportedMachine {
  readonly description: MachineDescription;
  /** Remarks on the machine: what is not known and what was assumed. */
  readonly about: readonly string[];
  /** What lspci calls each function, by address. */
  readonly titles: ReadonlyMap<string, string>;
  /** Remarks on functions, by address. */
  readonly remarks: ReadonlyMap<string, readonly string[]>;
  readonly messages: readonly ImportMessage[];
  /** IOMMU groups of the dump by address, without VFs; empty when it has none. */
  readonly groups: ReadonlyMap<string, number>;
}

const defaultMemory = 1 << 30;
const defaultHugepages = 64;
/** BARs that fit into the simulated machine's 32-bit window, each and together. */
const largestBar = 16 << 20;
const largestPorts = 0x100;
const smallestBar = 16;
const roomForBars = 256 << 20;
/** So many VFs a simulated PF can make. */
const mostVfs = 127;
const vendors = { intel: 0x8086, amd: 0x1022, hygon: 0x1d94 } as const;
const iommuClass = 0x0806;
const hostBridgeClass = 0x0600;
const nvmeClass = 0x0108;
const bridgeClass = 0x0604;

/** Devices that have a model of their own, by vendor and device id. */
const models: Readonly<Record<string, string>> = {
  '1234:11e8': 'edu',
  '1b36:0005': 'pci-testdev',
  '1b36:0010': 'nvme',
  '8086:100e': 'e1000',
  '8086:10d3': 'e1000e',
  '10ec:8139': 'rtl8139',
  '8086:29c0': 'host-bridge',
  '8086:2918': 'lpc',
  '8086:2922': 'ahci',
  '8086:2930': 'smbus',
};

const bridgeModels = {
  'root-port': 'root-port',
  upstream: 'switch-upstream',
  downstream: 'switch-downstream',
  'pcie-to-pci': 'pcie-pci-bridge',
  pci: 'pci-bridge',
} as const;

/** Makes a machine of everything that a dump tells. */
export function importMachine(dump: Dump, name = 'imported'): ImportedMachine {
  const roots = placeFunctions(dump);
  const builder = new Builder(isolationOf(roots));
  const functions = roots.map((fn) => builder.function(fn));
  const all = flatten(roots).map(({ dumped }) => dumped);
  const { iommu, remark } = iommuOf(all, dump);
  const groups = new Map(all.flatMap(({ bdf, group }) => (group === undefined ? [] : [[bdf, group] as const])));
  return {
    description: { name, memory: defaultMemory, hugepages: defaultHugepages, iommu, functions },
    about: ['The dump does not tell the size of the memory: 1G is assumed.', remark, ...missingBridges(roots)],
    titles: new Map(
      all.flatMap(({ bdf, description }) => (description === undefined ? [] : [[bdf, description] as const])),
    ),
    remarks: builder.remarks,
    messages: [...dump.messages].sort((a, b) => a.line - b.line),
    groups,
  };
}

function iommuOf(
  all: readonly DumpedFunction[],
  { showsGroups, showsSysfs }: Dump,
): { iommu: IommuDescription; remark: string } {
  const amd = all.some((fn) => fn.class === iommuClass && (fn.vendor === vendors.amd || fn.vendor === undefined));
  const host =
    all.find((fn) => fn.class === hostBridgeClass)?.vendor ?? all.find(({ bdf }) => bdf.endsWith('00:00.0'))?.vendor;
  const isAmd =
    amd ||
    host === vendors.amd ||
    host === vendors.hygon ||
    all.some(({ description }) => /\bAMD\b.*(IOMMU|Root Complex)/.test(description ?? ''));
  const source = showsGroups
    ? 'The dump shows IOMMU groups; which IOMMU made them'
    : showsSysfs
      ? 'The machine ran without an IOMMU: its sysfs shows no groups (`iommu none` makes it so). The kind'
      : 'The dump does not tell whether an IOMMU was on; its kind';
  const iommu: IommuDescription = isAmd
    ? { kind: 'amd', width: 64, interruptRemapping: true }
    : { kind: 'intel', width: 48, interruptRemapping: true };
  const known = isAmd || host === vendors.intel;
  const remark = known
    ? `${source} is taken from the vendor of the host bridge; address width and interrupt remapping are assumed.`
    : `${source} is not known: one of Intel is assumed.`;
  return { iommu, remark };
}

function missingBridges(roots: readonly PlacedFunction[]): string[] {
  const buses = new Set(
    roots.map(({ dumped: { bdf } }) => bdf.slice(0, bdf.lastIndexOf(':'))).filter((bus) => !bus.endsWith(':00')),
  );
  if (buses.size === 0) return [];
  return [
    `No bridge of the dump leads to ${buses.size === 1 ? 'bus' : 'the buses'} ${[...buses].join(', ')}: taken for root buses.`,
  ];
}

class Builder {
  readonly remarks = new Map<string, string[]>();
  private barRoom = roomForBars;

  constructor(private readonly isolation: ReadonlyMap<PlacedFunction, Isolation>) {}

  function(placed: PlacedFunction): FunctionDescription {
    const { dumped, children } = placed;
    const remarks: string[] = [];
    this.remarks.set(dumped.bdf, remarks);
    const isolation = this.isolation.get(placed)!;
    const model = modelOf(placed, isolation.acs);
    const description: FunctionDescription = {
      bdf: dumped.bdf,
      model,
      ...identityOf(dumped, model, remarks),
      ...acsOf(model, isolation, remarks),
      ...driverOf(dumped, model, remarks),
      ...virtualFunctionsOf(dumped, model, remarks),
      ...(model === 'pcie-device' && dumped.flr === false ? { flr: false } : {}),
      ...this.barsOf(dumped, model, remarks),
      ...(children.length > 0 ? { children: children.map((child) => this.function(child)) } : {}),
    };
    if (placed.guessed) remarks.push('which kind of port it is was concluded from its place');
    if (dumped.port === 'event-collector') remarks.push('an event collector of the root complex');
    return description;
  }

  private barsOf(
    dumped: DumpedFunction,
    model: string,
    remarks: string[],
  ): { readonly bars?: readonly BarDescription[] } {
    if (model !== 'function' && model !== 'pcie-device') return {};
    const bars: BarDescription[] = [];
    const left: string[] = [];
    for (const { index, kind, size, is64, prefetchable } of [...dumped.bars.values()].sort(
      (a, b) => a.index - b.index,
    )) {
      const fits =
        size !== undefined &&
        size >= smallestBar &&
        size <= (kind === 'io' ? largestPorts : largestBar) &&
        size <= this.barRoom &&
        (size & (size - 1)) === 0;
      if (fits && kind !== 'rom') {
        this.barRoom -= size;
        bars.push({ index, kind, size, is64, prefetchable });
      } else if (kind !== 'rom') left.push(`BAR ${index} (${size === undefined ? 'size not known' : `${size} bytes`})`);
    }
    if (left.length > 0) remarks.push(`left out: ${left.join(', ')}`);
    return bars.length > 0 ? { bars } : {};
  }
}

/** Behind an Express port a function is an Express one, unless its registers say otherwise. */
function modelOf(placed: PlacedFunction, acs: boolean): string {
  const { dumped, bridge } = placed;
  if (bridge !== null) return bridgeModels[bridge];
  const virtual = (dumped.totalVfs ?? 0) > 0 || dumped.virtualFunctions.size > 0;
  const own = ownModel(dumped);
  if (own !== undefined && !acs && !virtual) return own;
  if (!acs && !virtual && isConventional(placed)) return 'function';
  // The NVMe model has VFs, but no ACS.
  return dumped.class === nvmeClass && !acs ? 'nvme' : 'pcie-device';
}

function ownModel({ vendor, device }: DumpedFunction): string | undefined {
  return vendor === undefined || device === undefined ? undefined : models[`${hex(vendor)}:${hex(device)}`];
}

function isConventional({ dumped: { port }, parent }: PlacedFunction): boolean {
  if (port === null || port === 'event-collector') return true;
  const behindExpress = parent !== null && parent.bridge !== 'pci' && parent.bridge !== 'pcie-to-pci';
  return port === undefined && !behindExpress;
}

const hex = (value: number): string => value.toString(16).padStart(4, '0');

function identityOf(dumped: DumpedFunction, model: string, remarks: string[]): Partial<FunctionDescription> {
  const { vendor, device, revision } = dumped;
  const unknown = Object.entries({ vendor, device, class: dumped.class }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  if (unknown.length > 0) remarks.push(`not in the dump: ${unknown.join(', ')}`);
  const isBridge = (Object.values(bridgeModels) as string[]).includes(model);
  return {
    ...(vendor === undefined ? {} : { vendor }),
    ...(device === undefined ? {} : { device }),
    ...classOf(dumped, isBridge),
    ...(revision === undefined || revision === 0 ? {} : { revision }),
    ...(isBridge ? {} : subsystemOf(dumped)),
  };
}

/** A bridge is of the class of bridges whatever the dump calls it. */
function classOf(
  { class: code, programmingInterface = 0 }: DumpedFunction,
  isBridge: boolean,
): Partial<FunctionDescription> {
  if (code === undefined || (isBridge && code !== bridgeClass)) return {};
  return { classCode: code * 256 + programmingInterface };
}

function subsystemOf({ subsystemVendor, subsystemDevice = 0 }: DumpedFunction): Partial<FunctionDescription> {
  return subsystemVendor === undefined || subsystemVendor === 0 ? {} : { subsystemVendor, subsystemDevice };
}

function acsOf(model: string, { acs, because }: Isolation, remarks: string[]): Partial<FunctionDescription> {
  const known = model === 'root-port' || model === 'switch-downstream' || model === 'pcie-device';
  if (because !== undefined && known) remarks.push(`ACS: ${because}`);
  // Root ports have it unless told otherwise, the others only when told.
  if (model === 'root-port') return { acs };
  return known && acs ? { acs } : {};
}

/** Names that the scenario language can say. */
const writable = /^[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*$/;

function driverOf({ driver }: DumpedFunction, model: string, remarks: string[]): Partial<FunctionDescription> {
  if (driver === undefined) return {};
  if (driver?.startsWith('vfio') === true) {
    remarks.push(`${driver} had it: bind it before use`);
    return { driver: null };
  }
  if (driver !== null && !writable.test(driver)) {
    // The language has no word for it; any name will do to stand in the way of vfio.
    const name = `other_${driver.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
    remarks.push(`its driver ${driver} is called ${name} here`);
    return { driver: name };
  }
  return driver === 'pcieport' && model !== 'pci-bridge' ? {} : { driver };
}

function virtualFunctionsOf(dumped: DumpedFunction, model: string, remarks: string[]): Partial<FunctionDescription> {
  const total = Math.max(dumped.totalVfs ?? 0, dumped.virtualFunctions.size);
  if (total === 0 || (model !== 'pcie-device' && model !== 'nvme')) return {};
  if (dumped.totalVfs === undefined) remarks.push('how many VFs it can make is not in the dump: those that are there');
  if (dumped.virtualFunctions.size > 0)
    remarks.push(`${dumped.virtualFunctions.size} of its VFs were enabled: they are made by sriov_numvfs`);
  if (total > mostVfs) remarks.push(`it can make ${total} VFs, a simulated function at most ${mostVfs}`);
  const place =
    model === 'pcie-device' &&
    dumped.vfOffset !== undefined &&
    dumped.vfStride !== undefined &&
    dumped.vfOffset > 0 &&
    dumped.vfStride > 0;
  return {
    vfs: Math.min(total, mostVfs),
    ...(place ? { vfOffset: dumped.vfOffset!, vfStride: dumped.vfStride! } : {}),
  };
}
