import { describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOMEM } from '../../../src/kernel/errno';
import { boot } from '../world';

const huge = 2 ** 21;

describe('memory areas', () => {
  it('anonymous memory is aligned to 2 MiB and reads as zeros', () => {
    const { calls, kernel } = boot();
    const process = kernel.spawn({ name: 'a' });
    const address = BigInt(calls.mmap(process, { length: 5000, prot: 'rw' }).ret);
    expect(address % BigInt(huge)).toBe(0n);
    expect(calls.peek(process, address + 8190n, 2).bytes).toEqual(new Uint8Array(2));
    expect(calls.peek(process, address + 8190n, 3).signal).toBe('SIGSEGV');
    calls.poke(process, address + 4094n, Uint8Array.of(1, 2, 3, 4));
    expect(calls.peek(process, address + 4094n, 4).bytes).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('a hole in the middle splits an area, and mprotect works on its part', () => {
    const { calls, kernel } = boot();
    const process = kernel.spawn({ name: 'a' });
    const address = BigInt(calls.mmap(process, { length: 4 * 4096, prot: 'rw' }).ret);
    expect(calls.munmap(process, address + 4096n, 4096).ret).toBe(0);
    expect(process.mm.areas.length).toBe(2);
    expect(calls.mprotect(process, address + 8192n, 4096, 'r').ret).toBe(0);
    expect(calls.poke(process, address + 8192n, Uint8Array.of(1)).signal).toBe('SIGSEGV');
    expect(calls.poke(process, address + 12288n, Uint8Array.of(1)).signal).toBeUndefined();
    expect(calls.mprotect(process, address, 8192, 'r').ret).toBe(-ENOMEM);
    expect(calls.poke(process, address, Uint8Array.of(1)).signal).toBe('SIGSEGV');
    expect(calls.munmap(process, address + 1n, 4096).ret).toBe(-EINVAL);
  });

  it('huge pages come from a pool that can run out, and can only be cut whole', () => {
    const { calls, kernel } = boot();
    const process = kernel.spawn({ name: 'a' });
    const all = calls.mmap(process, { length: 64 * huge, prot: 'rw', hugetlb: true });
    expect(calls.mmap(process, { length: 1, prot: 'rw', hugetlb: true }).ret).toBe(-ENOMEM);
    const address = BigInt(all.ret);
    calls.poke(process, address, Uint8Array.of(9));
    expect(calls.munmap(process, address, 4096).ret).toBe(-EINVAL);
    expect(calls.munmap(process, address, huge).ret).toBe(0);
    expect(Number(calls.mmap(process, { length: huge, prot: 'rw', hugetlb: true }).ret)).toBeGreaterThan(0);
  });

  it('a pinned page outlives its mapping', () => {
    const { calls, kernel } = boot();
    const process = kernel.spawn({ name: 'a' });
    const free = kernel.machine.memory.freeFrames;
    const address = BigInt(calls.mmap(process, { length: 4096, prot: 'rw' }).ret);
    const pfn = process.mm.pin(Number(address >> 12n), true);
    calls.munmap(process, address, 4096);
    expect(kernel.machine.memory.freeFrames).toBe(free - 1);
    kernel.frames.put(pfn);
    expect(kernel.machine.memory.freeFrames).toBe(free);
  });

  it('pins obey the protection, and break copy-on-write even for reading', () => {
    const { calls, kernel } = boot();
    const process = kernel.spawn({ name: 'a' });
    const page = Number(BigInt(calls.mmap(process, { length: 4096, prot: 'r' }).ret) >> 12n);
    expect(process.mm.pin(page, true)).toBe(-EFAULT);
    expect(process.mm.pin(page, false)).not.toBe(kernel.frames.zeroPfn);
    expect(process.mm.pin(page + 1, false)).toBe(-EFAULT);
  });
});
