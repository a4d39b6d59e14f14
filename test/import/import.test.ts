import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareGroups, Dump, importMachine, machineText, readDump } from '../../src/import';
import { Journal } from '../../src/history';
import { Machine } from '../../src/hardware';
import { parse } from '../../src/scenario';

const small = readFileSync(join(import.meta.dirname, 'dumps/small-machine.txt'), 'utf8');

/** Lines of `lspci -xxxx` for bytes by offset. */
function hexDump(size: number, bytes: Readonly<Record<number, readonly number[]>>): string {
  const space = new Uint8Array(size);
  for (const [offset, values] of Object.entries(bytes)) space.set(values, Number(offset));
  const lines: string[] = [];
  for (let at = 0; at < size; at += 16) {
    lines.push(
      `${at.toString(16).padStart(2, '0')}: ${[...space.slice(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`,
    );
  }
  return lines.join('\n');
}

/** A root port with PCI Express at 0x40 and ACS at 0x100, to bus 1. */
const rootPort = hexDump(4096, {
  0x00: [0x86, 0x80, 0x01, 0x19, 0x07, 0x00, 0x10, 0x00, 0x02, 0x00, 0x04, 0x06, 0x00, 0x00, 0x01, 0x00],
  0x18: [0x00, 0x01, 0x01],
  0x34: [0x40],
  0x40: [0x10, 0x00, 0x42, 0x00],
  0x100: [0x0d, 0x00, 0x01, 0x00, 0x1f, 0x00, 0x1f, 0x00],
});

describe('machine import', () => {
  it('writes a machine block with what is known and comments on what is not', async () => {
    const text = machineText(importMachine(readDump(small)));
    await expect(text).toMatchFileSnapshot('golden/small-machine.vfio');
    expect(parse(text, 'file:///small.vfio').problems).toEqual([]);
  });

  it('makes the groups that the dump shows', () => {
    expect(compareGroups(importMachine(readDump(small)))).toEqual({ groups: 3, functions: 5, differences: [] });
  });

  it('tells which groups the simulated kernel makes differently, and why', () => {
    const together =
      '/sys/kernel/iommu_groups/5/devices/0000:00:02.0\n/sys/kernel/iommu_groups/5/devices/0000:00:03.0\n';
    const [difference] = compareGroups(importMachine(readDump(together))).differences;
    expect(difference).toMatchObject({ group: 5, simulated: [['0000:00:02.0'], ['0000:00:03.0']] });
    expect(difference!.explanation).toContain('finds nothing that joins them');
  });

  it('takes isolation from the groups when capabilities are missing', () => {
    const listing = [
      '1/devices/0000:00:01.0',
      '2/devices/0000:01:00.0',
      '3/devices/0000:00:1f.0',
      '3/devices/0000:00:1f.2',
      '4/devices/0000:00:1f.6',
    ];
    const dump = readDump(
      `00:01.0 PCI bridge: Some Port\n\tBus: primary=00, secondary=01, subordinate=01\n${listing.map((path) => `/sys/kernel/iommu_groups/${path}`).join('\n')}`,
    );
    const imported = importMachine(dump);
    expect(compareGroups(imported).differences).toEqual([]);
    expect(imported.remarks.get('0000:00:01.0')).toContain(
      'ACS: taken from its IOMMU group, its capabilities are not in the dump',
    );
  });

  it('reads several dumps of one machine as one', () => {
    const dump = new Dump();
    readDump(small, dump);
    readDump('/sys/kernel/iommu_groups/9/devices/0000:00:00.0', dump);
    expect(dump.functions.get('0000:00:00.0')).toMatchObject({ group: 9, vendor: 0x8086 });
  });

  it('reads the tree of lspci -tv', () => {
    const tree = [
      '-[0000:00]-+-00.0  Host',
      '           +-01.0-[01-03]----00.0-[02-03]--+-00.0-[03]----00.0  NVMe',
      '           |                               \\-01.0-[04]--',
      '           \\-1f.0  ISA',
    ].join('\n');
    const dump = readDump(tree);
    expect([...dump.functions].map(([bdf, { parent }]) => [bdf.slice(5), parent?.slice(5)])).toEqual([
      ['00:00.0', undefined],
      ['00:01.0', undefined],
      ['01:00.0', '00:01.0'],
      ['02:00.0', '01:00.0'],
      ['03:00.0', '02:00.0'],
      ['02:01.0', '01:00.0'],
      ['00:1f.0', undefined],
    ]);
    const [, port] = importMachine(dump).description.functions;
    expect(port).toMatchObject({
      model: 'root-port',
      children: [
        { model: 'switch-upstream', children: [{ model: 'switch-downstream' }, { model: 'switch-downstream' }] },
      ],
    });
  });
});

