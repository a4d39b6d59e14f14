import type { BarShape } from '../bar';
import { setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import type { PciFunction } from '../pci-function';
import { RegistersModel } from './registers-model';

/** Registers kept of each BAR at most: what lies behind reads as 0. */
const keptBytes = 0x10000;

/** A bare conventional function: ids, class and BARs as described, registers that are storage. */
export const plainFunction: ModelDefinition = {
  name: 'function',
  title: 'PCI function',
  express: false,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x1b36, device: 0x0001, classCode: 0xff0000 }, description);
    return describedBars(description);
  },
  create: storageModel,
};

/** The BARs that a description lists. */
export function describedBars(description: FunctionDescription): BarShape[] {
  return (description.bars ?? []).map(({ index, kind, size, is64, prefetchable }) => ({
    index,
    kind,
    size: BigInt(size),
    is64: is64 ?? false,
    prefetchable: prefetchable ?? false,
  }));
}

/** Registers that are storage behind all BARs. */
export function storageModel(fn: PciFunction): RegistersModel {
  return new RegistersModel(
    fn,
    Object.fromEntries(fn.bars.map((bar) => [bar.index, Math.min(Number(bar.size), keptBytes)])),
  );
}
