import { bridgeWindow, openWindow } from './bridge-windows';
import { expressField } from './capabilities/express';
import { hasHotPlugSlot, interruptNumber } from './firmware';
import type { Machine } from './machine';
import { acsBit, type PciFunction } from './pci-function';
import { capabilityId, command, extendedId, portType, register } from './registers';

/** Linux numbers of interrupts without an I/O APIC input, and the processor vector of the first of them. */
const firstMessageIrq = 24;
const firstVector = 0x22;
/** Entries of the interrupt remapping table that the I/O APIC's inputs took: 15 legacy ones, and PIRQE to PIRQH. */
const ioApicEntries = 19;
const messageBase = 0xfee00000;
const ariForwarding = 0x20;

/** What Linux changed in the devices until the first program runs. */
export function bringUp(machine: Machine): void {
  const functions = [...machine.functions];
  for (const fn of functions) fn.irq = fn.description.irq ?? fn.config.read(register.interruptLine, 1);
  for (const fn of functions) {
    addPortWindow(functions, fn);
    placeVirtualBars(functions, fn);
    if (machine.iommu !== null) enableAcs(fn);
    enableAri(functions, fn);
  }
  bindDrivers(machine, functions);
}

// --- resources that the firmware left out ---

/** An empty slot gets a window of ports when the bus above has room. */
function addPortWindow(functions: readonly PciFunction[], bridge: PciFunction): void {
  if (!bridge.isBridge || !hasHotPlugSlot(bridge) || bridgeWindow(bridge, 'io') !== null) return;
  const above = bridge.parent === null ? { start: 0x1000, end: 0xffff } : bridgeWindow(bridge.parent, 'io');
  if (above === null) return;
  const start = firstFit(above, taken(functions, bridge.parent, 'io'), 0x1000, 0x1000);
  if (start !== null) openWindow(bridge, 'io', start, 0x1000);
}

