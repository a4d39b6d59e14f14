import type { Bar } from './bar';
import { closeWindow, openWindow, type WindowKind } from './bridge-windows';
import { expressField } from './capabilities/express';
import type { Machine } from './machine';
import type { PciFunction } from './pci-function';
import { capabilityId, command, register } from './registers';

const kinds: readonly WindowKind[] = ['io', 'memory', 'prefetch'];

/** Smallest windows of a bridge: 4 KiB of ports, 2 MiB of memory. */
const smallestWindow: Readonly<Record<WindowKind, number>> = { io: 0x1000, memory: 0x200000, prefetch: 0x200000 };
/** Memory BARs take whole pages. */
const smallestBar = 0x1000;
/** End of the memory that BARs may take: the I/O APIC stands there. */
const memoryEnd = 0xfec00000;
/** Ports of the root bus start here while 16 KiB suffice. */
const portStart = 0xc000;
const portSpace = 0x4000;
const largePortStart = 0x1000;
/** Fixed ports of the SMBus controller. */
const smbusPorts = 0x700;
const slotHotPlug = 0x40;
const bridgeSerr = 0x0002;
const sataAhciClass = 0x010601;

/** Something that needs addresses on a bus: a BAR, or the window of a bridge. */
interface Request {
  readonly fn: PciFunction;
  /** Null for a window. */
  readonly bar: Bar | null;
  readonly size: number;
  readonly align: number;
}

type Requests = Record<WindowKind, Request[]>;

/**
 * Gives bus numbers, addresses and interrupt lines as the recorded machines' firmware (SeaBIOS) does: on each bus the
 * largest alignment first, windows of bridges sized by what is behind them, with room for hot plug.
 */
export function assignResources(machine: Machine): void {
  const functions = [...machine.functions];
  numberBuses(functions);
  numberSlots(functions);
  const byBus = new Map<PciFunction | null, Requests>();
  collect(functions, byBus);
  placeRoot(byBus);
  for (const fn of functions) {
    fn.config.change(register.command, 2, 0, command.io | command.memory | command.serr);
    // It looks for boot disks, and leaves the SATA controller with bus mastering on.
    if (fn.classCode === sataAhciClass) fn.config.change(register.command, 2, 0, command.busMaster);
    if (fn.isBridge) fn.config.change(register.bridgeControl, 2, 0, bridgeSerr);
    if (fn.interruptPin !== 0) fn.config.set(register.interruptLine, 1, fn.description.line ?? interruptLine(fn));
  }
}

// --- bus and slot numbers ---

/** Bridges get the bus numbers that their children were described with; the others the next free one. */
function numberBuses(functions: readonly PciFunction[]): void {
  const taken = new Set(functions.map((fn) => fn.bus));
  const bridges = functions.filter((fn) => fn.isBridge);
  for (const bridge of bridges) {
    let secondary = functions.find((fn) => fn.parent === bridge)?.bus;
    if (secondary === undefined) {
      secondary = bridge.bus + 1;
      while (taken.has(secondary)) secondary++;
      taken.add(secondary);
    }
    bridge.config.set(register.primaryBus, 1, bridge.bus);
    bridge.config.set(register.secondaryBus, 1, secondary);
    bridge.config.set(register.subordinateBus, 1, secondary);
  }
  for (const bridge of bridges) {
    const last = bridge.config.read(register.subordinateBus, 1);
    for (let above = bridge.parent; above !== null; above = above.parent) {
      if (above.config.read(register.subordinateBus, 1) < last) above.config.set(register.subordinateBus, 1, last);
    }
  }
}

/** Ports with a slot are counted from 1, each before those behind it, unless the description gives a number. */
function numberSlots(functions: readonly PciFunction[]): void {
  let next = 1;
  const visit = (parent: PciFunction | null): void => {
    for (const fn of functions.filter((candidate) => candidate.parent === parent)) {
      const express = fn.isBridge ? fn.capability(capabilityId.express) : 0;
      if (express !== 0 && (fn.config.read(express + expressField.flags, 2) & 0x100) !== 0) {
        const slot = fn.description.slot ?? next;
        fn.config.change(express + expressField.slotCapabilities, 4, 0xfff80000, slot << 19);
        next = slot + 1;
      }
      visit(fn);
    }
  };
  visit(null);
}

// --- addresses ---

function requestsOf(byBus: Map<PciFunction | null, Requests>, bus: PciFunction | null): Requests {
  let requests = byBus.get(bus);
  if (requests === undefined) byBus.set(bus, (requests = { io: [], memory: [], prefetch: [] }));
  return requests;
}

function collect(functions: readonly PciFunction[], byBus: Map<PciFunction | null, Requests>): void {
  for (const fn of functions) {
    const requests = requestsOf(byBus, fn.parent);
    for (const bar of fn.bars) {
      if (bar.start !== 0n) {
        placeBar(fn, bar, bar.start);
        continue;
      }
      const size = bar.kind === 'io' ? Number(bar.size) : Math.max(Number(bar.size), smallestBar);
      insert(requests[kindOf(bar)], { fn, bar, size, align: size });
    }
  }
  // The highest bus first: what is behind a bridge is known before its own windows are asked for.
  const bridges = functions.filter((fn) => fn.isBridge).sort((a, b) => secondaryBus(b) - secondaryBus(a));
  for (const bridge of bridges) {
    const requests = requestsOf(byBus, bridge.parent);
    const behind = requestsOf(byBus, bridge);
    for (const kind of kinds) {
      const window = windowFor(bridge, kind, behind[kind]);
      if (window === null) closeWindow(bridge, kind);
      else insert(requests[kind], window);
    }
  }
}

