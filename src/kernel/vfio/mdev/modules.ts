import type { Kernel } from '../../kernel';
import type { LoadableModule } from '../../modules';
import { mpinModule } from './mpin';
import { mttyModule } from './mtty';
import { VfioMdevDriver } from './vfio-mdev';

/** Modules of mediated devices, with the sample drivers. */
export function mdevModules(kernel: Kernel): LoadableModule[] {
  return [mdevModule, vfioMdevModule(kernel), mttyModule(kernel), mpinModule(kernel)];
}

/** The core: its bus is there as soon as it is loaded. */
const mdevModule: LoadableModule = { name: 'mdev', then: ['vfio_mdev'], load: () => 0, unload: () => 0 };

function vfioMdevModule(kernel: Kernel): LoadableModule {
  const driver = new VfioMdevDriver(kernel);
  return {
    name: 'vfio_mdev',
    needs: ['mdev'],
    load: (process) => kernel.mdev.bus.registerLate(process, driver),
    unload: (process) => kernel.mdev.bus.unregister(process, driver),
  };
}
