import { fullAddress, type Dump } from './dump';
import type { DumpedBar, DumpedFunction, PortType } from './dumped-function';

const header =
  /^\s*((?:(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\/?)(?:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\/?)*)\s+(.*)$/i;
const hexLine = /^([0-9a-f]{2,3}): ((?:[0-9a-f?]{1,2} ?)+)\s*$/i;
/** A hex line in which something is no hex. */
const hexLike = /^([0-9a-f]{2,3}): (\S{2}(?: \S{2}){3,15})\s*$/i;
const ids = /\[([0-9a-f]{4}):([0-9a-f]{4})\]/i;

const portNames: readonly (readonly [RegExp, PortType])[] = [
  [/Root Complex Integrated Endpoint/i, 'integrated-endpoint'],
  [/Root Complex Event Collector/i, 'event-collector'],
  [/Root Port/i, 'root-port'],
  [/Upstream Port/i, 'upstream'],
  [/Downstream Port/i, 'downstream'],
  [/PCI-Express to PCI|PCIe? ?to PCI|PCI\/PCI-X Bridge/i, 'pcie-to-pci'],
  [/PCI\/PCI-X to PCI-Express/i, 'pci-to-pcie'],
  [/Legacy Endpoint/i, 'legacy-endpoint'],
  [/Endpoint/i, 'endpoint'],
];

/** Classes by the words of lspci, for dumps without numbers (`lspci` without `-n`). */
const classWords: Readonly<Record<string, number>> = {
  'Host bridge': 0x0600,
  'ISA bridge': 0x0601,
  'PCI bridge': 0x0604,
  'CardBus bridge': 0x0607,
  'Non-Volatile memory controller': 0x0108,
  'SATA controller': 0x0106,
  'IDE interface': 0x0101,
  'RAID bus controller': 0x0104,
  'SCSI storage controller': 0x0100,
  'Serial Attached SCSI controller': 0x0107,
  'Ethernet controller': 0x0200,
  'Network controller': 0x0280,
  'VGA compatible controller': 0x0300,
  '3D controller': 0x0302,
  'Display controller': 0x0380,
  'Audio device': 0x0403,
  'RAM memory': 0x0500,
  'FLASH memory': 0x0501,
  'Memory controller': 0x0580,
  'Communication controller': 0x0780,
  'Serial controller': 0x0700,
  'System peripheral': 0x0880,
  IOMMU: 0x0806,
  'USB controller': 0x0c03,
  'USB Controller': 0x0c03,
  SMBus: 0x0c05,
  'Signal processing controller': 0x1180,
  'Co-processor': 0x0b40,
};

/** Reads the output of `lspci` with any of `-v`, `-vv`, `-vvv`, `-x`, `-xxx`, `-xxxx`, `-n`, `-nn`, `-k`, `-D`, `-PP`. */
export class LspciReader {
  private current: DumpedFunction | null = null;
  /** Inside of the capability whose lines follow. */
  private capability = '';

  constructor(private readonly dump: Dump) {}

  /** @returns whether the line was one of lspci's */
  read(text: string, line: number): boolean {
    if (text.trim() === '') {
      this.capability = '';
      return true;
    }
    return this.hex(text, line) || this.function(text, line) || this.detail(text);
  }

  /** `# lspci -vv -s 5e:00.0 | grep …`: what follows is of that function, even without its first line. */
  command(text: string, line: number): void {
    const bdf = fullAddress(/lspci\b.*\s-s\s*(\S+)/.exec(text)?.[1] ?? '');
    this.current = bdf === undefined ? null : this.dump.at(bdf, line);
    this.capability = '';
  }

  /** Whether what is indented belongs to a function. */
  get inFunction(): boolean {
    return this.current !== null;
  }

  private function(text: string, line: number): boolean {
    const match = header.exec(text);
    if (match === null || !looksLikeFunction(match[2]!)) return false;
    const path = match[1]!.split('/').filter((part) => part !== '');
    const first = path[0]!;
    const domain = /^([0-9a-f]{4,8}):..:/i.exec(first)?.[1] ?? '0000';
    const full = path.map((part) => fullAddress(part.length > 7 ? part : `${domain}:${part}`));
    const bdf = full.at(-1);
    if (bdf === undefined) return false;
    const known = this.dump.functions.get(bdf);
    if (known?.description !== undefined && known.configLine !== undefined) {
      this.dump.tell(line, `${bdf} stands in the dump twice (first in line ${known.line}): what is new is added`);
    }
    const fn = this.dump.at(bdf, line);
    const above = full.at(-2);
    if (above !== undefined) fn.parent = above;
    this.current = fn;
    this.capability = '';
    describe(fn, match[2]!);
    return true;
  }

  private hex(text: string, line: number): boolean {
    const exact = hexLine.exec(text);
    const match = exact ?? hexLike.exec(text);
    if (match === null) return false;
    if (this.current === null) {
      this.dump.tell(line, 'a line of configuration space that belongs to no function');
      return true;
    }
    const fn = this.current;
    const offset = parseInt(match[1]!, 16);
    const config = (fn.config ??= []);
    fn.configLine ??= line;
    const bytes = match[2]!.trim().split(/\s+/);
    if (bytes.length > 16) this.dump.tell(line, `${fn.bdf}: more than 16 bytes in a line: the rest is ignored`);
    bytes.slice(0, 16).forEach((byte, index) => {
      if (/^[0-9a-f]{2}$/i.test(byte)) config[offset + index] = parseInt(byte, 16);
      else
        this.dump.tell(
          line,
          `${fn.bdf}: '${byte}' at 0x${(offset + index).toString(16)} is no hex byte: it stays unknown`,
        );
    });
    return true;
  }

  private detail(text: string): boolean {
    const fn = this.current;
    if (fn === null || !/^\s/.test(text)) return false;
    const content = text.trim();
    const capability = /^Capabilities: (?:\[[^\]]*\] )?(.*)$/.exec(content);
    if (capability !== null) this.capability = capability[1]!;
    readExpress(fn, capability?.[1] ?? content);
    readAccess(fn, content, this.capability);
    readBinding(fn, content, this.dump);
    readBar(fn, content);
    return true;
  }
}

