import type { FunctionDescription, IommuDescription, MachineDescription } from './description';
import { formatAddress, parseAddress } from './pci-address';

const amdIommu: FunctionDescription = { bdf: '0000:00:01.0', model: 'amd-iommu' };

/** The devices that all recorded machines hold. */
const devices: readonly FunctionDescription[] = [
  { bdf: '0000:00:00.0', model: 'host-bridge' },
  { bdf: '0000:00:04.0', model: 'edu' },
  { bdf: '0000:00:05.0', model: 'pci-testdev' },
  { bdf: '0000:00:06.0', model: 'edu' },
  { bdf: '0000:00:06.1', model: 'e1000', mac: '52:54:00:12:34:01' },
  {
    bdf: '0000:00:08.0',
    model: 'root-port',
    children: [{ bdf: '0000:01:00.0', model: 'nvme', vfs: 4, vectors: 12 }],
  },
  {
    bdf: '0000:00:09.0',
    model: 'root-port',
    children: [{ bdf: '0000:02:00.0', model: 'e1000e', mac: '52:54:00:12:34:02' }],
  },
  {
    bdf: '0000:00:0a.0',
    model: 'root-port',
    children: [
      {
        bdf: '0000:03:00.0',
        model: 'switch-upstream',
        children: [
          {
            bdf: '0000:04:00.0',
            model: 'switch-downstream',
            children: [{ bdf: '0000:05:00.0', model: 'e1000e', mac: '52:54:00:12:34:03' }],
          },
          {
            bdf: '0000:04:01.0',
            model: 'switch-downstream',
            children: [{ bdf: '0000:06:00.0', model: 'nvme' }],
          },
        ],
      },
    ],
  },
  {
    bdf: '0000:00:0b.0',
    model: 'root-port',
    children: [
      {
        bdf: '0000:07:00.0',
        model: 'pcie-pci-bridge',
        children: [
          { bdf: '0000:08:01.0', model: 'edu' },
          { bdf: '0000:08:02.0', model: 'rtl8139', mac: '52:54:00:12:34:04' },
        ],
      },
    ],
  },
  { bdf: '0000:00:1f.0', model: 'lpc' },
  { bdf: '0000:00:1f.2', model: 'ahci' },
  { bdf: '0000:00:1f.3', model: 'smbus' },
];

const chipset = devices.filter(({ model }) => ['host-bridge', 'lpc', 'ahci', 'smbus'].includes(model));

/** Adds the functions that every q35 machine has, unless others stand in their places. */
export function withChipset(functions: readonly FunctionDescription[], iommu: IommuDescription): FunctionDescription[] {
  const wanted = iommu.kind === 'amd' ? [...chipset, amdIommu] : chipset;
  const taken = new Set(functions.map(({ bdf }) => formatAddress(parseAddress(bdf))));
  return [...functions, ...wanted.filter(({ bdf }) => !taken.has(bdf))];
}

function machine(name: string, iommu: IommuDescription, functions: readonly FunctionDescription[]): MachineDescription {
  return { name, memory: 1 << 30, hugepages: 64, iommu, functions };
}

/** On the recorded AMD machine the NVMe driver gave up, after it had been given its interrupts. */
const unboundIrqs: Readonly<Record<string, number>> = { '0000:01:00.0': 20, '0000:06:00.0': 23 };

function withoutNvme(fn: FunctionDescription): FunctionDescription {
  const bare = fn.children === undefined ? fn : { ...fn, children: fn.children.map(withoutNvme) };
  return fn.model === 'nvme' ? { ...bare, driver: null, irq: unboundIrqs[fn.bdf]! } : bare;
}

const amdDevices: readonly FunctionDescription[] = [devices[0]!, amdIommu, ...devices.slice(1).map(withoutNvme)];

/** The machines of the recordings, by name. */
export const presets: Readonly<Record<string, MachineDescription>> = {
  'q35-intel': machine('q35-intel', { kind: 'intel', width: 48, interruptRemapping: true }, devices),
  'q35-intel-39': machine('q35-intel-39', { kind: 'intel', width: 39, interruptRemapping: true }, devices),
  'q35-intel-noir': machine('q35-intel-noir', { kind: 'intel', width: 48, interruptRemapping: false }, devices),
  'q35-amd': machine('q35-amd', { kind: 'amd', width: 64, interruptRemapping: true }, amdDevices),
  'q35-none': machine('q35-none', { kind: 'none' }, devices),
};
