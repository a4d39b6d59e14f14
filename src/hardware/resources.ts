import { bridgeWindow, type WindowKind } from './bridge-windows';
import type { PciFunction } from './pci-function';

/** A line of sysfs `resource`: `end` is the last address; all 0 when there is none. */
export interface Resource {
  readonly start: bigint;
  readonly end: bigint;
  readonly flags: number;
}

const none: Resource = { start: 0n, end: 0n, flags: 0 };

/** Lines of a device: six BARs, the ROM, six VF BARs; a bridge has four more for its windows. */
const romLine = 6;
const virtualLine = 7;
const windowLine = 13;
const bridgeLines = 17;

const windowFlags: Readonly<Record<WindowKind, number>> = { io: 0x100, memory: 0x200, prefetch: 0x102201 };
const virtualFlags = 0x140200;

/** The resources that Linux holds for the function, line by line as in sysfs `resource`. */
export function resourcesOf(fn: PciFunction): Resource[] {
  const lines = new Array<Resource>(fn.isBridge ? bridgeLines : windowLine).fill(none);
  for (const bar of fn.bars) {
    lines[bar.kind === 'rom' ? romLine : bar.index] = { start: bar.start, end: bar.end, flags: bar.flags };
  }
  for (const bar of fn.sriov?.vfBars ?? []) {
    const start = BigInt((fn.config.read(fn.sriov!.barRegister(bar.index), 4) & ~0xf) >>> 0);
    const length = bar.size * BigInt(fn.sriov!.totalVfs);
    if (start !== 0n) lines[virtualLine + bar.index] = { start, end: start + length - 1n, flags: virtualFlags | 4 };
  }
  if (fn.isBridge) {
    (['io', 'memory', 'prefetch'] as const).forEach((kind, index) => {
      const window = bridgeWindow(fn, kind);
      if (window === null) return;
      lines[windowLine + index] = { start: BigInt(window.start), end: BigInt(window.end), flags: windowFlags[kind] };
    });
  }
  return lines;
}
