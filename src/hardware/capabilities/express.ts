import { configSize, type ConfigSpace } from '../config-space';
import { capabilityId } from '../registers';

/** Offsets in the PCI Express capability (PCIe 3.0, 7.8). */
export const expressField = {
  flags: 0x02,
  deviceCapabilities: 0x04,
  deviceControl: 0x08,
  deviceStatus: 0x0a,
  linkCapabilities: 0x0c,
  linkControl: 0x10,
  linkStatus: 0x12,
  slotCapabilities: 0x14,
  slotControl: 0x18,
  slotStatus: 0x1a,
  rootControl: 0x1c,
  rootStatus: 0x20,
  deviceCapabilities2: 0x24,
  deviceControl2: 0x28,
  linkCapabilities2: 0x2c,
  linkControl2: 0x30,
} as const;

/** Function level reset capability (device capabilities) and its trigger (device control). */
const resetCapability = 0x10000000;
const resetTrigger = 0x8000;
const roleBasedErrors = 0x8000;
/** End-to-end TLP prefixes: extended format field supported, prefixes supported; blocking them is the one control. */
const prefixes = 0x300000;
const prefixBlocking = 0x8000;

export interface ExpressLayout {
  readonly offset: number;
  readonly version: 1 | 2;
  /** A `portType`. */
  readonly type: number;
  /** Whether the function can be reset by itself. */
  readonly flr?: boolean;
  /** Error reporting can be switched on in device control. */
  readonly errorControl?: boolean;
  /** Link capabilities: speed, width, ASPM, exit latency, and what a port reports. */
  readonly link?: number;
  /** A downstream port with a slot: its number. */
  readonly slot?: number;
  /** Routing ids up to 255 can be forwarded (ARI). */
  readonly ariForwarding?: boolean;
}

/** 2.5 GT/s, one lane, active state L0s. */
const linkGen1 = 0x00000411;
/** Slot: attention button, power controller, indicators, hot plug; electromechanical interlock. */
const slotFeatures = 0x0002007b;
/** Slot control after reset: attention indicator off, power indicator on. */
const slotControl = 0x01c0;

/** Lays out a PCI Express capability and says which of its bits software may write. */
export function addExpress(space: ConfigSpace, layout: ExpressLayout): void {
  const { offset: at } = layout;
  space.addCapability(capabilityId.express, at, layout.version === 1 ? 0x14 : 0x3c);
  const slot = layout.slot !== undefined;
  space.set(at + expressField.flags, 2, layout.version | (layout.type << 4) | (slot ? 0x100 : 0));
  space.set(at + expressField.deviceCapabilities, 4, roleBasedErrors | (layout.flr === true ? resetCapability : 0));
  let control = layout.errorControl === true ? 0x000f : 0;
  if (layout.flr === true) control |= resetTrigger;
  space.allow(at + expressField.deviceControl, 2, control);
  if (layout.errorControl === true) space.allowClear(at + expressField.deviceStatus, 2, 0x000f);
  space.set(at + expressField.linkCapabilities, 4, layout.link ?? linkGen1);
  space.set(at + expressField.linkStatus, 2, 0x0011);
  if (layout.version === 1) return;
  // Without extended capabilities the list's first header is a null one, which nobody can write (PCIe 3.0, 7.9.1).
  space.reserve(configSize, 4);
  if (slot) addSlot(space, at, layout.slot);
  space.set(at + expressField.deviceCapabilities2, 4, prefixes | (layout.ariForwarding === true ? 0x20 : 0));
  space.allow(at + expressField.deviceControl2, 2, prefixBlocking | (layout.ariForwarding === true ? 0x20 : 0));
}

function addSlot(space: ConfigSpace, at: number, slot: number): void {
  space.set(at + expressField.slotCapabilities, 4, (slotFeatures | (slot << 19)) >>> 0);
  space.set(at + expressField.slotControl, 2, slotControl);
  space.allow(at + expressField.slotControl, 2, 0x0fe1);
  space.allowClear(at + expressField.slotStatus, 2, 0x001d);
}
