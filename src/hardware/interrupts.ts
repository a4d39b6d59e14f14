import type { IommuFault } from './iommu';
import type { PciFunction } from './pci-function';

/** Who receives a machine's interrupts: the kernel, once booted. */
export interface InterruptSink {
  /** The function's INTx line, after the command register's INTx disable, went up or down. */
  intx(fn: PciFunction, asserted: boolean): void;
  /** The function sent the message of an MSI or MSI-X vector (enabled and not masked). */
  message(fn: PciFunction, kind: 'msi' | 'msix', vector: number): void;
  /** The IOMMU stopped a DMA and raised its fault interrupt. */
  iommuFault(fault: IommuFault): void;
}
