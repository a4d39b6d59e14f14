import { capabilityId, extendedId, register, type PciFunction } from '../../hardware';
import { VfioPciDevice, type Kernel } from '../../kernel';
import { memoryReference } from '../memory';
import { fields, hex, leaf, list, sizeText, type Children, type Item } from './item';

const shortName = (names: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(names).map(([name, id]) => [id, name]));
const capabilityNames = shortName(capabilityId);
const extendedNames = shortName(extendedId);

/** Bits of the command register (PCI 3.0, 6.2.2). */
const commandBits: readonly (readonly [number, string])[] = [
  [0x1, 'IO'],
  [0x2, 'MEMORY'],
  [0x4, 'BUS_MASTER'],
  [0x40, 'PARITY'],
  [0x100, 'SERR'],
  [0x400, 'INTX_DISABLE'],
];

/** Bits of the status register (PCI 3.0, 6.2.3). */
const statusBits: readonly (readonly [number, string])[] = [
  [0x8, 'INTERRUPT'],
  [0x10, 'CAP_LIST'],
  [0x100, 'PARITY'],
  [0x800, 'SIG_TARGET_ABORT'],
  [0x1000, 'REC_TARGET_ABORT'],
  [0x2000, 'REC_MASTER_ABORT'],
  [0x4000, 'SIG_SYSTEM_ERROR'],
  [0x8000, 'DETECTED_PARITY'],
];

/** The machine: its functions with configuration space and BARs, the IOMMU's tables and faults. */
export function hardwareChildren(kernel: Kernel): Children {
  return fields(() => {
    const functions = [...kernel.machine.functions];
    return [
      {
        name: 'functions',
        value: String(functions.length),
        children: fields(() => functions.map((fn) => functionRow(kernel, fn))),
      },
      iommuRow(kernel),
    ];
  });
}

function functionRow(kernel: Kernel, fn: PciFunction): Item {
  return {
    name: fn.bdf,
    value: `${fn.definition.title}${fn.present ? '' : ' (not there)'}`,
    type: 'pci function',
    children: fields(() => [
      configRow(kernel, fn),
      ...fn.bars.map((bar): Item => {
        const decoded = fn.decodes(bar) ? '' : ', not decoded';
        return {
          name: bar.kind === 'rom' ? 'ROM' : `BAR ${bar.index}`,
          value: `${sizeText(bar.size)} ${bar.kind} at ${hex(bar.start)}${decoded}`,
          memory: memoryReference({ space: 'bar', name: fn.bdf, index: bar.index }, 0),
        };
      }),
      ...Object.entries(fn.model.state()).map(([name, value]) =>
        leaf(name, typeof value === 'number' || typeof value === 'bigint' ? hex(value) : String(value)),
      ),
      leaf('power state', `D${fn.powerState}`),
    ]),
  };
}

/** Configuration space of the hardware, decoded; next to each register that differs, what the user of vfio sees. */
function configRow(kernel: Kernel, fn: PciFunction): Item {
  const device = kernel.pci.device(fn.bdf)?.device;
  const data = device === undefined ? undefined : kernel.vfio.vfioDevice(device)?.data;
  const shadow = data instanceof VfioPciDevice ? (data.config?.shadow ?? null) : null;
  const row = (
    name: string,
    offset: number,
    width: 1 | 2 | 4,
    show: (value: number) => string = padded(width),
  ): Item => {
    const { bytes } = fn.config;
    const read = (): string => show(fn.config.read(offset, width));
    const seen = shadow === null || offset + width > shadow.length ? read() : show(shadow.get(offset, width));
    return {
      name,
      value: seen === read() ? read() : `${read()} (vfio shows ${seen})`,
      type: `offset 0x${offset.toString(16)}`,
      memory: memoryReference({ space: 'config', name: fn.bdf }, offset),
      // The journal's key of a block is offset * 8 + width.
      place: { label: `${fn.bdf}: ${name}`, owner: bytes, key: offset * 8 + width, read },
    };
  };
  return {
    name: 'configuration space',
    value: `${fn.configSize} bytes`,
    memory: memoryReference({ space: 'config', name: fn.bdf }, 0),
    children: fields(() => [
      row('vendor', register.vendor, 2),
      row('device', register.device, 2),
      row('command', register.command, 2, bits(commandBits)),
      row('status', register.status, 2, bits(statusBits)),
      row('revision', register.revision, 1),
      row('class', register.class, 2),
      row('header type', register.headerType, 1),
      ...fn.bars.map((bar) => row(bar.kind === 'rom' ? 'ROM' : `BAR ${bar.index}`, bar.register, 4)),
      row('interrupt line', register.interruptLine, 1),
      row('interrupt pin', register.interruptPin, 1),
      ...capabilities(fn),
    ]),
  };
}

function capabilities(fn: PciFunction): Item[] {
  const items: Item[] = [];
  const add = (name: string, offset: number, words: number): void => {
    const bytes = Array.from({ length: words }, (_, i) => padded(4)(fn.config.read(offset + 4 * i, 4)));
    items.push({
      ...leaf(name, bytes.join(' '), `offset 0x${offset.toString(16)}`),
      memory: memoryReference({ space: 'config', name: fn.bdf }, offset),
    });
  };
  for (const [id, name] of capabilityNames)
    if (fn.capability(id) !== 0) add(`capability ${name}`, fn.capability(id), 3);
  for (const [id, name] of extendedNames) {
    if (fn.extendedCapability(id) !== 0) add(`extended capability ${name}`, fn.extendedCapability(id), 3);
  }
  return items;
}

function iommuRow(kernel: Kernel): Item {
  const { iommu } = kernel.machine;
  if (iommu === null) return leaf('IOMMU', 'none');
  return {
    name: 'IOMMU',
    value: `${iommu.kind}, ${iommu.width} bits${iommu.interruptRemapping ? '' : ', no interrupt remapping'}`,
    children: fields(() => [
      {
        name: 'faults',
        value: String(iommu.faults.length),
        children: list(
          iommu.faults.length,
          () => iommu.faults,
          ({ function: fn, iova, write, reason }, i) =>
            leaf(`[${i}]`, `${fn.bdf} ${write ? 'writes' : 'reads'} ${hex(iova)}, reason ${reason}`),
        ),
      },
      ...[...kernel.machine.functions].map((fn): Item => {
        const table = iommu.tableOf(fn);
        return leaf(`context of ${fn.bdf}`, table === null ? 'not present' : `${table.width} bits`);
      }),
    ]),
  };
}

function padded(width: 1 | 2 | 4): (value: number) => string {
  return (value) => `0x${value.toString(16).padStart(2 * width, '0')}`;
}

function bits(names: readonly (readonly [number, string])[]): (value: number) => string {
  return (value) => {
    const set = names.filter(([bit]) => (value & bit) !== 0).map(([, name]) => name);
    return `${padded(2)(value)}${set.length === 0 ? '' : ` ${set.join(' | ')}`}`;
  };
}
