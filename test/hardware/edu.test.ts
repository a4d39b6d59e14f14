import { beforeEach, describe, expect, it } from 'vitest';
import { pageRead, pageWrite, type PageTable, type PciFunction } from '../../src/hardware';
import { sleep, testbed, type Testbed } from './testbed';

const memoryAndMaster = 0x6;
let bed: Testbed;
let edu: PciFunction;

beforeEach(() => {
  bed = testbed();
  edu = bed.fn('00:04.0');
  edu.configWrite(4, 2, memoryAndMaster);
});

const read = (offset: number): number => edu.barRead(0, offset, 4);
const write = (offset: number, value: number): void => edu.barWrite(0, offset, 4, value);

describe('registers', () => {
  it('identifies itself, inverts and multiplies', () => {
    expect(read(0)).toBe(0x010000ed);
    write(4, 0x12345678);
    expect(read(4)).toBe(0xedcba987);
    write(8, 5);
    expect(read(8)).toBe(120);
  });

  it('reads all ones where no register is, and 0 for accesses that are too narrow', () => {
    expect(read(0xffffc)).toBe(0xffffffff);
    expect(edu.barRead(0, 1, 1)).toBe(0);
    expect(edu.barRead(0, 0xffffc, 2)).toBe(0);
  });

  it('does not answer while memory decoding is off', () => {
    edu.configWrite(4, 2, 0);
    write(4, 1);
    expect(read(4)).toBe(0);
    edu.configWrite(4, 2, memoryAndMaster);
    expect(read(4)).toBe(0);
  });
});

describe('interrupts', () => {
  it('raises and lowers its line, which INTx disable cuts off', () => {
    write(0x60, 1);
    expect(read(0x24)).toBe(1);
    edu.configWrite(4, 2, memoryAndMaster | 0x400);
    expect(edu.configRead(6, 2) & 8).toBe(8);
    edu.configWrite(4, 2, memoryAndMaster);
    write(0x64, 1);
    expect(bed.events).toEqual(['up', 'down', 'up', 'down'].map((level) => `0000:00:04.0 intx ${level}`));
  });

  it('sends a message instead once MSI is on', () => {
    edu.configWrite(edu.msi!.offset + 2, 2, 1);
    write(0x60, 1);
    expect(bed.events).toEqual(['0000:00:04.0 msi 0']);
  });
});

describe('DMA', () => {
  let table: PageTable;
  let frame: number;

  beforeEach(() => {
    table = bed.machine.iommu!.createTable();
    bed.machine.iommu!.attach(edu, table);
    frame = bed.machine.memory.allocate();
  });

  function transfer(source: number, destination: number, command: number): void {
    write(0x80, source);
    write(0x88, destination);
    write(0x90, 16);
    write(0x98, command);
    sleep(bed.machine, 250);
  }

  it('copies through its buffer 100 ms after the command', () => {
    table.map(0x100, frame, 1, pageRead);
    const other = bed.machine.memory.allocate();
    table.map(0x101, other, 1, pageRead | pageWrite);
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 17);
    bed.machine.memory.write(frame * 4096, bytes);
    transfer(0x100000, 0x40000, 1);
    expect(read(0x98)).toBe(0);
    write(0x80, 0x40000);
    write(0x88, 0x101000);
    write(0x98, 3);
    expect(bed.machine.nextEvent()).toBe(bed.machine.now + 100);
    sleep(bed.machine, 99);
    expect(bed.machine.memory.read(other * 4096, 16)).toEqual(new Uint8Array(16));
    sleep(bed.machine, 1);
    expect(bed.machine.memory.read(other * 4096, 16)).toEqual(bytes);
    expect(bed.events).toEqual([]);
  });

  it('faults without a mapping, once a transfer', () => {
    transfer(0x40000, 0x200000, 3);
    transfer(0x200000, 0x40000, 1);
    expect(bed.events).toEqual(['0000:00:04.0 fault 0x200000 reason 5', '0000:00:04.0 fault 0x200000 reason 6']);
    expect(bed.machine.iommu!.faults.length).toBe(2);
  });

  it('is stopped silently at a read-only page that the IOTLB knows', () => {
    table.map(0x100, frame, 1, pageRead);
    transfer(0x100000, 0x40000, 1);
    transfer(0x40000, 0x100000, 3);
    expect(bed.events).toEqual([]);
    table.unmap(0x100, 1);
    table.map(0x100, frame, 1, pageRead);
    transfer(0x40000, 0x100000, 3);
    expect(bed.events).toEqual(['0000:00:04.0 fault 0x100000 reason 5']);
  });

  it('goes nowhere while bus mastering is off, and raises its interrupt all the same', () => {
    edu.configWrite(4, 2, 2);
    transfer(0x200000, 0x40000, 5);
    expect(bed.events).toEqual(['0000:00:04.0 intx up']);
    expect(read(0x24)).toBe(0x100);
  });

  it('takes its time back when the journal goes back', () => {
    const before = bed.journal.position;
    transfer(0x40000, 0x200000, 3);
    bed.journal.goto(before);
    expect(bed.machine.now).toBe(0);
    expect(bed.machine.iommu!.faults.length).toBe(0);
    expect(read(0x88)).toBe(0);
  });
});
