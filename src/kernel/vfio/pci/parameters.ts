import type { Kernel } from '../../kernel';
import type { ModuleParameter } from '../../module-parameters';

/** Parameters of the module, under `/sys/module/vfio_pci/parameters`. */
export interface VfioPciParameters {
  /** Do not use PCI 2.3 INTx masking. Read at the first open. */
  readonly nointxmask: ModuleParameter;
  /** No VGA regions. Read only. */
  readonly disableVga: ModuleParameter;
  /** Leave unused devices in D0. */
  readonly disableIdleD3: ModuleParameter;
  /** Let `sriov_numvfs` enable VFs of a PF. */
  readonly enableSriov: ModuleParameter;
}

/** Declares the parameters. */
export function registerParameters(kernel: Kernel): VfioPciParameters {
  const { parameters } = kernel;
  return {
    nointxmask: parameters.register('vfio_pci', 'nointxmask', 'bool', 0),
    disableVga: parameters.register('vfio_pci', 'disable_vga', 'bool', 0, 0o444),
    disableIdleD3: parameters.register('vfio_pci', 'disable_idle_d3', 'bool', 0),
    enableSriov: parameters.register('vfio_pci', 'enable_sriov', 'bool', 0),
  };
}
