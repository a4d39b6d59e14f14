import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../src/hardware';
import { Journal } from '../../src/history';

const mebibyte = 1 << 20;

describe('PhysicalMemory', () => {
  it('hands out zeroed frames until it is full', () => {
    const memory = new PhysicalMemory(new Journal(), 2 * mebibyte, 0);
    const all = memory.freeFrames;
    expect(all).toBe(256);
    const frames = Array.from({ length: all }, () => memory.allocate());
    expect(new Set(frames).size).toBe(all);
    expect(memory.allocate()).toBe(-1);
    memory.write(frames[3]! * 4096 + 10, Uint8Array.of(1, 2, 3));
    memory.free(frames[3]!);
    expect(memory.allocate()).toBe(frames[3]);
    expect(memory.read(frames[3]! * 4096 + 10, 3)).toEqual(new Uint8Array(3));
  });

  it('keeps runs together and aligned, and loses no frame to the alignment', () => {
    const memory = new PhysicalMemory(new Journal(), 8 * mebibyte, 0);
    memory.allocate();
    const before = memory.freeFrames;
    expect(memory.allocateRun(512, 512) % 512).toBe(0);
    expect(memory.freeFrames).toBe(before - 512);
  });

  it('writes across frames', () => {
    const memory = new PhysicalMemory(new Journal(), 8 * mebibyte, 0);
    const first = memory.allocateRun(2, 1);
    memory.write(first * 4096 + 4094, Uint8Array.of(1, 2, 3, 4));
    expect(memory.read(first * 4096 + 4095, 3)).toEqual(Uint8Array.of(2, 3, 4));
  });

  it('has a pool of huge pages of its own', () => {
    const memory = new PhysicalMemory(new Journal(), 8 * mebibyte, 2);
    const pages = [memory.allocateHuge(), memory.allocateHuge()];
    expect(pages.every((pfn) => pfn % 512 === 0)).toBe(true);
    expect(memory.allocateHuge()).toBe(-1);
    memory.freeHuge(pages[0]!);
    expect(memory.freeHugePages).toBe(1);
    expect(memory.allocateHuge()).toBe(pages[0]);
  });

  it('goes back in time', () => {
    const journal = new Journal();
    const memory = new PhysicalMemory(journal, 8 * mebibyte, 0);
    const pfn = memory.allocate();
    memory.write(pfn * 4096, Uint8Array.of(7));
    const then = journal.position;
    memory.free(pfn);
    journal.goto(then);
    expect(memory.read(pfn * 4096, 1)).toEqual(Uint8Array.of(7));
    expect(memory.allocate()).not.toBe(pfn);
  });
});
