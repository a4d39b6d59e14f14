import { fullAddress, type Dump } from './dump';
import type { LspciReader } from './lspci';

const address = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
const inline = new RegExp(String.raw`^\s*IOMMU group:?\s+(\d+)\s+(${address})\s+(.*)$`, 'i');
const heading = /^\s*IOMMU group:?\s+(\d+):?\s*$/i;
const member = new RegExp(String.raw`^\s+(?:Group Device:\s+|-\s+|\*\s+)?((?:${address}/?)+)\s+(?:-\s+)?(.*)$`, 'i');
const mentioned = new RegExp(String.raw`\((${address})\) group (\d+)`, 'gi');
const onBus = new RegExp(String.raw`^pci@(${address})\s+\S*\s*\S*\s+(.*)$`, 'i');

/**
 * Reads what the well-known shell loops over `/sys/kernel/iommu_groups` print: a group and a device in each line, or a
 * line for the group and its devices indented below.
 */
export class GroupListingReader {
  private group: number | undefined;

  constructor(
    private readonly dump: Dump,
    private readonly lspci: LspciReader,
  ) {}

  /** @returns whether the line was part of such a listing */
  read(text: string, line: number): boolean {
    const one = inline.exec(text);
    if (one !== null) return this.device(one[2]!, one[3]!, Number(one[1]), line);
    const group = heading.exec(text)?.[1];
    if (group !== undefined) {
      // lspci -vvv says it of a function: that reader knows of which.
      if (this.lspci.inFunction && /^\s+IOMMU group: /.test(text)) return false;
      this.group = Number(group);
      return true;
    }
    if (!/^\s/.test(text)) this.group = undefined;
    return this.member(text, line) || this.mention(text, line) || this.bus(text, line);
  }

  private member(text: string, line: number): boolean {
    const match = this.group === undefined ? null : member.exec(text);
    return match !== null && this.device(match[1]!, match[2]!, this.group!, line);
  }

  private device(path: string, words: string, group: number, line: number): boolean {
    const first = path.split('/')[0]!;
    const last = path
      .split('/')
      .filter((part) => part !== '')
      .at(-1)!;
    const domain = /^([0-9a-f]{4,8}):..:/i.exec(first)?.[1] ?? '0000';
    const bdf = fullAddress(last.length > 7 ? last : `${domain}:${last}`);
    if (bdf === undefined) return false;
    this.lspci.read(`${path} ${words}`, line);
    this.dump.putIntoGroup(bdf, group, line);
    return true;
  }

  /** `vfio_realize (0000:00:02.0) group 1`, as QEMU traces it. */
  private mention(text: string, line: number): boolean {
    let found = false;
    for (const [, bdf, group] of text.matchAll(mentioned)) {
      this.dump.putIntoGroup(fullAddress(bdf!)!, Number(group), line);
      found = true;
    }
    return found;
  }

  /** `pci@0000:3b:00.0  eno1  network  Ethernet Controller 10G X550T`, as `lshw -businfo` prints it. */
  private bus(text: string, line: number): boolean {
    const match = onBus.exec(text);
    if (match === null) return false;
    this.dump.at(fullAddress(match[1]!)!, line).description ??= match[2]!;
    return true;
  }
}
