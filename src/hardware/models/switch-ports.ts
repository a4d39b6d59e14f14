import { addExpress } from '../capabilities/express';
import { addMsi } from '../capabilities/msi';
import { addAcs, addBridgeHeader, addErrorReporting, addSubsystem, setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { portType } from '../registers';
import { BareModel } from './registers-model';

/** The model leaves speed and width of its downstream links open. */
const downstreamLink = 0x00000400;

/** What both kinds of port of TI's XIO3130 switch share. */
function layoutPort(space: ConfigSpace): void {
  addBridgeHeader(space, { io: 16, prefetch: 64 });
  addMsi(space, { offset: 0x70, vectors: 1, is64: true, maskable: false });
  addSubsystem(space, 0x80, 0, 0);
}

/** Upstream port of a TI XIO3130 switch. */
export const switchUpstream: ModelDefinition = {
  name: 'switch-upstream',
  title: 'TI XIO3130 upstream switch port',
  express: true,
  bridge: true,
  driver: 'pcieport',
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x104c, device: 0x8232, classCode: 0x060400, revision: 2 }, description, true);
    layoutPort(space);
    addExpress(space, { offset: 0x90, version: 2, type: portType.upstream, flr: true, errorControl: true });
    addErrorReporting(space, 0x100, 'port');
    return [];
  },
  create: (fn) => new BareModel(fn),
};

/** Downstream port of a TI XIO3130 switch; without ACS unless told otherwise. */
export const switchDownstream: ModelDefinition = {
  name: 'switch-downstream',
  title: 'TI XIO3130 downstream switch port',
  express: true,
  bridge: true,
  driver: 'pcieport',
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x104c, device: 0x8233, classCode: 0x060400, revision: 1 }, description, true);
    layoutPort(space);
    const slot = description.slot ?? 1;
    addExpress(space, {
      offset: 0x90,
      version: 2,
      type: portType.downstream,
      flr: true,
      errorControl: true,
      link: downstreamLink,
      slot,
      ariForwarding: true,
    });
    addErrorReporting(space, 0x100, 'port');
    if (description.acs === true) addAcs(space, 0x148, 0x5f);
    return [];
  },
  create: (fn) => new BareModel(fn),
};
