import { entity } from '../history';
import { EBUSY, EINVAL } from './errno';
import { OpenFile } from './file';
import type { Kernel } from './kernel';
import { pageSize, type IoMemory, type Vma } from './mm/vma';
import type { Process } from './process';

/** Where the event timer's registers are on a PC. */
const hpetAddress = 0xfed0_0000;
/** Low and high half of its capability register: 3 timers of 64 bits, vendor 8086, a tick of 10 ns. */
const capabilities: readonly number[] = [0x8086a201, 0x00989680];

/** The registers as a program reads them; the counter stands still, since nothing here asks for the time. */
const registers: IoMemory = {
  read(offset, width) {
    const value = capabilities[Math.floor(offset / 4)] ?? 0;
    return ((value >>> ((offset % 4) * 8)) & (width === 4 ? 0xffff_ffff : 2 ** (width * 8) - 1)) >>> 0;
  },
  write() {
    // The device can only be opened for reading, so no store gets here.
  },
};

class Timers extends entity({ taken: false }) {}

/**
 * `/dev/hpet` (`drivers/char/hpet.c`), the event timer: its page of registers can be mapped. It is here for that PFN
 * map, whose `vm_pgoff` stays 0: mapping it for DMA shows what commit 5cbf3264bc71 changed.
 */
export function registerHpet(kernel: Kernel): void {
  const timers = new Timers(kernel.journal);
  kernel.characterDevices.set('/dev/hpet', {
    mode: 0o600,
    owner: 0,
    open(_process, flags) {
      if (flags !== 0) return -EINVAL;
      if (timers.taken) return -EBUSY;
      timers.taken = true;
      return new HpetFile(kernel, timers);
    },
  });
}

class HpetFile extends OpenFile {
  constructor(
    kernel: Kernel,
    private readonly timers: Timers,
  ) {
    super(kernel.journal, '/dev/hpet');
  }

  /** `hpet_mmap`: its one page. */
  override mmap(_process: Process, area: Vma): number {
    if (area.pgoff + area.pages > 1) return -EINVAL;
    area.remapPfnRange(hpetAddress / pageSize, registers, 0, 0);
    return 0;
  }

  override release(): void {
    this.timers.taken = false;
  }
}
