import { powerState } from '../../pci/pci-device';
import { setPowerState } from '../../pci/power';
import { pm } from '../../pci/registers';
import { loadState, restoreState, saveState } from '../../pci/saved-state';
import type { VfioPciDevice } from './device';

/** `vfio_pci_probe_power_state`: notes whether the device loses its configuration on the way from D3 to D0. */
export function probePowerState(vdev: VfioPciDevice): void {
  const { pdev } = vdev;
  if (pdev.pmCap === 0) return;
  vdev.needsPmRestore = (pdev.read(pdev.pmCap + pm.control, 2) & pm.noSoftReset) === 0;
}

/** `vfio_pci_set_power_state`: changes the state and keeps the configuration of devices that would lose it in D3. */
export function vfio_pci_set_power_state(vdev: VfioPciDevice, state: number): number {
  const { pdev, kernel } = vdev;
  const before = pdev.currentState;
  const saves = vdev.needsPmRestore && before < powerState.d3hot && state >= powerState.d3hot;
  const restores = vdev.needsPmRestore && before >= powerState.d3hot && state <= powerState.d0;
  if (saves) saveState(pdev);
  const answer = setPowerState(pdev, state);
  if (answer !== 0) {
    return kernel.story.refuse(
      'vfio_pci_set_power_state/1',
      -answer,
      () => `${pdev.name} stays in power state ${before}`,
    );
  }
  if (saves && pdev.currentState >= powerState.d3hot) {
    vdev.pmSave = pdev.savedState;
  } else if (restores) {
    loadState(pdev, vdev.pmSave);
    vdev.pmSave = null;
    restoreState(pdev);
  }
  return 0;
}
