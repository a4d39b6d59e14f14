import { EFAULT } from '../../errno';
import { capabilityId, command, registers } from '../../pci/registers';
import { PCI_CAP_ID_INVALID, PCI_CAP_ID_INVALID_VIRT } from '../../uapi';
import { copyPiece, type UserSpan } from '../../user-memory';
import { setBarFlags } from './bar-shadow';
import { afterWrite, beforeWrite } from './config-effects';
import type { VfioPciDevice } from './device';
import { capabilityPermissions, extendedCapabilityPermissions, type Permissions } from './permissions';
import type { VirtualConfig } from './virtual-config';

type Width = 1 | 2 | 4;

const standardSize = 256;
const headerSize = 64;
const vendorSpecific = { standard: capabilityId.vendorSpecific, extended: 0x0b } as const;

/** How the bytes of one piece are handled. */
interface Treatment {
  readonly kind: 'table' | 'direct' | 'raw' | 'virtual';
  /** Capability id, or 0 for the header. */
  readonly id: number;
  /** Offset in the capability. */
  readonly offset: number;
  readonly permissions: Permissions | null;
}

/** `vfio_pci_config_rw` for reads: fills `into`, in pieces of at most a dword. */
export function readConfig(vdev: VfioPciDevice, position: number, into: Uint8Array, span?: UserSpan): number {
  const { story } = vdev.kernel;
  const config = vdev.config!;
  for (let done = 0; done < into.length;) {
    const at = position + done;
    if (at + into.length - done > config.size) return refuseRange(vdev, at, into.length - done);
    const width = pieceWidth(config, at, into.length - done);
    const value = readPiece(vdev, config, at, width);
    if (!copyPiece(span, done, width)) return refuseCopy(vdev, 'vfio_config_do_rw/5');
    for (let byte = 0; byte < width; byte++) into[done + byte] = value >>> (8 * byte);
    done += width;
  }
  story.note(() => `${into.length} bytes from ${position}`);
  return into.length;
}

/** `vfio_pci_config_rw` for writes. Pieces before an error stay written. */
export function writeConfig(vdev: VfioPciDevice, position: number, bytes: Uint8Array, span?: UserSpan): number {
  for (let done = 0; done < bytes.length;) {
    const config = vdev.config!;
    const at = position + done;
    if (at + bytes.length - done > config.size) return refuseRange(vdev, at, bytes.length - done);
    const width = pieceWidth(config, at, bytes.length - done);
    let value = 0;
    for (let byte = width - 1; byte >= 0; byte--) value = value * 256 + bytes[done + byte]!;
    if (!copyPiece(span, done, width) && !dropsWrites(config, at)) return refuseCopy(vdev, 'vfio_config_do_rw/2');
    writePiece(vdev, config, at, width, value);
    done += width;
  }
  return bytes.length;
}

function refuseRange(vdev: VfioPciDevice, at: number, length: number): number {
  const why = (): string => `${length} bytes at 0x${at.toString(16)} do not lie in configuration space`;
  vdev.kernel.story.refuse('vfio_config_do_rw/1', EFAULT, why);
  return vdev.kernel.story.refuse('vfio_pci_config_rw/1', EFAULT, () => 'the rest of the access fails as a whole');
}

function refuseCopy(vdev: VfioPciDevice, site: string): number {
  vdev.kernel.story.refuse(site, EFAULT, () => "the caller's memory cannot be accessed");
  return vdev.kernel.story.refuse('vfio_pci_config_rw/1', EFAULT, () => 'the rest of the access fails as a whole');
}

/** Whether writes to a byte are dropped before anybody looks at the value: capabilities that are read only. */
function dropsWrites(config: VirtualConfig, at: number): boolean {
  const { kind, id } = treatmentOf(config, at);
  return kind === 'direct' && id !== (at >= standardSize ? vendorSpecific.extended : vendorSpecific.standard);
}

/** The largest of 4, 2 and 1 that is aligned and stays within one capability. */
function pieceWidth(config: VirtualConfig, at: number, count: number): Width {
  const id = config.map[at]!;
  let same = 1;
  while ((at + same) % 4 !== 0 && config.map[at + same] === id) same++;
  const length = Math.min(count, same);
  if (length >= 4 && at % 4 === 0) return 4;
  return length >= 2 && at % 2 === 0 ? 2 : 1;
}

