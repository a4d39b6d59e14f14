import type { Dump } from './dump';
import type { DumpedBar, DumpedFunction, PortType } from './dumped-function';

const ports: readonly (PortType | undefined)[] = [
  'endpoint',
  'legacy-endpoint',
  undefined,
  undefined,
  'root-port',
  'upstream',
  'downstream',
  'pcie-to-pci',
  'pci-to-pcie',
  'integrated-endpoint',
  'event-collector',
];

const extendedStart = 0x100;
const standardEnd = 0x100;
const capability = { express: 0x10, advancedFeatures: 0x13 } as const;
const extended = { acs: 0x0d, sriov: 0x10 } as const;
const statusCapabilities = 0x10;
const functionReset = 0x10000000;
/** FLR in the capabilities byte of Advanced Features. */
const advancedReset = 0x2;

/** Configuration space of a dump: what lies in holes or behind the end of it reads as undefined. */
class Bytes {
  constructor(private readonly bytes: readonly (number | undefined)[]) {}

  get length(): number {
    return this.bytes.length;
  }

  /** Little-endian. */
  read(offset: number, width: 1 | 2 | 4): number | undefined {
    let value = 0;
    for (let index = width - 1; index >= 0; index--) {
      const byte = this.bytes[offset + index];
      if (byte === undefined) return undefined;
      value = value * 256 + byte;
    }
    return value;
  }
}

/** Decodes what the grouping and the simulation need from a function's configuration space. */
export function decodeConfig(fn: DumpedFunction, dump: Dump): void {
  if (fn.config === undefined) return;
  const bytes = new Bytes(fn.config);
  const line = fn.configLine ?? fn.line;
  const vendor = bytes.read(0, 2);
  if (vendor === undefined) {
    dump.tell(line, `${fn.bdf}: the hex dump does not begin at 00: its registers are ignored`);
    return;
  }
  if (vendor === 0xffff) {
    dump.tell(line, `${fn.bdf}: all registers read ff: the device did not answer`);
    return;
  }
  decodeHeader(fn, bytes);
  if (bytes.length < 0x40) dump.tell(line, `${fn.bdf}: the hex dump is cut off after ${bytes.length} bytes`);
  else decodeCapabilities(fn, bytes, dump, line);
}

function decodeHeader(fn: DumpedFunction, bytes: Bytes): void {
  fn.vendor = bytes.read(0x00, 2) ?? fn.vendor;
  fn.device = bytes.read(0x02, 2) ?? fn.device;
  fn.revision = bytes.read(0x08, 1) ?? fn.revision;
  fn.programmingInterface = bytes.read(0x09, 1) ?? fn.programmingInterface;
  fn.class = bytes.read(0x0a, 2) ?? fn.class;
  const header = bytes.read(0x0e, 1);
  if (header === undefined) return;
  fn.header = header & 0x7f;
  fn.multifunction = (header & 0x80) !== 0;
  if (fn.header === 0) {
    fn.subsystemVendor = bytes.read(0x2c, 2);
    fn.subsystemDevice = bytes.read(0x2e, 2);
    decodeBars(fn, bytes);
  } else fn.secondaryBus = bytes.read(0x19, 1);
}

/** Kinds of the BARs; their sizes are not in configuration space. Other parts of a dump may know them. */
function decodeBars(fn: DumpedFunction, bytes: Bytes): void {
  for (let index = 0; index < 6; index++) {
    const value = bytes.read(0x10 + 4 * index, 4);
    if (value === undefined || value === 0) continue;
    const io = (value & 1) !== 0;
    const is64 = !io && (value & 6) === 4;
    const bar: DumpedBar = {
      index,
      kind: io ? 'io' : 'memory',
      is64,
      prefetchable: !io && (value & 8) !== 0,
      size: fn.bars.get(index)?.size,
    };
    fn.bars.set(index, bar);
    if (is64) index++;
  }
}

