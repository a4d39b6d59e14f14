import type { JournaledBlock } from '../../../history';
import { registers } from '../../pci/registers';
import type { VfioPciDevice } from './device';

const low32 = 0xffffffffn;

/** `vfio_bar_fixup`: makes the shadow BARs answer as hardware does, which is how their sizes are found out. */
export function setBarFlags(vdev: VfioPciDevice, shadow: JournaledBlock): void {
  const { pdev } = vdev;
  for (let index = 0; index < 6; index++) {
    const at = registers.bar0 + 4 * index;
    const bar = pdev.bar(index);
    if (bar === undefined || bar.start === 0n) {
      shadow.set(at, 4, 0);
      continue;
    }
    const mask = BigInt.asUintN(64, ~(bar.size - 1n));
    const flags = bar.lowBits;
    shadow.set(at, 4, ((shadow.get(at, 4) & Number(mask & low32)) | flags) >>> 0);
    if (bar.kind !== 'memory' || !bar.is64) continue;
    shadow.set(at + 4, 4, (shadow.get(at + 4, 4) & Number(mask >> 32n)) >>> 0);
    index++;
  }
  const rom = pdev.bar(6);
  if (rom === undefined || rom.start === 0n) {
    shadow.set(registers.rom, 4, 0);
  } else {
    const mask = Number(BigInt.asUintN(32, ~(rom.size - 1n))) | 1;
    shadow.set(registers.rom, 4, (shadow.get(registers.rom, 4) & mask) >>> 0);
  }
}
