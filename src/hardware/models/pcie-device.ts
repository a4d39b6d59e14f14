import type { BarShape } from '../bar';
import { addExpress } from '../capabilities/express';
import { addSriov } from '../capabilities/sriov';
import { addAcs, addAri, addErrorReporting, addPowerManagement, setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { portType, register } from '../registers';
import { describedBars, storageModel } from './function';

const identity = { vendor: 0x1b36, device: 0x0001, classCode: 0xff0000 };
/** An endpoint's functions: requests and completions between them go through the root. */
const acsCapabilities = 0x5c;
const vfBar0: BarShape = { index: 0, kind: 'memory', size: 0x4000n, is64: true, prefetchable: false };
/** Leaves room for eight PFs in a slot. */
const defaultVfOffset = 0x80;
const defaultVfStride = 8;

function layoutEndpoint(space: ConfigSpace, description: FunctionDescription): void {
  addPowerManagement(space, 0x40, { pmc: 0x0003, control: 0x0008, writable: 0x0003 });
  addExpress(space, { offset: 0x60, version: 2, type: portType.endpoint, flr: description.flr !== false });
  addErrorReporting(space, 0x100, 'endpoint');
}

const virtualFunction: ModelDefinition = {
  name: 'pcie-device-vf',
  title: 'PCI Express virtual function',
  express: true,
  bridge: false,
  driver: null,
  layout(space, description) {
    setIdentity(space, identity, description);
    layoutEndpoint(space, description);
    addAri(space, 0x150, 0);
    space.set(register.vendor, 4, 0xffffffff);
    return [vfBar0];
  },
  create: storageModel,
};

/**
 * A PCI Express endpoint that does nothing: ids, class, BARs, ACS and SR-IOV as described, registers that are storage.
 * What imports make of devices that no model stands for.
 */
export const pcieDevice: ModelDefinition = {
  name: 'pcie-device',
  title: 'PCI Express device',
  express: true,
  bridge: false,
  driver: null,
  virtualFunction,
  virtualBars: [vfBar0],
  layout(space, description) {
    setIdentity(space, identity, description);
    layoutEndpoint(space, description);
    const totalVfs = description.vfs ?? 0;
    if (totalVfs > 0) {
      addAri(space, 0x150, 0);
      addSriov(space, {
        offset: 0x160,
        totalVfs,
        vfOffset: description.vfOffset ?? defaultVfOffset,
        stride: description.vfStride ?? defaultVfStride,
        vfDevice: description.device ?? identity.device,
        bars: [vfBar0],
      });
    }
    if (description.acs === true) addAcs(space, 0x1a0, acsCapabilities);
    return describedBars(description);
  },
  create: storageModel,
};
