import type { BarShape } from '../bar';
import { addExpress } from '../capabilities/express';
import { addMsix } from '../capabilities/msix';
import { addAcs, addBridgeHeader, addErrorReporting, addSubsystem, setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { portType } from '../registers';
import { BareModel } from './registers-model';

/** 16 GT/s, 32 lanes; reports that the link is active and when its bandwidth changes. */
const link = 0x00300604;
/** Target and supported speeds up to 16 GT/s. */
const speeds = { supported: 0x1e, target: 0x04 };
const express = 0x54;
/** Everything but direct translated P2P and egress control. */
const acsCapabilities = 0x5f;

const bar0: BarShape = { index: 0, kind: 'memory', size: 0x1000n, is64: false, prefetchable: false };

/** QEMU's generic PCI Express root port; it has ACS unless told otherwise. */
export const rootPort: ModelDefinition = {
  name: 'root-port',
  title: 'QEMU PCIe root port',
  express: true,
  bridge: true,
  driver: 'pcieport',
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x1b36, device: 0x000c, classCode: 0x060400, pin: 1 }, description, true);
    addBridgeHeader(space, { io: 16, prefetch: 64 });
    addSubsystem(space, 0x40, 0x1b36, 0);
    addMsix(space, { offset: 0x48, vectors: 1, table: { bar: 0, offset: 0 }, pending: { bar: 0, offset: 0x800 } });
    const slot = description.slot ?? 1;
    addExpress(space, {
      offset: express,
      version: 2,
      type: portType.rootPort,
      errorControl: true,
      link,
      slot,
      ariForwarding: true,
    });
    space.set(express + 0x2c, 4, speeds.supported);
    space.set(express + 0x30, 2, speeds.target);
    space.allow(express + 0x1c, 2, 0x000f);
    addErrorReporting(space, 0x100, 'root port');
    if (description.acs !== false) addAcs(space, 0x148, acsCapabilities);
    return [bar0];
  },
  create: (fn) => new BareModel(fn),
};
