import { EFAULT, EINVAL, ENOMEM } from '../../errno';
import type { Answer } from '../../file';
import type { IoMemory, Vma } from '../../mm/vma';
import { oops } from '../../oops';
import type { PciDevice } from '../../pci/pci-device';
import type { Process } from '../../process';
import type { Story } from '../../story';
import {
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_NUM_REGIONS,
  VFIO_PCI_OFFSET_MASK,
  VFIO_PCI_OFFSET_SHIFT,
  VFIO_PCI_ROM_REGION_INDEX,
  VFIO_PCI_VGA_REGION_INDEX,
} from '../../uapi';
import { copyPiece, type UserSpan } from '../../user-memory';
import { readConfig, writeConfig } from './config-access';
import type { VfioPciDevice } from './device';
import { mapRom, unmapRom } from './rom';

const pageSize = 4096;
/** Bits of a page offset on a device file that lie inside the region. */
const regionPageBits = VFIO_PCI_OFFSET_SHIFT - 12;

/** A longer transfer is cut: the real one would take minutes, and programs have to cope with short reads anyway. */
const longestTransfer = 2 ** 24;

/** A transfer between a region and the caller, in one direction. */
interface Transfer {
  readonly write: boolean;
  /** What is written, or filled. */
  readonly bytes: Uint8Array;
  /** The caller's memory, when it may be out of reach. */
  readonly span: UserSpan | undefined;
}

/** `longestRead` of a device file: to the end of the BAR. Accesses to configuration space fail as a whole. */
export function longestRead(vdev: VfioPciDevice, offset: bigint): number {
  const index = Number(offset >> BigInt(VFIO_PCI_OFFSET_SHIFT));
  const left = index <= VFIO_PCI_ROM_REGION_INDEX ? vdev.resourceLength(index) - (offset & VFIO_PCI_OFFSET_MASK) : 0n;
  return left > BigInt(longestTransfer) ? longestTransfer : Math.max(Number(left), 2 * pageSize);
}

/** `vfio_pci_rw`: reads `into` from the region that the offset selects; the number of bytes or an error. */
export function readRegion(vdev: VfioPciDevice, offset: bigint, into: Uint8Array, span?: UserSpan): number {
  if (into.length === 0) return 0;
  const position = offset & VFIO_PCI_OFFSET_MASK;
  const index = Number(offset >> BigInt(VFIO_PCI_OFFSET_SHIFT));
  if (index === VFIO_PCI_CONFIG_REGION_INDEX) return readConfig(vdev, Number(position), into, span);
  return accessRegion(vdev, index, position, { write: false, bytes: into, span });
}

/** `vfio_pci_rw` for writes. */
export function writeRegion(vdev: VfioPciDevice, offset: bigint, bytes: Uint8Array, span?: UserSpan): number {
  if (bytes.length === 0) return 0;
  const position = offset & VFIO_PCI_OFFSET_MASK;
  const index = Number(offset >> BigInt(VFIO_PCI_OFFSET_SHIFT));
  if (index === VFIO_PCI_CONFIG_REGION_INDEX) return writeConfig(vdev, Number(position), bytes, span);
  if (index === VFIO_PCI_ROM_REGION_INDEX) {
    return vdev.kernel.story.refuse('vfio_pci_rw/2', EINVAL, () => 'the ROM cannot be written');
  }
  return accessRegion(vdev, index, position, { write: true, bytes, span });
}

function accessRegion(vdev: VfioPciDevice, index: number, position: bigint, transfer: Transfer): number {
  const { story } = vdev.kernel;
  if (index >= VFIO_PCI_NUM_REGIONS) {
    return story.refuse('vfio_pci_rw/1', EINVAL, () => `there is no region ${index}`);
  }
  if (index === VFIO_PCI_VGA_REGION_INDEX) return accessVga(vdev, Number(position), transfer);
  return accessBar(vdev, index, position, transfer);
}

