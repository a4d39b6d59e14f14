import type { Msi } from './capabilities/msi';
import type { Msix } from './capabilities/msix';
import type { PciFunction } from './pci-function';

/** Message interrupts of a function: masked ones stay pending until their mask is lifted. */

/** Sends the message of a vector, or leaves it pending while it is masked; nothing while messages are off. */
export function sendMessage(fn: PciFunction, vector: number): void {
  const { msi, msix } = fn;
  if (msix?.enabled === true) {
    if (vector >= msix.vectors) return;
    msix.setPending(vector, true);
    flushMsixVector(fn, msix, vector);
  } else if (msi?.enabled === true) {
    // A device that was given fewer vectors than it has folds them together.
    const given = vector % msi.enabledVectors;
    if (msi.masked(given)) msi.setPending(given, true);
    else fn.machine.interrupts?.message(fn, 'msi', given);
  }
}

/** A mask or enable bit of MSI may have changed: sends what waited for it. */
export function flushMsi(fn: PciFunction, msi: Msi): void {
  if (!msi.maskable || !msi.enabled) return;
  for (let vector = 0; vector < msi.enabledVectors; vector++) {
    if (!msi.pending(vector) || msi.masked(vector)) continue;
    msi.setPending(vector, false);
    fn.machine.interrupts?.message(fn, 'msi', vector);
  }
}

/** The MSI-X control word may have changed: sends what waited for it. */
export function flushMsix(fn: PciFunction, msix: Msix): void {
  if (!msix.enabled || msix.maskedAll) return;
  for (let vector = 0; vector < msix.vectors; vector++) flushMsixVector(fn, msix, vector);
}

/** An entry of the MSI-X table changed: sends its message when one waited. */
export function flushMsixVector(fn: PciFunction, msix: Msix, vector: number): void {
  if (!msix.enabled || msix.maskedAll || msix.masked(vector) || !msix.pending(vector)) return;
  msix.setPending(vector, false);
  fn.machine.interrupts?.message(fn, 'msix', vector);
}
