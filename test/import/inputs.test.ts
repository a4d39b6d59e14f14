import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/history';
import { Machine, type FunctionDescription } from '../../src/hardware';
import { Kernel } from '../../src/kernel';
import { compareGroups, importMachine, machineText, readDump } from '../../src/import';
import { compile, parse } from '../../src/scenario';

/** Dumps of real machines. They are no part of the project: without them these tests say why they are skipped. */
const folder = join(import.meta.dirname, '../../../shared/inputs');
const present = existsSync(folder);
if (!present) console.log(`skipped: the dumps of real machines are not there (${folder})`);
const files = present
  ? readdirSync(folder)
      .filter((name) => name !== 'decoded.txt')
      .sort()
  : [];
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** These tell of no PCI device at all. */
const empty = new Set(['qemu-trace-vfio-user-nvme.txt', 'strace-qemu-vfio-x86-and-ppc64.txt']);

/** The one listing that no kernel 5.7 would make: it comes from a patch of 2025. */
const otherKernel = 'iommu-group-12-alderlake-acs-and-lspci.txt';

describe.skipIf(!present)('dumps of real machines', () => {
  it.each(files)('%s becomes a machine that boots, and a block that says the same', (name) => {
    const dump = readDump(read(name));
    const imported = importMachine(dump);
    if (empty.has(name)) {
      expect(imported.messages).toContainEqual(expect.objectContaining({ line: 0 }));
      return;
    }
    expect(dump.functions.size).toBeGreaterThan(0);
    Kernel.boot(new Journal(), Machine.build(new Journal(), imported.description));
    const { file, problems } = parse(machineText(imported), 'file:///imported.vfio');
    expect(problems).toEqual([]);
    expect(plain(compile(file).machine.functions)).toEqual(plain(imported.description.functions));
  });

  it.each(files)('%s: the groups are those of the dump', (name) => {
    const comparison = compareGroups(importMachine(readDump(read(name))));
    expect(comparison.differences.map(({ group }) => group)).toEqual(name === otherKernel ? [12] : []);
  });

  /** What another program has read from the hexadecimal dumps. */
  const decoded = present ? parseDecoded(read('decoded.txt')) : [];
  it.each(decoded)('$file: $bdf is decoded as by another program', ({ file, bdf, facts }) => {
    const fn = readDump(read(file)).functions.get(bdf)!;
    const hex = (value: number | undefined): string => (value ?? 0).toString(16).padStart(4, '0');
    expect(`[${hex(fn.vendor)}:${hex(fn.device)}] cls=${hex(fn.class)} hdr=${fn.header}`).toBe(
      /^\[.*?\] cls=\w+ hdr=\d/.exec(facts)![0],
    );
    const secondary = / sec=([0-9a-f]{2})-/.exec(facts)?.[1];
    if (secondary !== undefined) expect(fn.secondaryBus).toBe(parseInt(secondary, 16));
    expect(fn.port).toBe(portNames[/EXP\((\w+)/.exec(facts)?.[1] ?? ''] ?? null);
    if (facts.endsWith('| 4096')) expect(fn.acs).toBe(facts.includes(' ACS('));
    expect(fn.totalVfs ?? 0).toBe(Number(/SRIOV\(.*? total=(\d+)/.exec(facts)?.[1] ?? 0));
    if (/FLR[+-]/.test(facts)) expect(fn.flr).toBe(facts.includes('FLR+'));
  });
});

const portNames: Readonly<Record<string, string>> = {
  EP: 'endpoint',
  LegEP: 'legacy-endpoint',
  RP: 'root-port',
  USP: 'upstream',
  DSP: 'downstream',
  RCiEP: 'integrated-endpoint',
  RCEC: 'event-collector',
};

function parseDecoded(text: string): { file: string; bdf: string; facts: string }[] {
  const facts: { file: string; bdf: string; facts: string }[] = [];
  let file = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) file = line.slice(3);
    const match = /^((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.\d) (\[.*)$/.exec(line);
    if (match !== null)
      facts.push({ file, bdf: match[1]!.length > 7 ? match[1]! : `0000:${match[1]!}`, facts: match[2]! });
  }
  return facts;
}

/** All functions without the order and the defaults that differ between a description and its text. */
function plain(functions: readonly FunctionDescription[]): unknown[] {
  return functions
    .flatMap((fn): unknown[] => {
      const { children = [], bars = [], flr, acs, ...rest } = fn;
      const own = {
        ...rest,
        acs: acs === true,
        flr: flr !== false,
        bars: bars.map((bar) => ({ is64: false, prefetchable: false, ...bar })),
      };
      return [...(fn.bdf === '0000:00:00.0' ? [] : [own]), ...plain(children)];
    })
    .sort((a, b) => ((a as FunctionDescription).bdf < (b as FunctionDescription).bdf ? -1 : 1));
}
