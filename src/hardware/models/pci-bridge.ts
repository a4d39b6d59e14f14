import { addBridgeHeader, setIdentity } from '../capabilities/standard';
import type { ModelDefinition } from '../device-model';
import { BareModel } from './registers-model';

/** A conventional PCI-to-PCI bridge without a PCI Express capability. */
export const pciBridge: ModelDefinition = {
  name: 'pci-bridge',
  title: 'PCI-to-PCI bridge',
  express: false,
  bridge: true,
  driver: null,
  layout(space, description) {
    setIdentity(space, { vendor: 0x1b36, device: 0x0001, classCode: 0x060400 }, description, true);
    addBridgeHeader(space, { io: 16, prefetch: 64 });
    return [];
  },
  create: (fn) => new BareModel(fn),
};
