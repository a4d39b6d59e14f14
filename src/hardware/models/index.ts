import type { ModelDefinition } from '../device-model';
import { ahci, amdIommu, hostBridge, lpc, smbus } from './chipset';
import { e1000 } from './e1000';
import { e1000e } from './e1000e';
import { edu } from './edu';
import { plainFunction } from './function';
import { nvme } from './nvme';
import { pciBridge } from './pci-bridge';
import { pcieDevice } from './pcie-device';
import { pciTestdev } from './pci-testdev';
import { pciePciBridge } from './pcie-pci-bridge';
import { rootPort } from './root-port';
import { rtl8139 } from './rtl8139';
import { switchDownstream, switchUpstream } from './switch-ports';

const models = new Map(
  [
    edu,
    pciTestdev,
    e1000,
    e1000e,
    rtl8139,
    nvme,
    rootPort,
    switchUpstream,
    switchDownstream,
    pciePciBridge,
    hostBridge,
    lpc,
    ahci,
    smbus,
    amdIommu,
    plainFunction,
    pcieDevice,
    pciBridge,
  ].map((model): [string, ModelDefinition] => [model.name, model]),
);

/** The device model of that name. */
export function modelNamed(name: string): ModelDefinition | undefined {
  return models.get(name);
}

/** Names of all device models. */
export function modelNames(): string[] {
  return [...models.keys()];
}
