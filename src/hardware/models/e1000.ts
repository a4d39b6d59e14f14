import type { BarShape } from '../bar';
import { setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { IntelEthernetModel } from './ethernet';

const memorySize = 0x20000;
/** Link up, full duplex, 1000 Mbit/s. */
const defaults = { control: 0x00140240, status: 0x80080783 } as const;
/** 512-byte blocks of the boot ROM's image. */
const romBlocks = 0x93;

const bars: readonly BarShape[] = [
  { index: 0, kind: 'memory', size: BigInt(memorySize), is64: false, prefetchable: false },
  { index: 1, kind: 'io', size: 0x40n, is64: false, prefetchable: false },
  { index: 6, kind: 'rom', size: 0x40000n, is64: false, prefetchable: false },
];

/** Intel 82540EM, a conventional PCI card. */
export const e1000: ModelDefinition = {
  name: 'e1000',
  title: 'Intel 82540EM Gigabit Ethernet',
  express: false,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x8086, device: 0x100e, classCode: 0x020000, revision: 3, pin: 1 }, description);
    return bars;
  },
  create: (fn) => new IntelEthernetModel(fn, defaults, romBlocks, { 0: memorySize, 1: 0x40 }),
};