/** `vfio_pci_bar_rw`: cut at the end of the BAR; the MSI-X table, and a ROM's empty rest, cannot be reached. */
function accessBar(vdev: VfioPciDevice, index: number, position: bigint, transfer: Transfer): number {
  const { story } = vdev.kernel;
  const wanted = transfer.bytes.length;
  const end = vdev.resourceLength(index);
  if (end === 0n) return story.refuse('vfio_pci_bar_rw/1', EINVAL, () => `BAR ${index} is not implemented`);
  if (position >= end) return story.refuse('vfio_pci_bar_rw/2', EINVAL, () => `the BAR ends at 0x${end.toString(16)}`);
  const count = wanted < end - position ? wanted : Number(end - position);
  const excluded = { start: 0, end: 0 };
  if (index === VFIO_PCI_ROM_REGION_INDEX) {
    const size = mapRom(vdev.pdev);
    if (size === 0) return story.refuse('vfio_pci_bar_rw/3', ENOMEM, () => 'there is no ROM image');
    excluded.start = size;
    excluded.end = Number(end);
  } else {
    vdev.mappedBars.set(index, true);
  }
  if (index === vdev.msixBar) {
    excluded.start = vdev.msixOffset;
    excluded.end = vdev.msixOffset + vdev.msixSize;
  }
  const done = do_io_rw(vdev.kernel.story, barPorts(vdev.pdev, index), Number(position), count, excluded, transfer);
  if (index === VFIO_PCI_ROM_REGION_INDEX) unmapRom(vdev.pdev);
  if (done >= 0) return done;
  return story.refuse('vfio_pci_bar_rw/5', -done, () => 'what was transferred before stays done');
}

/** What `do_io_rw` reads and writes. */
type Ports = Pick<IoMemory, 'read' | 'write'>;

function barPorts(dev: PciDevice, bar: number): Ports {
  return {
    read: (at, width) => dev.fn.barRead(bar, at, width),
    write: (at, width, value) => dev.fn.barWrite(bar, at, width, value),
  };
}

/** Sites of `do_io_rw` that fail with EFAULT, by the width of the piece, for writes and for reads. */
const writeFaults = { 4: 'do_io_rw/1', 2: 'do_io_rw/3', 1: 'do_io_rw/5' } as const;
const readFaults = { 4: 'do_io_rw/2', 2: 'do_io_rw/4', 1: 'do_io_rw/6' } as const;

/**
 * `do_io_rw`: pieces of 4, 2 or 1 aligned bytes; in the excluded range reads give ones and writes are dropped.
 * @returns bytes done, or -EFAULT where the caller's memory ends: a read of that piece has reached the device then
 */
function do_io_rw(
  story: Story,
  ports: Ports,
  position: number,
  count: number,
  excluded: { readonly start: number; readonly end: number },
  { write, bytes, span }: Transfer,
): number {
  const fault = (site: string): number => story.refuse(site, EFAULT, () => "the caller's memory cannot be accessed");
  for (let done = 0; done < count;) {
    const at = position + done;
    const left = count - done;
    const room = at < excluded.start ? Math.min(left, excluded.start - at) : at >= excluded.end ? left : 0;
    if (room === 0) {
      const filled = Math.min(left, excluded.end - at);
      if (!write && !fillOnes(bytes, done, filled, span)) return fault('do_io_rw/7');
      done += filled;
      continue;
    }
    const width = room >= 4 && at % 4 === 0 ? 4 : room >= 2 && at % 2 === 0 ? 2 : 1;
    if (write) {
      if (!copyPiece(span, done, width)) return fault(writeFaults[width]);
      ports.write(at, width, littleEndian(bytes, done, width));
    } else {
      const value = ports.read(at, width);
      if (!copyPiece(span, done, width)) return fault(readFaults[width]);
      for (let byte = 0; byte < width; byte++) bytes[done + byte] = value >>> (8 * byte);
    }
    done += width;
  }
  return count;
}

function fillOnes(bytes: Uint8Array, from: number, count: number, span: UserSpan | undefined): boolean {
  for (let at = from; at < from + count; at++) {
    if (!copyPiece(span, at, 1)) return false;
    bytes[at] = 0xff;
  }
  return true;
}

function littleEndian(bytes: Uint8Array, from: number, width: number): number {
  let value = 0;
  for (let byte = width - 1; byte >= 0; byte--) value = value * 256 + bytes[from + byte]!;
  return value;
}

/** Legacy VGA memory and ports: first and last address. */
const vgaWindows = [
  [0xa0000, 0xbffff],
  [0x3b0, 0x3bb],
  [0x3c0, 0x3df],
] as const;
const lastVgaAddress = 0xbffff;

/** Nobody decodes legacy VGA addresses on the simulated machines. */
const emptyPorts: Ports = {
  read: (_at, width) => 2 ** (8 * width) - 1,
  write: () => undefined,
};