/** `Ethernet controller: …`, `0200: 8086:10c9`, `PCI bridge [0604]: …`, `Class 0604: …`. */
function looksLikeFunction(text: string): boolean {
  return /^(?:[0-9a-f]{4}: [0-9a-f]{4}:[0-9a-f]{4}|[A-Za-z0-9][^:]{1,60}: |"[^"]+")/i.test(text);
}

function describe(fn: DumpedFunction, text: string): void {
  const numeric = /^(?:Class )?"?([0-9a-f]{4})"?: (?:Device )?([0-9a-f]{4}):([0-9a-f]{4})/i.exec(text);
  if (numeric !== null) {
    fn.class ??= parseInt(numeric[1]!, 16);
    fn.vendor ??= parseInt(numeric[2]!, 16);
    fn.device ??= parseInt(numeric[3]!, 16);
  }
  fn.class ??= classIn(text);
  const id = ids.exec(text.slice(text.indexOf(': ')));
  if (id !== null) [fn.vendor, fn.device] = [parseInt(id[1]!, 16), parseInt(id[2]!, 16)];
  fn.revision ??= numberIn(/\(rev ([0-9a-f]{2})\)/i, text);
  fn.programmingInterface ??= numberIn(/\(prog-if ([0-9a-f]{2})/i, text);
  fn.description ??= text.replace(/ \(prog-if.*$/, '').replace(/\s+/g, ' ');
}

/** Class and subclass, in brackets or in the words of lspci. */
function classIn(text: string): number | undefined {
  const words = text.slice(0, text.indexOf(': ')).replace(/\s*\[[0-9a-f]{4}\]$/i, '');
  return numberIn(/\[([0-9a-f]{4})\]: /i, text) ?? numberIn(/^Class ([0-9a-f]{4}):/i, text) ?? classWords[words];
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : parseInt(digits, 16);
}

function readExpress(fn: DumpedFunction, text: string): void {
  const express = /^(?:Express (?:\(v\d\) )?)(.*)$/.exec(text);
  if (express !== null) fn.port ??= portNames.find(([pattern]) => pattern.test(express[1]!))?.[1];
  const reset = /\bFLReset([+-])/.exec(text) ?? /\bFLR([+-])/.exec(text);
  if (reset !== null) fn.flr ??= reset[1] === '+';
}

function readAccess(fn: DumpedFunction, text: string, capability: string): void {
  if (/^ACSCap:|Access Control Services/.test(text)) fn.acs = true;
  const bus = /^Bus: primary=[0-9a-f]{2}, secondary=([0-9a-f]{2})/i.exec(text);
  if (bus !== null) {
    fn.secondaryBus ??= parseInt(bus[1]!, 16);
    fn.header ??= 1;
  }
  if (!capability.includes('SR-IOV')) return;
  const vfs = /Total VFs: (\d+), Number of VFs: (\d+)/.exec(text);
  if (vfs !== null) [fn.totalVfs, fn.enabledVfs] = [Number(vfs[1]), Number(vfs[2])];
  const place = /VF offset: (\d+), stride: (\d+)/.exec(text);
  if (place !== null) [fn.vfOffset, fn.vfStride] = [Number(place[1]), Number(place[2])];
}

function readBinding(fn: DumpedFunction, text: string, dump: Dump): void {
  const group = /IOMMU group:? (\d+)/i.exec(text);
  if (group !== null) dump.putIntoGroup(fn.bdf, Number(group[1]), fn.line);
  const driver = /^Kernel driver in use: (\S+)/.exec(text);
  if (driver !== null) fn.driver = driver[1];
  const subsystem =
    /^Subsystem: .*\[([0-9a-f]{4}):([0-9a-f]{4})\]$/i.exec(text) ??
    /^Subsystem: (?:Device )?([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (subsystem !== null) {
    fn.subsystemVendor ??= parseInt(subsystem[1]!, 16);
    fn.subsystemDevice ??= parseInt(subsystem[2]!, 16);
  }
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `Region 0: Memory at 4a000000 (64-bit, prefetchable) [size=32M]`, and the same without its number (`lspci -v`). */
function readBar(fn: DumpedFunction, text: string): void {
  const size = /\[size=(\d+)([KMGT]?)\]/.exec(text);
  const match = /^(?:Region (\d): )?(Memory|I\/O ports|Expansion ROM) at /.exec(text);
  if (match === null || size === null) return;
  const [, number, what] = match;
  const is64 = text.includes('64-bit');
  const kind: DumpedBar['kind'] = what === 'Memory' ? 'memory' : what === 'I/O ports' ? 'io' : 'rom';
  const index = kind === 'rom' ? 6 : number === undefined ? nextBar(fn) : Number(number);
  if (index > 6) return;
  const prefetchable = /[^-]prefetchable/.test(text);
  fn.bars.set(index, { index, kind, size: Number(size[1]) * units[size[2]!]!, is64, prefetchable });
}

/** Without `-vv` the regions have no numbers: they are taken in order. */
function nextBar(fn: DumpedFunction): number {
  const numbered = [...fn.bars.values()].filter(({ kind }) => kind !== 'rom');
  const last = numbered.at(-1);
  return last === undefined ? 0 : last.index + (last.is64 ? 2 : 1);
}
