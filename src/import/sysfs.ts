import { fullAddress, type Dump } from './dump';
import type { DumpedFunction } from './dumped-function';

const address = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** The functions of a path, each behind the one before it. */
const hierarchy = new RegExp(`pci[0-9a-f]{4,8}:[0-9a-f]{2}((?:/${address})+)`, 'gi');
const listed = new RegExp(String.raw`iommu_groups/(\d+)/devices/(${address})`, 'gi');
const attribute = new RegExp(String.raw`(${address})/([a-z_]+\d*)(?:: | -> )(.*)$`, 'i');
const groupLink = /kernel\/iommu_groups\/(\d+)\s*$/i;

/** Files that hold a number, by the field that takes it. */
const numbers: Readonly<
  Record<string, 'vendor' | 'device' | 'subsystemVendor' | 'subsystemDevice' | 'revision' | 'totalVfs' | 'enabledVfs'>
> = {
  vendor: 'vendor',
  device: 'device',
  subsystem_vendor: 'subsystemVendor',
  subsystem_device: 'subsystemDevice',
  revision: 'revision',
  sriov_totalvfs: 'totalVfs',
  sriov_numvfs: 'enabledVfs',
};

/**
 * Reads a copy of sysfs as text, a line for each file (`path: value`) or link (`path -> target`), `find
 * /sys/kernel/iommu_groups`, and what `ls -l` and `readlink` print of them.
 */
export class SysfsReader {
  /** A `readlink` or `ls` whose answer follows: the function that it asks about. */
  private asked: string | undefined;

  constructor(private readonly dump: Dump) {}

  /** @returns whether the line spoke of sysfs */
  read(text: string, line: number): boolean {
    const groups = this.groups(text, line);
    const paths = this.paths(text, line);
    return this.attributes(text, line) || this.question(text, line) || groups || paths;
  }

  /** `/sys/kernel/iommu_groups/17/devices/0000:02:04.0`. */
  private groups(text: string, line: number): boolean {
    let found = false;
    for (const [, group, bdf] of text.matchAll(listed)) {
      this.dump.putIntoGroup(bdf!.toLowerCase(), Number(group), line);
      found = true;
    }
    return found;
  }

  /** `pci0000:00/0000:00:06.0/0000:04:00.0`: the second is behind the first. */
  private paths(text: string, line: number): boolean {
    let found = false;
    for (const [, path] of text.matchAll(hierarchy)) {
      const functions = path!.slice(1).toLowerCase().split('/');
      functions.forEach((bdf, index) => {
        const fn = this.dump.at(bdf, line);
        if (index > 0) fn.parent ??= functions[index - 1];
      });
      found = true;
    }
    return found;
  }

  private attributes(text: string, line: number): boolean {
    const match = attribute.exec(text);
    if (match === null) return false;
    const fn = this.dump.at(match[1]!.toLowerCase(), line);
    return this.attribute(fn, match[2]!, match[3]!.trim(), line);
  }

  private attribute(fn: DumpedFunction, name: string, value: string, line: number): boolean {
    if (name.startsWith('virtfn')) return this.virtualFunction(fn, value, line);
    const field = numbers[name];
    if (field !== undefined) {
      fn[field] ??= this.number(fn, name, value, line);
      return true;
    }
    switch (name) {
      case 'class':
        this.dump.showsSysfs = true;
        setClass(fn, this.number(fn, name, value, line));
        return true;
      case 'driver':
        fn.driver = value.split('/').at(-1);
        return true;
      case 'iommu_group': {
        const group = groupLink.exec(value)?.[1];
        if (group !== undefined) this.dump.putIntoGroup(fn.bdf, Number(group), line);
        return group !== undefined;
      }
      case 'physfn':
        fn.physfn = fullAddress(value.split('/').at(-1)!);
        return true;
      case 'modalias':
        readModalias(fn, value);
        return true;
      case 'config':
        this.config(fn, value, line);
        return true;
      default:
        return true;
    }
  }

  private number(fn: DumpedFunction, name: string, value: string, line: number): number | undefined {
    if (/^(?:0x[0-9a-f]+|[0-9]+)$/i.test(value)) return Number(value);
    this.dump.tell(line, `${fn.bdf}: '${value}' is no number for ${name}`);
    return undefined;
  }

  private virtualFunction(pf: DumpedFunction, target: string, line: number): boolean {
    const vf = fullAddress(target.split('/').at(-1)!);
    if (vf === undefined) return false;
    pf.virtualFunctions.add(vf);
    this.dump.at(vf, line).physfn = pf.bdf;
    return true;
  }

  /** Configuration space as one line of hex digits. */
  private config(fn: DumpedFunction, value: string, line: number): void {
    const digits = value.replaceAll(/\s/g, '');
    const wrong = /[^0-9a-f]/i.exec(digits);
    if (wrong !== null)
      this.dump.tell(
        line,
        `${fn.bdf}: '${wrong[0]}' in its configuration space is no hex digit: what comes from there on is ignored`,
      );
    const usable = wrong === null ? digits : digits.slice(0, wrong.index);
    fn.configLine = line;
    fn.config = (usable.match(/../g) ?? []).map((byte) => parseInt(byte, 16));
  }

  /** `readlink …/0000:06:0d.0/iommu_group` and the line after it; `ls -l …/iommu_group/devices` and what it lists. */
  private question(text: string, line: number): boolean {
    const asked = new RegExp(`(${address})/iommu_group\\b`, 'i').exec(text.replaceAll('\\', ''));
    const group = groupLink.exec(text)?.[1];
    if (asked !== null && group === undefined) {
      this.asked = asked[1]!.toLowerCase();
      return true;
    }
    if (this.asked === undefined) return false;
    if (group !== undefined) {
      this.dump.putIntoGroup(this.asked, Number(group), line);
      return true;
    }
    const member = new RegExp(`(${address}) ->`, 'i').exec(text)?.[1];
    const known = this.dump.functions.get(this.asked)?.group;
    if (member === undefined || known === undefined) return false;
    this.dump.putIntoGroup(member.toLowerCase(), known, line);
    return true;
  }
}

function setClass(fn: DumpedFunction, code: number | undefined): void {
  if (code === undefined) return;
  fn.class ??= code >>> 8;
  fn.programmingInterface ??= code & 0xff;
}

/** `pci:v00001D0Fd00000200sv00000000sd00000000bc06sc00i00`. */
function readModalias(fn: DumpedFunction, text: string): void {
  const match =
    /^pci:v([0-9A-F]{8})d([0-9A-F]{8})sv([0-9A-F]{8})sd([0-9A-F]{8})bc([0-9A-F]{2})sc([0-9A-F]{2})i([0-9A-F]{2})/i.exec(
      text,
    );
  if (match === null) return;
  const [vendor, device, subsystemVendor, subsystemDevice] = match.slice(1, 5).map((digits) => parseInt(digits, 16));
  fn.vendor ??= vendor;
  fn.device ??= device;
  fn.subsystemVendor ??= subsystemVendor;
  fn.subsystemDevice ??= subsystemDevice;
  setClass(fn, parseInt(match[5]! + match[6]! + match[7]!, 16));
}