const kindOf = (bar: Bar): WindowKind => (bar.kind === 'io' ? 'io' : bar.prefetchable ? 'prefetch' : 'memory');

const secondaryBus = (bridge: PciFunction): number => bridge.config.read(register.secondaryBus, 1);

const total = (requests: readonly Request[]): number => requests.reduce((sum, request) => sum + request.size, 0);

const alignUp = (value: number, align: number): number => Math.ceil(value / align) * align;

const alignDown = (value: number, align: number): number => Math.floor(value / align) * align;

/** Descending alignment, then size; equals stay in the order of their coming. */
function insert(requests: Request[], request: Request): void {
  const at = requests.findIndex(
    (other) => other.align < request.align || (other.align === request.align && other.size < request.size),
  );
  requests.splice(at < 0 ? requests.length : at, 0, request);
}

function windowFor(bridge: PciFunction, kind: WindowKind, behind: readonly Request[]): Request | null {
  const align = Math.max(behind[0]?.align ?? 1, smallestWindow[kind]);
  let sum = total(behind);
  if (sum === 0 && reservesFor(bridge, kind)) sum = align;
  return sum === 0 ? null : { fn: bridge, bar: null, size: alignUp(sum, align), align };
}

/** Slots that can be hot-plugged get room even while empty; PCI Express ones do without ports. */
function reservesFor(bridge: PciFunction, kind: WindowKind): boolean {
  if (bridge.capability(capabilityId.hotPlug) !== 0) return true;
  return hasHotPlugSlot(bridge) && kind !== 'io';
}

/** Whether the bridge is a PCI Express port with a slot that can be hot-plugged. */
export function hasHotPlugSlot(bridge: PciFunction): boolean {
  const express = bridge.capability(capabilityId.express);
  if (express === 0 || (bridge.config.read(express + expressField.flags, 2) & 0x100) === 0) return false;
  return (bridge.config.read(express + expressField.slotCapabilities, 4) & slotHotPlug) !== 0;
}

/** Memory grows down from its end: the kind with the smaller alignment ends there, the other one below it. */
function placeRoot(byBus: Map<PciFunction | null, Requests>): void {
  const root = requestsOf(byBus, null);
  place(byBus, root.io, 'io', total(root.io) < portSpace ? portStart : largePortStart);
  const prefetchLast = (root.memory[0]?.align ?? 1) >= (root.prefetch[0]?.align ?? 1);
  const [upper, lower]: WindowKind[] = prefetchLast ? ['prefetch', 'memory'] : ['memory', 'prefetch'];
  let end = memoryEnd;
  for (const kind of [upper!, lower!]) {
    end = alignDown(end - total(root[kind]), root[kind][0]?.align ?? 1);
    place(byBus, root[kind], kind, end);
  }
}

function place(
  byBus: Map<PciFunction | null, Requests>,
  requests: readonly Request[],
  kind: WindowKind,
  base: number,
): void {
  let next = base;
  for (const { fn, bar, size } of requests) {
    if (bar !== null) placeBar(fn, bar, BigInt(fn.definition.name === 'smbus' ? smbusPorts : next));
    else {
      openWindow(fn, kind, next, size);
      place(byBus, requestsOf(byBus, fn)[kind], kind, next);
    }
    next += size;
  }
}

function placeBar(fn: PciFunction, bar: Bar, start: bigint): void {
  bar.start = start;
  fn.config.set(bar.register, 4, Number(start & 0xffffffffn) + bar.lowBits);
  if (bar.is64) fn.config.set(bar.register + 4, 4, Number(start >> 32n));
}

// --- interrupts ---

/** I/O APIC input of PIRQA. */
const firstPirqInput = 16;
/** Legacy interrupts behind PIRQA to PIRQH. */
const lineOfPirq = [10, 10, 11, 11, 10, 10, 11, 11] as const;

/** Slots of the chipset itself, whose pins go to PIRQA to PIRQD instead of rotating over PIRQE to PIRQH. */
const chipsetSlots = 25;

/**
 * Which of q35's eight interrupt inputs (PIRQA is 0) the function's pin reaches: bridges on the way rotate the pins
 * by the slot number.
 */
function interruptInput(fn: PciFunction): number {
  let pin = fn.interruptPin - 1;
  let at = fn;
  while (at.parent !== null) {
    pin = (pin + at.slot) % 4;
    at = at.parent;
  }
  return at.slot >= chipsetSlots ? pin : 4 + ((at.slot + pin) % 4);
}

/** Number of the I/O APIC input that the function's pin reaches: 16 for PIRQA to 23 for PIRQH. */
export function interruptNumber(fn: PciFunction): number {
  return firstPirqInput + interruptInput(fn);
}

function interruptLine(fn: PciFunction): number {
  return lineOfPirq[interruptInput(fn)]!;
}