function treatmentOf(config: VirtualConfig, at: number): Treatment {
  const id = config.map[at]!;
  if (id === PCI_CAP_ID_INVALID) return { kind: 'raw', id, offset: 0, permissions: null };
  if (id === PCI_CAP_ID_INVALID_VIRT) return { kind: 'virtual', id, offset: 0, permissions: null };
  const offset = at - config.capabilityStart(at);
  const extended = at >= standardSize;
  const permissions = (extended ? extendedCapabilityPermissions[id] : tableOf(config, id)) ?? null;
  return { kind: permissions === null ? 'direct' : 'table', id, offset, permissions };
}

function tableOf(config: VirtualConfig, id: number): Permissions | null | undefined {
  return id === capabilityId.msi ? config.msi : capabilityPermissions[id];
}

function readPiece(vdev: VfioPciDevice, config: VirtualConfig, at: number, width: Width): number {
  const treatment = treatmentOf(config, at);
  switch (treatment.kind) {
    case 'virtual':
      return config.shadow.get(at, width);
    case 'raw':
      return vdev.pdev.read(at, width);
    case 'direct':
      return readDirect(vdev, config, at, width, treatment.offset);
    case 'table':
      return readTable(vdev, config, at, width, treatment);
  }
}

/** From the hardware, except the links of the capability list, which may skip hidden ones. */
function readDirect(vdev: VfioPciDevice, config: VirtualConfig, at: number, width: Width, offset: number): number {
  const value = vdev.pdev.read(at, width);
  if (at >= standardSize) return offset < 4 ? config.shadow.get(at, width) : value;
  if (at < headerSize) return value;
  if (offset === 0 && width > 1) return ((value & ~0xffff) | config.shadow.get(at, 2)) >>> 0;
  if (offset === 1) return ((value & ~0xff) | config.shadow.get(at, 1)) >>> 0;
  return value;
}

/** `vfio_default_config_read`: virtual bits from the shadow, all others from the hardware. */
function readTable(vdev: VfioPciDevice, config: VirtualConfig, at: number, width: Width, treatment: Treatment): number {
  const { pdev } = vdev;
  const basic = at < headerSize;
  if (basic && isBar(at)) setBarFlags(vdev, config.shadow);
  const virt = treatment.permissions!.virtBits(treatment.offset, width);
  let value = config.shadow.get(at, width);
  if (virt !== 2 ** (8 * width) - 1) value = ((pdev.read(at, width) & ~virt) | (value & virt)) >>> 0;
  if (basic && at === registers.command && pdev.isVirtfn) {
    value = (value | (config.shadow.get(registers.command, 2) & command.memory)) >>> 0;
  }
  return value;
}

/** Whether an offset of the header lies in a BAR or in the ROM register (`is_bar`). */
export function isBar(offset: number): boolean {
  return (
    (offset >= registers.bar0 && offset < registers.bar5 + 4) || (offset >= registers.rom && offset < registers.rom + 4)
  );
}

function writePiece(vdev: VfioPciDevice, config: VirtualConfig, at: number, width: Width, value: number): void {
  const treatment = treatmentOf(config, at);
  switch (treatment.kind) {
    case 'virtual':
      config.shadow.set(at, width, value);
      break;
    case 'raw':
      vdev.pdev.write(at, width, value);
      break;
    case 'direct':
      if (!dropsWrites(config, at)) {
        vdev.pdev.write(at, width, value);
      } else {
        vdev.kernel.story.note(() => `capability 0x${treatment.id.toString(16)} is read only: the write is dropped`);
      }
      break;
    case 'table':
      writeTable(vdev, config, at, width, value, treatment);
      break;
  }
}

/** `vfio_default_config_write`, between what some registers do before and after. */
function writeTable(
  vdev: VfioPciDevice,
  config: VirtualConfig,
  at: number,
  width: Width,
  value: number,
  treatment: Treatment,
): void {
  const { pdev } = vdev;
  const piece = { at, width, value, id: treatment.id, offset: treatment.offset, extended: at >= standardSize };
  const remembered = beforeWrite(vdev, config, piece);
  const permissions = treatment.permissions!;
  const write = permissions.writeBits(treatment.offset, width);
  const virt = permissions.virtBits(treatment.offset, width);
  const toShadow = (write & virt) >>> 0;
  const toHardware = (write & ~virt) >>> 0;
  if (toShadow !== 0)
    config.shadow.set(at, width, ((config.shadow.get(at, width) & ~toShadow) | (value & toShadow)) >>> 0);
  if (toHardware !== 0) pdev.write(at, width, ((pdev.read(at, width) & ~toHardware) | (value & toHardware)) >>> 0);
  if (write === 0) vdev.kernel.story.note(() => `0x${at.toString(16)} is read only: the write is dropped`);
  afterWrite(vdev, config, piece, remembered);
}
