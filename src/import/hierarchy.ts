import type { Dump } from './dump';
import type { DumpedFunction, PortType } from './dumped-function';

/** A function in its place. */
export interface PlacedFunction {
  readonly dumped: DumpedFunction;
  readonly parent: PlacedFunction | null;
  readonly children: PlacedFunction[];
  /** What kind of bridge it is; null for all that have nothing behind them. */
  readonly bridge: 'root-port' | 'upstream' | 'downstream' | 'pcie-to-pci' | 'pci' | null;
  /** Whether the kind was guessed from its place. */
  readonly guessed: boolean;
}

const bridgeClass = 0x0604;
const cardBusClass = 0x0607;
/** Programming interface of a bridge that decodes what nobody else takes: conventional ones do. */
const subtractive = 0x01;

const busOf = (bdf: string): string => bdf.slice(0, bdf.lastIndexOf(':'));

/** Functions of the dump that are no VFs, as trees; the bus behind a missing bridge stands by itself. */
export function placeFunctions(dump: Dump): PlacedFunction[] {
  markVirtualFunctions(dump);
  const physical = [...dump.functions.values()].filter((fn) => fn.physfn === undefined);
  const behind = bridgesByBus(physical, dump);
  addBridgesByGroup(physical, behind);
  const parents = new Map(physical.map((fn) => [fn, parentOf(fn, behind, dump)]));
  const children = new Map<DumpedFunction, DumpedFunction[]>();
  for (const [fn, parent] of parents)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), fn]);
  const byAddress = (a: DumpedFunction, b: DumpedFunction): number => (a.bdf < b.bdf ? -1 : 1);
  const place = (dumped: DumpedFunction, parent: PlacedFunction | null): PlacedFunction => {
    const below = (children.get(dumped) ?? []).sort(byAddress);
    const placed: PlacedFunction = { dumped, parent, children: [], ...bridgeKind(dumped, parent, below) };
    placed.children.push(...below.map((child) => place(child, placed)));
    return placed;
  };
  const roots = physical.filter((fn) => parents.get(fn) === undefined).sort(byAddress);
  return roots.map((fn) => place(fn, null));
}

/** VFs by their links, and by the registers of the PF: first offset, stride, and how many are enabled. */
function markVirtualFunctions(dump: Dump): void {
  for (const pf of [...dump.functions.values()]) {
    for (let index = 0; index < (pf.enabledVfs ?? 0); index++) {
      const vf = dump.functions.get(virtualAddress(pf, index));
      if (vf !== undefined && vf !== pf && looksVirtual(vf)) vf.physfn ??= pf.bdf;
    }
  }
  for (const fn of dump.functions.values()) {
    if (fn.physfn !== undefined) dump.functions.get(fn.physfn)?.virtualFunctions.add(fn.bdf);
  }
}

/** A VF has no expansion ROM, no legacy interrupt, and reads its ids as all ones unless the kernel helps. */
const looksVirtual = ({ description, config }: DumpedFunction): boolean =>
  config === undefined ? /virtual function/i.test(description ?? '') : config[0x3d] === 0 || config[0x3d] === undefined;

function virtualAddress({ bdf, vfOffset = 1, vfStride = 1 }: DumpedFunction, index: number): string {
  const [domain, bus, rest] = bdf.split(':');
  const [slot, fn] = rest!.split('.');
  const id = parseInt(bus!, 16) * 256 + parseInt(slot!, 16) * 8 + Number(fn) + vfOffset + index * vfStride;
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `${domain!}:${hex(id >>> 8)}:${hex((id >>> 3) & 0x1f)}.${id & 7}`;
}

function bridgesByBus(functions: readonly DumpedFunction[], dump: Dump): Map<string, DumpedFunction> {
  const behind = new Map<string, DumpedFunction>();
  for (const fn of functions) {
    if (fn.secondaryBus === undefined || fn.secondaryBus === 0) continue;
    const bus = `${fn.bdf.split(':')[0]!}:${fn.secondaryBus.toString(16).padStart(2, '0')}`;
    const other = behind.get(bus);
    if (other === undefined) behind.set(bus, fn);
    else
      dump.tell(fn.line, `${fn.bdf} and ${other.bdf} both lead to bus ${bus}: it is taken to be behind ${other.bdf}`);
  }
  return behind;
}

