import type { PciFunction } from './pci-function';
import { register } from './registers';

/** A range of addresses that a bridge forwards; `end` is its last address. */
export interface BridgeWindow {
  readonly start: number;
  readonly end: number;
}

export type WindowKind = 'io' | 'memory' | 'prefetch';

/** The range that the bridge forwards, or null when the window is closed (base above limit). */
export function bridgeWindow(bridge: PciFunction, kind: WindowKind): BridgeWindow | null {
  const window = kind === 'io' ? ioWindow(bridge) : memoryWindow(bridge, kind);
  return window.start > window.end || window.end < 0x1000 ? null : window;
}

function ioWindow({ config }: PciFunction): BridgeWindow {
  return {
    start: (config.read(register.ioBase, 1) & 0xf0) << 8,
    end: ((config.read(register.ioLimit, 1) & 0xf0) << 8) | 0xfff,
  };
}

function memoryWindow({ config }: PciFunction, kind: 'memory' | 'prefetch'): BridgeWindow {
  const base = kind === 'memory' ? register.memoryBase : register.prefetchBase;
  return {
    start: (config.read(base, 2) & 0xfff0) * 0x10000,
    end: (config.read(base + 2, 2) & 0xfff0) * 0x10000 + 0xfffff,
  };
}

/** Opens a window. Its bounds are multiples of 4 KiB (ports) or 1 MiB (memory). */
export function openWindow({ config }: PciFunction, kind: WindowKind, start: number, size: number): void {
  const end = start + size - 1;
  if (kind === 'io') {
    config.change(register.ioBase, 1, 0xf0, (start >>> 8) & 0xf0);
    config.change(register.ioLimit, 1, 0xf0, (end >>> 8) & 0xf0);
    return;
  }
  const base = kind === 'memory' ? register.memoryBase : register.prefetchBase;
  config.change(base, 2, 0xfff0, (start / 0x10000) & 0xfff0);
  config.change(base + 2, 2, 0xfff0, Math.floor(end / 0x10000) & 0xfff0);
}

/** Closes a window: its base becomes the highest, its limit the lowest address. */
export function closeWindow({ config }: PciFunction, kind: WindowKind): void {
  if (kind === 'io') {
    config.change(register.ioBase, 2, 0xf0f0, 0x00f0);
    return;
  }
  const base = kind === 'memory' ? register.memoryBase : register.prefetchBase;
  config.change(base, 4, 0xfff0fff0, 0x0000fff0);
}
