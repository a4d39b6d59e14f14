import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PciFunction } from '../../src/hardware';
import { testbed } from './testbed';

const hexOf = (fn: PciFunction, offset: number, length: number): string =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => fn.configRead(offset + index, 1))).toString('hex');

describe('configuration space', () => {
  it('reads all ones past its end', () => {
    const fn = testbed().fn('00:04.0');
    expect(fn.configRead(0x100, 4)).toBe(0xffffffff);
    expect(fn.configRead(0xfe, 4)).toBe(0xffffffff);
  });

  it('tells the size of a BAR when all ones are written', () => {
    const fn = testbed().fn('01:00.0');
    fn.configWrite(0x10, 4, 0xffffffff);
    fn.configWrite(0x14, 4, 0xffffffff);
    expect([fn.configRead(0x10, 4), fn.configRead(0x14, 4)]).toEqual([0xffffc004, 0xffffffff]);
    expect(fn.barRead(0, 8, 4)).toBe(0);
  });

  it('keeps what is read-only, and lets gaps be written', () => {
    const fn = testbed().fn('02:00.0');
    for (let offset = 0; offset < 0x100; offset += 4) fn.configWrite(offset, 4, 0xffffffff);
    expect(hexOf(fn, 0, 4)).toBe('8680d310');
    expect(fn.configRead(4, 2)).toBe(0x0507);
    expect(hexOf(fn, 0xa0, 16)).toBe('110004c00300000003200000ffffffff');
    expect(hexOf(fn, 0xcc, 4)).toBe('031f0000');
    expect(hexOf(fn, 0xe0, 24)).toBe('10a00100008000000000000011040000000011' + '00ffffffff');
  });

  /** Bytes that vfio-pci passes to the device as they are: behind the header and in no capability. */
  it.each(['fuzz-config-1', 'fuzz-config-2'])('takes the raw writes of %s as the device did', (name) => {
    interface Step {
      readonly call: string;
      readonly offset?: string | number;
      readonly bytes?: string;
      readonly length?: number;
      readonly result: { readonly ret: number; readonly out?: string };
      readonly path?: string;
    }
    const text = readFileSync(new URL(`../recordings/${name}.json`, import.meta.url), 'utf8');
    const { steps } = JSON.parse(text) as { steps: Step[] };
    const bdf = /0000:([0-9a-f:.]+)/.exec(steps.find((step) => step.path?.includes('driver_override'))!.path!)![1]!;
    const fn = testbed().fn(bdf);
    const from = bdf === '01:00.0' ? 0x140 + 0x24 : 0x40;
    let compared = 0;
    for (const { call, offset, bytes, length, result } of steps) {
      const at = Number(BigInt(offset ?? 0) - 0x70000000000n);
      if (result.ret <= 0 || at < from) continue;
      if (call === 'pwrite') Buffer.from(bytes!, 'hex').forEach((byte, index) => fn.configWrite(at + index, 1, byte));
      if (call !== 'pread') continue;
      expect(hexOf(fn, at, length!)).toBe(result.out);
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });
});

describe('MSI-X', () => {
  it('holds a message back while its vector is masked', () => {
    const { fn, events } = testbed();
    const nic = fn('02:00.0');
    const msix = nic.msix!;
    nic.configWrite(4, 2, 6);
    nic.configWrite(msix.offset + 2, 2, 0x8000);
    nic.sendMessage(2);
    expect(events).toEqual([]);
    expect(nic.barRead(3, msix.pendingOffset, 4)).toBe(4);
    nic.barWrite(3, msix.tableOffset + 2 * 16 + 12, 4, 0);
    expect(events).toEqual(['0000:02:00.0 msix 2']);
    expect(msix.pending(2)).toBe(false);
  });

  it('says nothing while it is off', () => {
    const { fn, events } = testbed();
    fn('02:00.0').sendMessage(0);
    expect(events).toEqual([]);
  });
});

describe('resets', () => {
  it('clears what software set, and needs its BARs back', () => {
    const nvme = testbed().fn('01:00.0');
    const express = nvme.capability(0x10);
    const bar = nvme.configRead(0x10, 4);
    nvme.configWrite(express + 8, 2, 0x8000);
    expect(nvme.configRead(express + 8, 2)).toBe(0);
    expect(nvme.configRead(4, 2)).toBe(0);
    expect(nvme.msix!.enabled).toBe(false);
    nvme.configWrite(4, 2, 6);
    expect(nvme.barRead(0, 8, 4)).toBe(0);
    nvme.configWrite(0x10, 4, bar);
    expect(nvme.barRead(0, 8, 4)).toBe(0x00010400);
  });

  it('reach everything behind a bridge through its bus reset', () => {
    const { fn } = testbed();
    fn('05:00.0').configWrite(4, 2, 7);
    fn('00:0a.0').configWrite(0x3e, 2, 0x42);
    expect(fn('05:00.0').configRead(4, 2)).toBe(0);
    expect(fn('02:00.0').configRead(4, 2)).not.toBe(0);
  });

  it('knows who can reset itself', () => {
    const { fn } = testbed();
    expect(fn('01:00.0').hasFlr).toBe(true);
    expect(fn('02:00.0').hasFlr).toBe(false);
    expect(fn('02:00.0').hasPmReset).toBe(true);
    expect(fn('00:04.0').hasFlr).toBe(false);
  });
});

describe('SR-IOV', () => {
  it('makes VFs that show no ids of their own, and takes them away again', () => {
    const { fn, machine } = testbed();
    const pf = fn('01:00.0');
    const vfs = pf.sriov!.enable(2);
    expect(vfs.map((vf) => vf.bdf)).toEqual(['0000:01:00.1', '0000:01:00.2']);
    const [first, second] = vfs;
    expect(first!.configRead(0, 4)).toBe(0xffffffff);
    expect([first!.vendorId, first!.deviceId]).toEqual([0x1b36, 0x0010]);
    expect(second!.bars[0]!.start - first!.bars[0]!.start).toBe(0x4000n);
    expect([...machine.functions].filter((each) => each.isVirtual)).toEqual(vfs);
    pf.sriov!.disable();
    expect(fn('01:00.1')).toBeUndefined();
    expect(first!.configRead(4, 2)).toBe(0xffff);
    expect(pf.sriov!.enable(1)).toEqual([first]);
  });

  it('goes back in time', () => {
    const { fn, journal } = testbed();
    const pf = fn('01:00.0');
    const before = journal.position;
    const vfs = pf.sriov!.enable(4);
    const after = journal.position;
    journal.goto(before);
    expect(pf.virtualFunctions).toEqual([]);
    expect(fn('01:00.1')).toBeUndefined();
    journal.goto(after);
    expect(pf.virtualFunctions).toEqual(vfs);
  });
});

describe('what resets and models leave alone', () => {
  it('keeps the ARI hierarchy of a PF over a function level reset', () => {
    const fn = testbed().fn('01:00.0');
    const control = fn.sriov!.offset + 8;
    expect(fn.configRead(control, 2)).toBe(0x0010);
    fn.configWrite(0x88, 2, 0x8000);
    expect(fn.configRead(control, 2)).toBe(0x0010);
  });

  it('takes the VFs of a PF away with a reset', () => {
    const fn = testbed().fn('01:00.0');
    fn.sriov!.enable(2);
    fn.functionReset();
    expect([fn.virtualFunctions.length, fn.configRead(fn.sriov!.offset + 8, 2)]).toEqual([0, 0x0010]);
  });

  it('keeps wake-up and data selection of power management over a reset', () => {
    const fn = testbed().fn('02:00.0');
    fn.configWrite(0xcc, 2, 0x1f00);
    fn.functionReset();
    expect(fn.configRead(0xcc, 2)).toBe(0x1f00);
  });

  it('does not let the empty list of extended capabilities be written', () => {
    const fn = testbed().fn('06:00.0');
    fn.configWrite(0x100, 4, 0xffffffff);
    fn.configWrite(0x104, 4, 0xffffffff);
    expect([fn.configRead(0x100, 4), fn.configRead(0x104, 4)]).toEqual([0, 0xffffffff]);
  });

  it('gives an NVMe VF without interrupt resources one vector', () => {
    const fn = testbed().fn('01:00.0');
    const [vf] = fn.sriov!.enable(1);
    expect([fn.msix!.vectors, vf!.msix!.vectors, vf!.configRead(0x42, 2)]).toEqual([12, 1, 0]);
  });

  it('starts the registers of network cards as QEMU does', () => {
    const bed = testbed();
    const read = (bdf: string, bar: number, offset: number): number => {
      const fn = bed.fn(bdf);
      fn.configWrite(4, 2, 0x7);
      return fn.barRead(bar, offset, 4);
    };
    expect([read('02:00.0', 0, 0), read('00:06.1', 0, 0)]).toEqual([0x00140241, 0x00140240]);
    expect([0x10, 0x14, 0x18, 0x1c].map((offset) => read('08:02.0', 1, offset))).toEqual(Array(4).fill(0x2000));
  });
});