/**
 * A listing of groups tells no bus numbers of bridges. When exactly one bridge shares a group with what stands on a bus
 * that no bridge leads to, it is the one.
 */
function addBridgesByGroup(functions: readonly DumpedFunction[], behind: Map<string, DumpedFunction>): void {
  const open = functions.filter(
    (fn) => fn.class === bridgeClass && fn.secondaryBus === undefined && fn.group !== undefined,
  );
  for (const { bdf, group, parent } of functions) {
    const bus = busOf(bdf);
    if (group === undefined || parent !== undefined || behind.has(bus) || bus.endsWith(':00')) continue;
    const candidates = open.filter(
      (bridge) => bridge.group === group && busOf(bridge.bdf) < bus && bus.startsWith(bridge.bdf.slice(0, 5)),
    );
    if (candidates.length === 1) behind.set(bus, candidates[0]!);
  }
}

function parentOf(
  fn: DumpedFunction,
  behind: ReadonlyMap<string, DumpedFunction>,
  dump: Dump,
): DumpedFunction | undefined {
  const named = fn.parent === undefined ? undefined : dump.functions.get(fn.parent);
  const parent = named ?? behind.get(busOf(fn.bdf));
  if (parent === undefined || parent.physfn !== undefined) return undefined;
  // Bus numbers rise from bridge to bridge; in a damaged dump they may not.
  const rises = busOf(parent.bdf) < busOf(fn.bdf) && parent.bdf.split(':')[0] === fn.bdf.split(':')[0];
  if (!rises)
    dump.tell(fn.line, `${fn.bdf} cannot be behind ${parent.bdf}: its bus number does not rise; it stands by itself`);
  return rises ? parent : undefined;
}

type BridgeKind = PlacedFunction['bridge'];

const kinds: Readonly<Partial<Record<PortType, BridgeKind>>> = {
  'root-port': 'root-port',
  upstream: 'upstream',
  downstream: 'downstream',
  'pcie-to-pci': 'pcie-to-pci',
  'pci-to-pcie': 'pcie-to-pci',
};

function bridgeKind(
  fn: DumpedFunction,
  parent: PlacedFunction | null,
  below: readonly DumpedFunction[],
): Pick<PlacedFunction, 'bridge' | 'guessed'> {
  const isBridge =
    fn.class === bridgeClass || fn.class === cardBusClass || fn.header === 1 || fn.header === 2 || below.length > 0;
  // A root port may call itself a host bridge: the first one of some chipsets does, and leads nowhere.
  if (!isBridge || (fn.header === 0 && below.length === 0)) return { bridge: null, guessed: false };
  if (fn.port === null || fn.header === 2 || fn.class === cardBusClass) return { bridge: 'pci', guessed: false };
  const known = fn.port === undefined ? undefined : kinds[fn.port];
  if (known !== undefined && known !== null) return { bridge: known, guessed: false };
  return { bridge: guessedKind(fn, parent, below), guessed: true };
}

/** From its place: behind an upstream port are only downstream ports, behind a bridge to conventional PCI no ports. */
function guessedKind(fn: DumpedFunction, parent: PlacedFunction | null, below: readonly DumpedFunction[]): BridgeKind {
  if (parent === null) return fn.programmingInterface === subtractive ? 'pci' : 'root-port';
  switch (parent.bridge) {
    case 'upstream':
      return 'downstream';
    case 'pcie-to-pci':
    case 'pci':
      return 'pci';
    default: {
      const bridges = below.filter((child) => child.class === bridgeClass || child.header === 1).length;
      return below.length === 0 || bridges > 0 ? 'upstream' : 'pcie-to-pci';
    }
  }
}

/** All functions of the trees, bridges before what is behind them. */
export function flatten(roots: readonly PlacedFunction[]): PlacedFunction[] {
  return roots.flatMap((fn) => [fn, ...flatten(fn.children)]);
}