/** `vfio_pci_vga_rw`: only the legacy addresses can be reached, each window up to its end. */
function accessVga(vdev: VfioPciDevice, position: number, transfer: Transfer): number {
  const { story } = vdev.kernel;
  if (!vdev.hasVga) return story.refuse('vfio_pci_vga_rw/1', EINVAL, () => 'the device is no VGA controller');
  const why = (): string => `0x${position.toString(16)} is no legacy VGA address`;
  if (position > lastVgaAddress) return story.refuse('vfio_pci_vga_rw/2', EINVAL, why);
  const window = vgaWindows.find(([first, last]) => position >= first && position <= last);
  if (window === undefined) return story.refuse('vfio_pci_vga_rw/3', EINVAL, why);
  const [first, last] = window;
  const count = Math.min(transfer.bytes.length, last + 1 - position);
  const done = do_io_rw(story, emptyPorts, position - first, count, { start: 0, end: 0 }, transfer);
  if (done >= 0) return done;
  return story.refuse('vfio_pci_vga_rw/6', -done, () => 'what was transferred before stays done');
}

/** `vfio_pci_probe_mmaps`: BARs in memory that fill pages, or whose page nobody else has a part of; one bit each. */
export function mappableBars(vdev: VfioPciDevice): number {
  let bits = 0;
  for (const bar of vdev.pdev.fn.bars) {
    if (bar.kind !== 'memory' || bar.start === 0n || bar.index > 5) continue;
    if (bar.size >= BigInt(pageSize) || ownsPage(vdev, bar.start, bar.size)) bits |= 1 << bar.index;
  }
  return bits;
}

/** Whether a small BAR begins a page, and no other BAR of the machine lies in the rest of it. */
function ownsPage(vdev: VfioPciDevice, start: bigint, size: bigint): boolean {
  if (start % BigInt(pageSize) !== 0n) return false;
  const from = start + size;
  const to = start + BigInt(pageSize);
  for (const dev of vdev.kernel.pci.devices.values()) {
    for (const bar of dev.fn.bars) {
      if (bar.kind !== 'io' && bar.start < to && bar.end >= from) return false;
    }
  }
  return true;
}

/** Loads and stores of a user who mapped a BAR: they reach the device without the kernel, MSI-X table included. */
class BarMemory implements IoMemory {
  constructor(
    private readonly dev: PciDevice,
    private readonly bar: number,
  ) {}

  read(offset: number, width: 1 | 2 | 4): number {
    return this.dev.fn.barRead(this.bar, offset, width);
  }

  write(offset: number, width: 1 | 2 | 4, value: number): void {
    this.dev.fn.barWrite(this.bar, offset, width, value);
  }
}

/** `sizeof(struct vfio_pci_region)`, and the offset of its operations. */
const regionStruct = { size: 40, operations: 8 } as const;

/** The kernel looks for a device-specific region in an array that is not there: only its first entry is tested. */
function missingRegions(process: Process, number: number): Answer {
  const address = number * regionStruct.size + regionStruct.operations;
  return oops(process, address.toString(16).padStart(16, '0'), 'mmap of a region behind the last');
}

/** `vfio_pci_mmap`: 0 or a negative error. */
export function mmapRegion(vdev: VfioPciDevice, process: Process, area: Vma): Answer {
  const { story } = vdev.kernel;
  const index = Math.floor(area.pgoff / 2 ** regionPageBits);
  const firstPage = area.pgoff % 2 ** regionPageBits;
  if (!area.origin.shared) return story.refuse('vfio_pci_mmap/2', EINVAL, () => 'only MAP_SHARED can be a device');
  if (index > VFIO_PCI_NUM_REGIONS) return missingRegions(process, index - VFIO_PCI_NUM_REGIONS);
  if (index >= VFIO_PCI_NUM_REGIONS)
    return story.refuse('vfio_pci_mmap/4', EINVAL, () => `there is no region ${index}`);
  if (index >= VFIO_PCI_ROM_REGION_INDEX) {
    return story.refuse('vfio_pci_mmap/5', EINVAL, () => 'ROM, configuration space and VGA cannot be mapped');
  }
  if ((vdev.mappable & (1 << index)) === 0) {
    return story.refuse('vfio_pci_mmap/6', EINVAL, () => `BAR ${index} is not in memory, or shares its page`);
  }
  const bar = vdev.pdev.bar(index)!;
  const pages = Math.ceil(Number(bar.size) / pageSize);
  if (firstPage + area.pages > pages) {
    return story.refuse('vfio_pci_mmap/7', EINVAL, () => `BAR ${index} has only ${pages} pages`);
  }
  vdev.mappedBars.set(index, true);
  const pfn = Number(bar.start / BigInt(pageSize)) + firstPage;
  area.remapPfnRange(pfn, new BarMemory(vdev.pdev, index), firstPage * pageSize);
  return 0;
}
