import type { BarShape } from '../bar';
import { addExpress } from '../capabilities/express';
import { addMsi } from '../capabilities/msi';
import { addMsix } from '../capabilities/msix';
import { addErrorReporting, addPowerManagement, addSerialNumber, setIdentity } from '../capabilities/standard';
import type { ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { portType } from '../registers';
import { IntelEthernetModel, macOf } from './ethernet';

const memorySize = 0x20000;
const defaults = { control: 0x00140241, status: 0x00080283 } as const;
const romBlocks = 0x93;
const msixBar = 3;

const bars: readonly BarShape[] = [
  { index: 0, kind: 'memory', size: BigInt(memorySize), is64: false, prefetchable: false },
  { index: 1, kind: 'memory', size: 0x20000n, is64: false, prefetchable: false },
  { index: 2, kind: 'io', size: 0x20n, is64: false, prefetchable: false },
  { index: msixBar, kind: 'memory', size: 0x4000n, is64: false, prefetchable: false },
  { index: 6, kind: 'rom', size: 0x40000n, is64: false, prefetchable: false },
];

/** Intel 82574L: PCI Express with MSI, 5 MSI-X vectors, error reporting and a serial number made of its MAC. */
export const e1000e: ModelDefinition = {
  name: 'e1000e',
  title: 'Intel 82574L Gigabit Ethernet',
  express: true,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    const identity = {
      vendor: 0x8086,
      device: 0x10d3,
      classCode: 0x020000,
      pin: 1,
      subsystemVendor: 0x8086,
      subsystemDevice: 0,
    };
    setIdentity(space, identity, description);
    const vectors = { bar: msixBar, offset: 0 };
    addMsix(space, { offset: 0xa0, vectors: 5, table: vectors, pending: { bar: msixBar, offset: 0x2000 } });
    addExpress(space, { offset: 0xe0, version: 1, type: portType.endpoint });
    addMsi(space, { offset: 0xd0, vectors: 1, is64: true, maskable: false });
    addPowerManagement(space, 0xc8, { pmc: 0x0022, writable: 0x1f03, clearing: 0x8000 });
    addErrorReporting(space, 0x100, 'endpoint');
    addSerialNumber(space, 0x140, serialOf(description));
    return bars;
  },
  create: (fn) => new IntelEthernetModel(fn, defaults, romBlocks, { 0: memorySize, 2: 0x20 }),
};

/** EUI-64 of a MAC address: ff-ff goes between its halves. */
function serialOf(description: FunctionDescription): bigint {
  const mac = macOf(description.mac);
  const bytes = [...mac.slice(0, 3), 0xff, 0xff, ...mac.slice(3)];
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