/** The VFs' memory follows in the window above the PF. */
function placeVirtualBars(functions: readonly PciFunction[], pf: PciFunction): void {
  if (pf.sriov === null) return;
  for (const shape of pf.sriov.vfBars) {
    const kind = shape.prefetchable ? 'prefetch' : 'memory';
    const above = pf.parent === null ? null : bridgeWindow(pf.parent, kind);
    if (above === null) continue;
    const size = Number(shape.size);
    const start = firstFit(above, taken(functions, pf.parent, 'memory'), size * pf.sriov.totalVfs, size);
    const at = pf.sriov.barRegister(shape.index);
    if (start !== null) pf.config.change(at, 4, 0xfffffff0, start);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What is in use on the bus behind `parent`. */
function taken(functions: readonly PciFunction[], parent: PciFunction | null, kind: 'io' | 'memory'): Range[] {
  const ranges: Range[] = [];
  for (const fn of functions) {
    if (fn.parent !== parent) continue;
    for (const bar of fn.bars) {
      if ((bar.kind === 'io') === (kind === 'io')) ranges.push({ start: Number(bar.start), end: Number(bar.end) });
    }
    if (!fn.isBridge) continue;
    for (const window of kind === 'io' ? (['io'] as const) : (['memory', 'prefetch'] as const)) {
      const range = bridgeWindow(fn, window);
      if (range !== null) ranges.push(range);
    }
  }
  return ranges.sort((a, b) => a.start - b.start);
}

function firstFit(within: Range, used: readonly Range[], size: number, align: number): number | null {
  let start = Math.ceil(within.start / align) * align;
  for (const range of used) {
    if (start + size <= range.start) break;
    if (range.end >= start) start = Math.ceil((range.end + 1) / align) * align;
  }
  return start + size - 1 <= within.end ? start : null;
}

// --- what the PCI core switches on ---

/** `pci_enable_acs`: with an IOMMU, ports send everything upstream. */
function enableAcs(fn: PciFunction): void {
  const { acs } = fn;
  if (acs === null) return;
  const wanted =
    acsBit.sourceValidation | acsBit.requestRedirect | acsBit.completionRedirect | acsBit.upstreamForwarding;
  fn.config.set(acs.offset + 6, 2, acs.capabilities & wanted);
}

/** `pci_configure_ari`: a port forwards all routing ids when the device behind it uses them. */
function enableAri(functions: readonly PciFunction[], port: PciFunction): void {
  const at = port.capability(capabilityId.express);
  if (!port.isBridge || at === 0 || (port.config.read(at + expressField.deviceCapabilities2, 4) & ariForwarding) === 0)
    return;
  const devices = functions.filter((fn) => fn.parent === port && fn.extendedCapability(extendedId.ari) !== 0);
  if (devices.length === 0) return;
  port.config.change(at + expressField.deviceControl2, 2, 0, ariForwarding);
  for (const device of devices) device.sriov?.setAriHierarchy();
}

// --- host drivers ---

/** Host driver that binds at boot. */
export function bootDriver(fn: PciFunction): string | null {
  return fn.description.driver === undefined ? fn.definition.driver : fn.description.driver;
}

/** Message interrupts in the order in which Linux hands them out: the IOMMU's own, then those of the ports. */
function bindDrivers(machine: Machine, functions: readonly PciFunction[]): void {
  let messages = 0;
  if (machine.iommu !== null) {
    const own = functions.find((fn) => fn.definition.name === 'amd-iommu');
    if (own !== undefined) {
      enableMessages(machine, own, 0, false);
      own.config.change(register.command, 2, 0, command.intxDisable);
    }
    messages++;
  }
  const firstPort = messages;
  for (const fn of functions) {
    const driver = bootDriver(fn);
    if (driver === null) continue;
    if (fn.interruptPin !== 0) fn.irq = fn.description.irq ?? interruptNumber(fn);
    if (driver === 'pcieport') bindPort(machine, fn, messages++, firstPort);
    else if (driver === 'nvme') enableMessages(machine, fn, messages, true);
    fn.config.change(register.command, 2, 0, command.busMaster | (fn.messagesEnabled ? command.intxDisable : 0));
  }
}

/** `pcieport`: an interrupt for the port's services, and error reporting of root ports. */
function bindPort(machine: Machine, fn: PciFunction, message: number, firstPort: number): void {
  enableMessages(machine, fn, message, true, message - firstPort);
  if (fn.portType !== portType.rootPort) return;
  const express = fn.capability(capabilityId.express);
  fn.config.change(express + expressField.deviceControl, 2, 0, 0x000f);
  const errors = fn.extendedCapability(extendedId.errorReporting);
  if (errors !== 0) fn.config.set(errors + 0x2c, 4, 0x7);
}

/**
 * Switches MSI-X, or else MSI, on. With interrupt remapping the message names an entry of the remapping table,
 * otherwise the processor and its vector.
 */
function enableMessages(machine: Machine, fn: PciFunction, message: number, remapped: boolean, entry = 0): void {
  if (fn.msix !== null) {
    fn.config.change(fn.msix.offset + 2, 2, 0, 0x8000);
    return;
  }
  if (fn.msi === null) return;
  const { address, data } =
    remapped && machine.iommu?.interruptRemapping === true
      ? remappedMessage(machine.iommu.kind, ioApicEntries + entry)
      : { address: messageBase | 0x1004, data: 0x4000 | (firstVector + message) };
  fn.config.change(fn.msi.offset + 2, 2, 0, 1);
  fn.config.set(fn.msi.offset + 4, 4, address >>> 0);
  fn.config.set(fn.msi.offset + (fn.msi.is64 ? 12 : 8), 2, data);
  fn.irq = fn.description.irq ?? firstMessageIrq + message;
}

/** VT-d's entries are shared and named by the address; AMD's tables belong to one device each and start at 0. */
function remappedMessage(kind: 'intel' | 'amd', entry: number): { address: number; data: number } {
  if (kind === 'amd') return { address: messageBase, data: 0 };
  return { address: messageBase | (entry << 5) | 0x18, data: 0 };
}
