import { EINVAL, EIO } from '../errno';
import { powerState, type PciDevice } from './pci-device';
import { command, pm, registers } from './registers';

/** Real time in ms that a change to or from D3hot takes. */
const transitionPause = 10;

/**
 * `pci_set_power_state`, for D0 to D3hot.
 * @returns 0 (also when a state that the device lacks is asked for), or -EIO without power management, -EINVAL for a
 * transition that is not allowed (only towards D0 or deeper)
 */
export function setPowerState(dev: PciDevice, state: number): number {
  if (dev.currentState === state) return 0;
  if (dev.pmCap === 0) {
    // A device without power management counts as awake as soon as anybody asks.
    dev.currentState = powerState.d0;
    return state === powerState.d0 ? 0 : -EIO;
  }
  return rawSetPowerState(dev, state);
}

function rawSetPowerState(dev: PciDevice, state: number): number {
  const from = dev.currentState;
  if (state !== powerState.d0 && from <= powerState.d3cold && from > state) {
    dev.error(`invalid power transition (from ${powerName(from)} to ${powerName(state)})`);
    return -EINVAL;
  }
  if (!supports(dev, state)) return -EIO;
  const control = dev.pmCap + pm.control;
  const old = dev.read(control, 2);
  if (old === 0xffff) return -EIO;
  // From D3 or an unknown state the whole register is cleared, which also switches wake-up off.
  const value = from <= powerState.d2 ? (old & ~pm.stateMask) | state : 0;
  dev.write(control, 2, value);
  if (state === powerState.d3hot || from === powerState.d3hot) dev.kernel.pci.pause(transitionPause);
  dev.currentState = dev.read(control, 2) & pm.stateMask;
  if (dev.currentState !== state) {
    const text = `refused to change power state from ${powerName(dev.currentState)} to ${powerName(state)}`;
    dev.limited('pci_raw_set_power_state', 6, text);
  }
  const wasReset =
    from >= powerState.d3hot && (old & pm.stateMask) === powerState.d3hot && (old & pm.noSoftReset) === 0;
  if (wasReset) dev.restoreBars();
  return 0;
}

/** D1 and D2 are optional: bits 9 and 10 of the power management capabilities. */
function supports(dev: PciDevice, state: number): boolean {
  if (state !== powerState.d1 && state !== powerState.d2) return true;
  return (dev.read(dev.pmCap + 2, 2) & (state === powerState.d1 ? 0x200 : 0x400)) !== 0;
}

function powerName(state: number): string {
  return ['D0', 'D1', 'D2', 'D3hot', 'D3cold', 'unknown'][state] ?? 'error';
}

/** `pci_enable_device`: wakes the device and switches its decoding on, unless somebody did before. */
export function enableDevice(dev: PciDevice): number {
  if (dev.pmCap !== 0) dev.currentState = dev.read(dev.pmCap + pm.control, 2) & pm.stateMask;
  dev.enableCount++;
  if (dev.enableCount > 1) return 0;
  const answer = setPowerState(dev, powerState.d0);
  if (answer < 0 && answer !== -EIO) {
    dev.enableCount--;
    return answer;
  }
  let bits = 0;
  for (const bar of dev.fn.bars) {
    if (bar.index < 6 && bar.start !== 0n) bits |= bar.kind === 'io' ? command.io : command.memory;
  }
  enableDecoding(dev, bits);
  const usesLine = !dev.msiEnabled && !dev.msixEnabled && dev.read(registers.interruptPin, 1) !== 0;
  if (usesLine) dev.updateCommand(0, command.intxDisable);
  return 0;
}

/** `pci_disable_device`: the last user takes bus mastering away. Decoding stays on. */
export function disableDevice(dev: PciDevice): void {
  dev.enableCount--;
  if (dev.enableCount === 0) dev.updateCommand(0, command.master);
}

/** `pci_enable_resources`. */
function enableDecoding(dev: PciDevice, bits: number): void {
  const old = dev.read(registers.command, 2);
  const value = old | bits;
  if (value === old) return;
  const hex = (word: number): string => word.toString(16).padStart(4, '0');
  dev.info(`enabling device (${hex(old)} -> ${hex(value)})`);
  dev.write(registers.command, 2, value);
}
