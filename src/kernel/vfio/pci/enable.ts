import type { BlockedCall } from '../../blocking';
import { EAGAIN, EBUSY, EINVAL } from '../../errno';
import { powerState, type PciDevice } from '../../pci/pci-device';
import { disableDevice, enableDevice } from '../../pci/power';
import { command, registers } from '../../pci/registers';
import { probeResetBus, resetBus, resetFunctionLocked, tryResetFunction } from '../../pci/reset';
import { loadState, restoreState, saveState } from '../../pci/saved-state';
import type { Process } from '../../process';
import { VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_NONE } from '../../uapi';
import { vfio_virqfd_disable } from '../virqfd';
import { VfioPciDevice } from './device';
import { mappableBars } from './regions';
import { vfio_pci_set_power_state } from './power';
import { vfio_pci_set_irqs_ioctl } from './set-irqs';
import { vfio_config_init } from './virtual-config';

/** First 16 bits of the class code of VGA controllers. */
const vgaClass = 0x0300;

/** Intel network cards (i40e family) whose interrupt status cannot be trusted: 8086 and these. */
const brokenIntx: readonly (readonly [from: number, to: number])[] = [
  [0x1572, 0x1572],
  [0x1574, 0x1574],
  [0x1580, 0x1581],
  [0x1583, 0x158b],
  [0x37d0, 0x37d2],
];

/** `vfio_pci_enable`: the first open: 0 or a negative error. */
export function vfio_pci_enable(vdev: VfioPciDevice): number {
  const { pdev, kernel } = vdev;
  const { story } = kernel;
  story.enter('vfio_pci_enable', () => ({ pdev: pdev.name }));
  vfio_pci_set_power_state(vdev, powerState.d0);
  pdev.updateCommand(0, command.master);
  const enabled = enableDevice(pdev);
  if (enabled !== 0) {
    return story.leave(
      'vfio_pci_enable',
      story.refuse('vfio_pci_enable/1', -enabled, () => 'the device cannot be enabled'),
    );
  }
  const reset = tryResetFunction(pdev);
  if (reset === -EAGAIN) {
    disableDevice(pdev);
    const why = (): string => 'the device is locked: somebody is just binding, unbinding or resetting it';
    return story.leave('vfio_pci_enable', story.refuse('vfio_pci_enable/2', EAGAIN, why));
  }
  vdev.resetWorks = reset === 0;
  story.note(() => (reset === 0 ? 'the function was reset' : `no function reset: ${reset}`));
  saveState(pdev);
  vdev.pciSavedState = pdev.savedState;
  chooseIntxMasking(vdev);
  vfio_config_init(vdev);
  findMsixTable(vdev);
  vdev.hasVga = !vdev.parameters.disableVga.on && pdev.classCode >>> 8 === vgaClass;
  vdev.mappable = mappableBars(vdev);
  return story.leave('vfio_pci_enable', 0);
}

function chooseIntxMasking(vdev: VfioPciDevice): void {
  const { pdev } = vdev;
  if (!vdev.parameters.nointxmask.on) {
    if (hasBrokenIntx(pdev)) {
      vdev.info('Masking broken INTx support');
      vdev.nointx = true;
      pdev.updateCommand(command.intxDisable, 0);
    } else {
      vdev.pci23 = !pdev.brokenIntxMasking;
    }
  }
  if (vdev.pci23) pdev.updateCommand(0, command.intxDisable);
}

function hasBrokenIntx(pdev: PciDevice): boolean {
  return pdev.vendor === 0x8086 && brokenIntx.some(([from, to]) => pdev.deviceId >= from && pdev.deviceId <= to);
}

/** The table's BAR and place, so that accesses through the region can keep away from it. */
function findMsixTable(vdev: VfioPciDevice): void {
  const { pdev } = vdev;
  if (pdev.msixCap === 0) {
    vdev.msixBar = 0xff;
    return;
  }
  const table = pdev.read(pdev.msixCap + 4, 4);
  vdev.msixBar = table & 7;
  vdev.msixOffset = (table & ~7) >>> 0;
  vdev.msixSize = ((pdev.read(pdev.msixCap + 2, 2) & 0x7ff) + 1) * 16;
}

/**
 * `vfio_pci_disable`: the last close: everything of the user's goes, and the device is cleaned as far as possible.
 * @returns a call that never ends, when the kernel falls over the IRQ bypass on the way
 */
export function vfio_pci_disable(vdev: VfioPciDevice, process: Process): BlockedCall | undefined {
  const { pdev, kernel } = vdev;
  kernel.story.enter('vfio_pci_disable', () => ({ pdev: pdev.name }));
  pdev.updateCommand(0, command.master);
  const flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
  if (!vdev.isIrqNone) {
    const request = { flags, index: vdev.irqType, start: 0, count: 0, data: null };
    const answer = vfio_pci_set_irqs_ioctl(vdev, process, request);
    if (typeof answer !== 'number') return answer;
  }
  for (const ioeventfd of vdev.ioeventfds) vfio_virqfd_disable(ioeventfd.slot);
  vdev.ioeventfds.clear();
  vdev.virqDisabled = false;
  vdev.config = null;
  vdev.mappedBars.clear();
  vdev.needsReset = true;
  loadState(pdev, vdev.pciSavedState);
  vdev.pciSavedState = null;
  pdev.write(registers.command, 2, command.intxDisable);
  if (vdev.resetWorks && !pdev.device.locked && resetFunctionLocked(pdev) === 0) vdev.needsReset = false;
  restoreState(pdev);
  disableDevice(pdev);
  tryBusReset(vdev);
  if (!vdev.parameters.disableIdleD3.on) vfio_pci_set_power_state(vdev, powerState.d3hot);
  kernel.story.leave('vfio_pci_disable', 0);
  return undefined;
}

/**
 * `vfio_pci_try_bus_reset`: when a function could not be reset alone, its whole bus is, provided that every device on
 * it is bound to vfio-pci and closed.
 */
function tryBusReset(vdev: VfioPciDevice): void {
  const { bus } = vdev.pdev;
  const { story } = vdev.kernel;
  if (probeResetBus(bus) !== 0) return;
  const unused: VfioPciDevice[] = [];
  for (const dev of vdev.kernel.pci.walk(bus)) {
    const other = unusedDevice(vdev, dev);
    if (other === undefined) {
      story.note(() => `no bus reset: ${dev.name} is in use or not bound to vfio-pci`);
      return;
    }
    unused.push(other);
  }
  if (!unused.some((other) => other.needsReset) || resetBus(bus) !== 0) return;
  story.note(() => `bus ${bus.number} was reset`);
  for (const other of unused) {
    other.needsReset = false;
    if (other !== vdev && !vdev.parameters.disableIdleD3.on) vfio_pci_set_power_state(other, powerState.d3hot);
  }
}

/** `vfio_pci_get_unused_devs` for one device. */
function unusedDevice(vdev: VfioPciDevice, dev: PciDevice): VfioPciDevice | undefined {
  const { story, vfio } = vdev.kernel;
  const data = vfio.vfioDevice(dev.device)?.data;
  if (!(data instanceof VfioPciDevice)) {
    story.refuse('vfio_pci_get_unused_devs/2', EINVAL, () => `${dev.name} is no vfio device`);
    return undefined;
  }
  if (data.refcnt === 0) return data;
  story.refuse('vfio_pci_get_unused_devs/4', EBUSY, () => `${dev.name} is still open`);
  return undefined;
}
