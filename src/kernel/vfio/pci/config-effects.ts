import { capabilityId, command, pcie, registers } from '../../pci/registers';
import { tryResetFunction } from '../../pci/reset';
import { VFIO_PCI_MSI_IRQ_INDEX } from '../../uapi';
import { vfio_pci_intx_mask, vfio_pci_intx_unmask } from './intx';
import type { VfioPciDevice } from './device';
import { vfio_pci_set_power_state } from './power';
import type { VirtualConfig } from './virtual-config';

/** One piece of a write to configuration space. */
export interface Piece {
  readonly at: number;
  readonly width: 1 | 2 | 4;
  readonly value: number;
  /** Capability, 0 for the header. */
  readonly id: number;
  /** Offset in it. */
  readonly offset: number;
  readonly extended: boolean;
}

const functionReset = 0x8000;
const readRequest = 0x7000;
const payload = 0x00e0;
const flrCapable = 0x10000000;
const decoding = command.io | command.memory;

/** What some registers do before the bits are stored. @returns what {@link afterWrite} needs of the time before */
export function beforeWrite(vdev: VfioPciDevice, config: VirtualConfig, piece: Piece): number {
  if (piece.extended) return 0;
  if (piece.id === capabilityId.basic && piece.offset === registers.command) recoverBars(vdev, config, piece.value);
  if (piece.id === capabilityId.pciExpress) return config.shadow.get(piece.at - piece.offset + pcie.deviceControl, 2);
  return 0;
}

/**
 * What some registers do once the bits are stored. VPD transfers are missing: no simulated device has VPD data, and
 * the kernel answers that by leaving the user's request bit alone.
 */
export function afterWrite(vdev: VfioPciDevice, config: VirtualConfig, piece: Piece, before: number): void {
  if (piece.extended) return;
  switch (piece.id) {
    case capabilityId.basic:
      if (piece.offset === registers.command) rememberDecoding(config, piece.value);
      if (piece.offset === registers.command || piece.offset === registers.command + 1) followIntxDisable(vdev, config);
      break;
    case capabilityId.powerManagement:
      if (piece.offset === 4) vfio_pci_set_power_state(vdev, piece.value & 3);
      break;
    case capabilityId.msi:
      msiWritten(vdev, config, piece);
      break;
    case capabilityId.pciExpress:
      expressWritten(vdev, config, piece, before);
      break;
    case capabilityId.advancedFeatures:
      advancedFeaturesWritten(vdev, config, piece);
      break;
  }
}

/**
 * A user who switches decoding on that the shadow says is on, but the hardware says is off, drives a device that was
 * reset behind our back: the real BARs are put back first.
 */
function recoverBars(vdev: VfioPciDevice, config: VirtualConfig, value: number): void {
  const { pdev } = vdev;
  const hardware = pdev.read(registers.command, 2);
  const shadow = config.shadow.get(registers.command, 2);
  const lost = value & shadow & ~hardware & decoding;
  if (lost === 0 && !barsChanged(vdev)) return;
  if (pdev.isVirtfn) return;
  pdev.info('vfio_bar_restore: reset recovery - restoring BARs');
  for (let bar = 0; bar < 6; bar++) pdev.write(registers.bar0 + 4 * bar, 4, vdev.rbar[bar]!);
  pdev.write(registers.rom, 4, vdev.rbar[6]!);
  if (vdev.nointx) pdev.updateCommand(command.intxDisable, 0);
}

/** `vfio_need_bar_restore`. */
function barsChanged(vdev: VfioPciDevice): boolean {
  for (let bar = 0; bar < 6; bar++) {
    const saved = vdev.rbar[bar]!;
    if (saved !== 0 && vdev.pdev.read(registers.bar0 + 4 * bar, 4) !== saved) return true;
  }
  return false;
}

/** The shadow remembers what decoding the user wants, also where the hardware forgets it. */
function rememberDecoding({ shadow }: VirtualConfig, value: number): void {
  shadow.set(registers.command, 2, (shadow.get(registers.command, 2) & ~decoding) | (value & decoding));
}

/** A change of INTx disable in the shadow masks or unmasks. */
function followIntxDisable(vdev: VfioPciDevice, { shadow }: VirtualConfig): void {
  const disabled = (shadow.get(registers.command, 2) & command.intxDisable) !== 0;
  if (disabled === vdev.virqDisabled) return;
  vdev.virqDisabled = disabled;
  if (disabled) vfio_pci_intx_mask(vdev);
  else vfio_pci_intx_unmask(vdev);
}

/** `vfio_msi_config_write`: enable and queue size cannot go beyond what SET_IRQS allows. */
function msiWritten(vdev: VfioPciDevice, config: VirtualConfig, piece: Piece): void {
  if (!(piece.offset <= 2 && piece.offset + piece.width >= 2)) return;
  const at = piece.at - piece.offset + 2;
  let flags = config.shadow.get(at, 2);
  if (vdev.irqType !== VFIO_PCI_MSI_IRQ_INDEX) flags &= ~0x1;
  if ((flags & 0x70) >>> 4 > vdev.msiQmax) flags = (flags & ~0x70) | (vdev.msiQmax << 4);
  config.shadow.set(at, 2, flags);
  vdev.pdev.write(at, 2, flags);
}

/** `vfio_exp_config_write`: function level reset on request, and a read request size that suits the bus. */
function expressWritten(vdev: VfioPciDevice, config: VirtualConfig, piece: Piece, before: number): void {
  const { pdev } = vdev;
  const start = piece.at - piece.offset;
  const at = start + pcie.deviceControl;
  let word = config.shadow.get(at, 2);
  if ((word & functionReset) !== 0) {
    word &= ~functionReset;
    config.shadow.set(at, 2, word);
    if ((pdev.read(start + pcie.deviceCapabilities, 4) & flrCapable) !== 0) tryResetFunction(pdev);
  }
  if ((before & readRequest) === (word & readRequest)) return;
  const hardware = pdev.read(at, 2);
  const largestPayload = (hardware & payload) >>> 5;
  const wanted = Math.max((word & readRequest) >>> 12, largestPayload);
  // Sizes above 4096 bytes do not exist (pcie_set_readrq).
  if (wanted <= 5) pdev.write(at, 2, (hardware & ~readRequest) | (wanted << 12));
}

/** `vfio_af_config_write`. */
function advancedFeaturesWritten(vdev: VfioPciDevice, config: VirtualConfig, piece: Piece): void {
  const start = piece.at - piece.offset;
  const control = config.shadow.get(start + 4, 1);
  if ((control & 1) === 0) return;
  config.shadow.set(start + 4, 1, control & ~1);
  if ((vdev.pdev.read(start + 3, 1) & 3) === 3) tryResetFunction(vdev.pdev);
}
