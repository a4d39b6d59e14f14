import type { BarShape } from '../bar';
import { addExpress } from '../capabilities/express';
import { addMsi } from '../capabilities/msi';
import { addBridgeHeader, addErrorReporting, addPowerManagement, setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { capabilityId, portType, register } from '../registers';
import { BareModel } from './registers-model';

const bar0: BarShape = { index: 0, kind: 'memory', size: 0x100n, is64: true, prefetchable: false };

/** QEMU's PCI Express to PCI bridge, with a standard hot-plug controller. */
export const pciePciBridge: ModelDefinition = {
  name: 'pcie-pci-bridge',
  title: 'QEMU PCIe-to-PCI bridge',
  express: true,
  bridge: true,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x1b36, device: 0x000e, classCode: 0x060400, pin: 1 }, description, true);
    addBridgeHeader(space, { io: 16, prefetch: 64 });
    // 66 MHz and fast back-to-back on both sides, as a conventional bus has.
    space.change(register.status, 2, 0, 0x00a0);
    space.change(register.secondaryStatus, 2, 0, 0x00a0);
    space.addCapability(capabilityId.hotPlug, 0x40, 8);
    addExpress(space, { offset: 0x48, version: 2, type: portType.expressToPci, ariForwarding: true });
    addPowerManagement(space, 0x84, { pmc: 0x0003, writable: 0x0003 });
    addMsi(space, { offset: 0x8c, vectors: 1, is64: true, maskable: true });
    addErrorReporting(space, 0x100, 'endpoint');
    return [bar0];
  },
  create: (fn) => new BareModel(fn),
};
