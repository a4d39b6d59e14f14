import { Bar } from '../../hardware';
import type { PciDevice } from '../pci/pci-device';

/** One line of `resource`: addresses, both inclusive, and `IORESOURCE_*` flags. */
type Resource = readonly [start: bigint, end: bigint, flags: number];

const none: Resource = [0n, 0n, 0];
/** `IORESOURCE_IO`, `IORESOURCE_MEM`; a prefetchable window of 64 bits. */
const flags = { io: 0x100, memory: 0x200, prefetchable64: 0x102201 } as const;

/** Text of `resource`: 6 BARs, the ROM, 6 BARs of VFs, and for a bridge its 4 windows. */
export function resourceLines(dev: PciDevice): string {
  const resources: Resource[] = [];
  for (let index = 0; index < 7; index++) {
    const bar = dev.bar(index);
    resources.push(bar === undefined || bar.start === 0n ? none : [bar.start, bar.end, bar.flags]);
  }
  for (let index = 0; index < 6; index++) resources.push(virtualBar(dev, index));
  if (dev.headerType === 1) resources.push(...windows(dev), none);
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  return resources.map(([start, end, bits]) => `${hex(start)} ${hex(end)} ${hex(BigInt(bits))}\n`).join('');
}

/** The range that a BAR of all VFs together takes. */
function virtualBar(dev: PciDevice, index: number): Resource {
  const hardware = dev.fn.sriov;
  const shape = hardware?.vfBars.find((candidate) => candidate.index === index);
  if (hardware === null || shape === undefined) return none;
  const register = hardware.barRegister(index);
  const high = shape.is64 ? BigInt(dev.read(register + 4, 4)) << 32n : 0n;
  const start = high | BigInt((dev.read(register, 4) & ~0xf) >>> 0);
  return [start, start + shape.size * BigInt(dev.sriov!.totalVfs) - 1n, new Bar(shape, register, start).flags];
}

/** I/O, memory and prefetchable window of a bridge, from its base and limit registers (PCI bridge 1.2, 3.2.5). */
function windows(dev: PciDevice): Resource[] {
  const io = range(BigInt(dev.read(0x1c, 1) & 0xf0) << 8n, (BigInt(dev.read(0x1d, 1) & 0xf0) << 8n) | 0xfffn, flags.io);
  const memory = range(
    BigInt(dev.read(0x20, 2) & 0xfff0) << 16n,
    (BigInt(dev.read(0x22, 2) & 0xfff0) << 16n) | 0xfffffn,
    flags.memory,
  );
  const upper = (offset: number): bigint => BigInt(dev.read(offset, 4)) << 32n;
  const prefetchable = range(
    upper(0x28) | (BigInt(dev.read(0x24, 2) & 0xfff0) << 16n),
    upper(0x2c) | (BigInt(dev.read(0x26, 2) & 0xfff0) << 16n) | 0xfffffn,
    flags.prefetchable64,
  );
  return [io, memory, prefetchable];
}

/** A window is closed when its base is above its limit, or was never set. */
function range(start: bigint, end: bigint, bits: number): Resource {
  return start === 0n || start > end ? none : [start, end, bits];
}
