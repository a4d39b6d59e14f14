import type { PciFunction } from './pci-function';
import { capabilityId, register } from './registers';

/**
 * The function goes back to its state after power-on, but for what sticks: identity, capabilities, and the bytes of
 * configuration space that belong to nothing. Power management control keeps its bits, as in QEMU 7.2 (a real function
 * is in D0 afterwards).
 */
export function resetFunction(fn: PciFunction): void {
  const { config } = fn;
  fn.setIntx(false);
  fn.sriov?.reset();
  fn.msi?.reset();
  fn.msix?.reset();
  for (const [offset, width] of [
    [register.command, 2],
    [register.status, 2],
    [register.interruptLine, 1],
  ] as const) {
    config.change(offset, width, config.changeable(offset, width), 0);
  }
  config.set(register.cacheLineSize, 1, 0);
  clearBars(fn);
  const express = fn.capability(capabilityId.express);
  if (express !== 0) config.change(express + 8, 2, config.changeable(express + 8, 2), 0);
  fn.model.reset();
}

/** A VF has no BARs of its own: their addresses stand in its PF. */
function clearBars(fn: PciFunction): void {
  if (fn.isVirtual) return;
  for (const bar of fn.bars) {
    fn.config.set(bar.register, 4, bar.lowBits);
    if (bar.is64) fn.config.set(bar.register + 4, 4, 0);
  }
}

/** Resets everything on the buses behind a bridge, the deepest first. */
export function resetBehind(bridge: PciFunction): void {
  for (const child of bridge.children) {
    if (child.isVirtual) continue;
    if (child.isBridge) resetBehind(child);
    resetFunction(child);
  }
}
