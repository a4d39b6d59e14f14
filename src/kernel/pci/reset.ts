import { EAGAIN, EINVAL, ENOTTY } from '../errno';
import type { PciBus } from './pci-bus';
import { powerState, type PciDevice } from './pci-device';
import { setPowerState } from './power';
import { capabilityId, command, pcie, pm, registers } from './registers';
import { restoreState, saveState } from './saved-state';

/** Real time in ms that a function level reset is given. */
const flrPause = 100;
/** Real time in ms that the devices behind a bridge are given after a bus reset. */
const busResetPause = 1000;

const functionReset = 0x8000;
const flrCapable = 0x10000000;
const secondaryBusReset = 0x40;

/** The ways to reset one function, in the order in which Linux tries them. */
const methods: readonly { readonly name: string; run(dev: PciDevice, probe: boolean): number }[] = [
  { name: 'function level reset', run: expressReset },
  { name: 'advanced features reset', run: advancedFeaturesReset },
  { name: 'power management reset', run: powerReset },
  { name: 'reset of the bus, alone on it', run: parentBusReset },
];

/** `pci_probe_reset_function`: whether some method fits, as things are now. */
export function probeReset(dev: PciDevice): boolean {
  return methods.some((method) => method.run(dev, true) === 0);
}

/** `__pci_reset_function_locked`: 0, -ENOTTY when no method fits, or the error of the one that did. */
export function resetFunctionLocked(dev: PciDevice): number {
  for (const method of methods) {
    const answer = method.run(dev, false);
    if (answer === -ENOTTY) continue;
    dev.kernel.story.note(() => `${dev.name}: ${method.name}: ${answer === 0 ? 'done' : answer}`);
    return answer;
  }
  return -ENOTTY;
}

/** The reset of a device whose lock is held: its configuration is saved before and restored afterwards. */
export function resetFunction(dev: PciDevice): number {
  saveAndDisable(dev);
  const answer = resetFunctionLocked(dev);
  restoreState(dev);
  return answer;
}

/** `pci_try_reset_function`: like {@link resetFunction}; -EAGAIN when the lock is taken, -ENOTTY without a method. */
export function tryResetFunction(dev: PciDevice): number {
  if (!dev.resettable) return -ENOTTY;
  if (dev.device.locked) return -EAGAIN;
  return resetFunction(dev);
}

/** `pci_probe_reset_bus`: 0, or -ENOTTY on a root bus. */
export function probeResetBus(bus: PciBus): number {
  return bus.isRoot ? -ENOTTY : 0;
}

/** `pci_reset_bus`: resets every device on and below the bus; -EAGAIN when one of them is locked. */
export function resetBus(bus: PciBus): number {
  const bridge = bus.self;
  if (bridge === null) return -ENOTTY;
  const devices = bridge.kernel.pci.walk(bus);
  if (devices.some((dev) => dev.device.locked)) return -EAGAIN;
  for (const dev of devices) saveAndDisable(dev);
  resetSecondaryBus(bridge);
  for (const dev of devices) restoreState(dev);
  return 0;
}

/** `pci_dev_save_and_disable`: after it the device can neither do DMA nor interrupt. */
function saveAndDisable(dev: PciDevice): void {
  setPowerState(dev, powerState.d0);
  saveState(dev);
  dev.write(registers.command, 2, command.intxDisable);
}

function resetSecondaryBus(bridge: PciDevice): void {
  const control = bridge.read(registers.bridgeControl, 2);
  bridge.write(registers.bridgeControl, 2, control | secondaryBusReset);
  bridge.write(registers.bridgeControl, 2, control & ~secondaryBusReset);
  bridge.kernel.pci.pause(busResetPause);
}

function expressReset(dev: PciDevice, probe: boolean): number {
  if (dev.pcieCap === 0 || (dev.read(dev.pcieCap + pcie.deviceCapabilities, 4) & flrCapable) === 0) return -ENOTTY;
  if (probe) return 0;
  const at = dev.pcieCap + pcie.deviceControl;
  dev.write(at, 2, dev.read(at, 2) | functionReset);
  dev.kernel.pci.pause(flrPause);
  return 0;
}

function advancedFeaturesReset(dev: PciDevice, probe: boolean): number {
  const at = dev.fn.capability(capabilityId.advancedFeatures);
  if (at === 0 || (dev.read(at + 3, 1) & 3) !== 3) return -ENOTTY;
  if (probe) return 0;
  dev.write(at + 4, 1, 1);
  dev.kernel.pci.pause(flrPause);
  return 0;
}

function powerReset(dev: PciDevice, probe: boolean): number {
  if (dev.pmCap === 0) return -ENOTTY;
  const at = dev.pmCap + pm.control;
  const control = dev.read(at, 2);
  if ((control & pm.noSoftReset) !== 0) return -ENOTTY;
  if (probe) return 0;
  if (dev.currentState !== powerState.d0) return -EINVAL;
  dev.write(at, 2, (control & ~pm.stateMask) | powerState.d3hot);
  dev.write(at, 2, control & ~pm.stateMask);
  return 0;
}

/** Only for a function that is alone on its bus and no bridge itself. */
function parentBusReset(dev: PciDevice, probe: boolean): number {
  const { bus } = dev;
  if (bus.self === null || dev.kernel.pci.busBehind(dev) !== undefined) return -ENOTTY;
  for (const other of bus.devices) if (other !== dev) return -ENOTTY;
  if (!probe) resetSecondaryBus(bus.self);
  return 0;
}