function decodeCapabilities(fn: DumpedFunction, bytes: Bytes, dump: Dump, line: number): void {
  const complete = bytes.length >= standardEnd;
  const status = bytes.read(0x06, 2) ?? 0;
  let express = 0;
  if ((status & statusCapabilities) !== 0) {
    if (!complete) {
      dump.tell(
        line,
        `${fn.bdf}: only the first ${bytes.length} bytes of its configuration space are in the dump (lspci as root shows all): its capabilities are unknown`,
      );
      return;
    }
    const list = capabilityList(fn, bytes, dump, line);
    express = list.get(capability.express) ?? 0;
    const features = list.get(capability.advancedFeatures);
    if (features !== undefined) fn.flr = ((bytes.read(features + 3, 1) ?? 0) & advancedReset) !== 0;
  }
  if (express === 0) {
    fn.port = null;
    fn.acs = false;
    fn.totalVfs = 0;
    return;
  }
  const type = ((bytes.read(express + 2, 2) ?? 0) >> 4) & 0xf;
  const port = ports[type];
  if (port === undefined)
    dump.tell(line, `${fn.bdf}: ${type} is no PCI Express device/port type: taken for an endpoint`);
  fn.port = port ?? 'endpoint';
  fn.flr = ((bytes.read(express + 4, 4) ?? 0) & functionReset) !== 0;
  if (bytes.length > extendedStart) decodeExtended(fn, bytes, dump, line);
}

/** Offsets of the standard capabilities by id, the first of each. */
function capabilityList(fn: DumpedFunction, bytes: Bytes, dump: Dump, line: number): Map<number, number> {
  const list = new Map<number, number>();
  const seen = new Set<number>();
  const first = fn.header === 2 ? 0x14 : 0x34;
  for (let at = (bytes.read(first, 1) ?? 0) & 0xfc; at !== 0; at = (bytes.read(at + 1, 1) ?? 0) & 0xfc) {
    const id = bytes.read(at, 1);
    if (seen.has(at) || at < 0x40 || id === undefined || id === 0xff) {
      dump.tell(
        line,
        `${fn.bdf}: the list of capabilities is broken at 0x${at.toString(16)}: what comes after is ignored`,
      );
      break;
    }
    seen.add(at);
    if (!list.has(id)) list.set(id, at);
  }
  return list;
}

function decodeExtended(fn: DumpedFunction, bytes: Bytes, dump: Dump, line: number): void {
  fn.acs = false;
  fn.totalVfs = 0;
  const seen = new Set<number>();
  let at = extendedStart;
  while (at !== 0) {
    const header = bytes.read(at, 4);
    // All ones or an empty first entry: there are none.
    if (header === undefined || header === 0 || header === 0xffffffff) break;
    if (seen.has(at) || at < extendedStart) {
      dump.tell(
        line,
        `${fn.bdf}: the list of extended capabilities is broken at 0x${at.toString(16)}: what comes after is ignored`,
      );
      break;
    }
    seen.add(at);
    if ((header & 0xffff) === extended.acs) fn.acs = true;
    if ((header & 0xffff) === extended.sriov) decodeSriov(fn, bytes, at);
    at = (header >>> 20) & 0xffc;
  }
  // A dump that ends inside of the list leaves open what comes after.
  if (at !== 0 && bytes.read(at, 4) === undefined) {
    dump.tell(line, `${fn.bdf}: the hex dump ends before its extended capability at 0x${at.toString(16)}`);
    if (!fn.acs) fn.acs = undefined;
  }
}

function decodeSriov(fn: DumpedFunction, bytes: Bytes, at: number): void {
  fn.totalVfs = bytes.read(at + 0x0e, 2) ?? 0;
  fn.vfOffset = bytes.read(at + 0x14, 2);
  fn.vfStride = bytes.read(at + 0x16, 2);
  const enabled = ((bytes.read(at + 0x08, 2) ?? 0) & 1) !== 0;
  fn.enabledVfs = enabled ? (bytes.read(at + 0x10, 2) ?? 0) : 0;
}
