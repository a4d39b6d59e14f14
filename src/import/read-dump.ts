import { decodeConfig } from './config-space';
import { Dump } from './dump';
import { GroupListingReader } from './group-listing';
import { LspciReader } from './lspci';
import { SysfsReader } from './sysfs';
import { TreeReader } from './tree';

const addressFirst = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\b/i;

/**
 * Reads a dump of a machine: the output of lspci, a copy of sysfs, listings of its IOMMU groups, or several of them in
 * one text or one after the other. What is not understood is told with its line; everything else is kept.
 */
export function readDump(text: string, dump: Dump = new Dump()): Dump {
  const lspci = new LspciReader(dump);
  const sysfs = new SysfsReader(dump);
  const tree = new TreeReader(dump);
  const groups = new GroupListingReader(dump, lspci);
  const before = dump.functions.size;
  text.split(/\r\n|\n|\r/).forEach((content, index) => {
    const line = index + 1;
    // A comment, or the prompt and the command whose output follows.
    if (/^(?:\[.*\])?\s*[#$] /.test(content)) lspci.command(content, line);
    const known =
      groups.read(content, line) || tree.read(content, line) || sysfs.read(content, line) || lspci.read(content, line);
    if (!known && addressFirst.test(content)) dump.tell(line, `not understood: ${content.trim().slice(0, 80)}`);
  });
  for (const fn of dump.functions.values()) decodeConfig(fn, dump);
  if (dump.functions.size === before) {
    dump.tell(0, 'no PCI functions found: expected the output of lspci, a copy of sysfs, or a listing of IOMMU groups');
  }
  return dump;
}