describe('bad dumps', () => {
  it('tells where a hex dump is cut off and imports the rest', () => {
    const cut = `00:01.0 PCI bridge: Port\n${rootPort.split('\n').slice(0, 3).join('\n')}\n\n00:02.0 VGA compatible controller: Card\n`;
    const imported = importMachine(readDump(cut));
    expect(imported.messages).toEqual([{ line: 2, text: '0000:00:01.0: the hex dump is cut off after 48 bytes' }]);
    expect(imported.description.functions.map(({ bdf }) => bdf)).toEqual(['0000:00:01.0', '0000:00:02.0']);
  });

  it('tells where a byte is no hex', () => {
    const wrong = `00:01.0 PCI bridge: Port\n${rootPort.replace('86 80 01', '86 zz 01')}`;
    const { messages } = importMachine(readDump(wrong));
    expect(messages[0]).toEqual({ line: 2, text: "0000:00:01.0: 'zz' at 0x1 is no hex byte: it stays unknown" });
  });

  it('survives capability lists that run in circles', () => {
    const circle = rootPort.replace('40: 10 00', '40: 10 40');
    const dump = readDump(`00:01.0 PCI bridge: Port\n${circle}`);
    expect(importMachine(dump).messages[0]!.text).toContain('the list of capabilities is broken at 0x40');
    expect(dump.functions.get('0000:00:01.0')).toMatchObject({ port: 'root-port', acs: true, secondaryBus: 1 });
  });

  it('tells of duplicate functions and keeps one', () => {
    const twice = `00:01.0 PCI bridge: Port\n${rootPort}\n\n00:01.0 PCI bridge: Port\n${rootPort}\n`;
    const imported = importMachine(readDump(twice));
    expect(imported.description.functions).toHaveLength(1);
    expect(imported.messages).toContainEqual({
      line: 259,
      text: '0000:00:01.0 stands in the dump twice (first in line 1): what is new is added',
    });
  });

  it('keeps domains apart', () => {
    const domains = `0000:00:01.0 PCI bridge: Port\n${rootPort}\n0001:00:01.0 PCI bridge: Port\n${rootPort}\n0000:01:00.0 USB controller: A\n0001:01:00.0 USB controller: B\n`;
    const { description } = importMachine(readDump(domains));
    expect(description.functions.map(({ bdf, children }) => [bdf, children?.map((child) => child.bdf)])).toEqual([
      ['0000:00:01.0', ['0000:01:00.0']],
      ['0001:00:01.0', ['0001:01:00.0']],
    ]);
    Machine.build(new Journal(), description);
  });

  it('tells when there is nothing to import', () => {
    expect(importMachine(readDump('hello\nworld\n')).messages).toEqual([
      {
        line: 0,
        text: 'no PCI functions found: expected the output of lspci, a copy of sysfs, or a listing of IOMMU groups',
      },
    ]);
  });

  it('imports a thousand devices', () => {
    const lines = Array.from({ length: 1000 }, (_, index) => {
      const hex = (value: number): string => value.toString(16).padStart(2, '0');
      return `${hex(index >> 8)}:${hex((index >> 3) & 31)}.${index & 7} Ethernet controller [0200]: Card [8086:1521]\n\tRegion 0: Memory at f7000000 (32-bit, non-prefetchable) [size=1M]`;
    });
    const start = performance.now();
    const imported = importMachine(readDump(lines.join('\n')));
    Machine.build(new Journal(), imported.description);
    console.log(`1,000 devices imported and built in ${Math.round(performance.now() - start)} ms`);
    expect(imported.description.functions).toHaveLength(1000);
  });

  it('never fails, whatever is cut out of a dump or put into it', () => {
    const dump = `${small}\n00:03.0 PCI bridge: Port\n${rootPort}`;
    fc.assert(
      fc.property(fc.nat(dump.length), fc.nat(300), fc.string({ unit: 'binary', maxLength: 20 }), (at, length, put) => {
        const imported = importMachine(readDump(dump.slice(0, at) + put + dump.slice(at + length)));
        Machine.build(new Journal(), imported.description);
        expect(parse(machineText(imported), 'file:///any.vfio').problems).toEqual([]);
        compareGroups(imported);
      }),
      { numRuns: 60 },
    );
  });
});

describe.skipIf(process.platform === 'win32')('collect-machine.sh', () => {
  it('copies what an import needs, and no serial numbers', () => {
    const root = mkdtempSync(join(tmpdir(), 'vfio-lab-sysfs-'));
    try {
      const device = join(root, 'devices/pci0000:00/0000:00:01.0');
      mkdirSync(device, { recursive: true });
      mkdirSync(join(root, 'bus/pci/devices'), { recursive: true });
      symlinkSync('../../../devices/pci0000:00/0000:00:01.0', join(root, 'bus/pci/devices/0000:00:01.0'));
      symlinkSync('../../../kernel/iommu_groups/7', join(device, 'iommu_group'));
      for (const [name, value] of [
        ['vendor', '0x8086'],
        ['device', '0x1901'],
        ['class', '0x060400'],
      ])
        writeFileSync(join(device, name!), `${value!}\n`);
      const config = rootPort.split('\n').flatMap((line) =>
        line
          .slice(line.indexOf(':') + 2)
          .split(' ')
          .map((byte) => parseInt(byte, 16)),
      );
      config.splice(0x102, 2, 0x01, 0x14);
      config.splice(0x140, 12, 0x03, 0x00, 0x01, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88);
      writeFileSync(join(device, 'config'), Uint8Array.from(config));
      const text = execFileSync('sh', [join(import.meta.dirname, '../../media/collect-machine.sh'), root], {
        encoding: 'utf8',
      });
      expect(text).not.toContain('11223344');
      const dump = readDump(text);
      expect(dump.messages).toEqual([]);
      expect(dump.functions.get('0000:00:01.0')).toMatchObject({
        vendor: 0x8086,
        class: 0x0604,
        group: 7,
        port: 'root-port',
        acs: true,
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
