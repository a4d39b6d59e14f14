import type { IommuFault } from '../../hardware';
import type { Kernel } from '../kernel';

/** VT-d fault reasons in the words of `drivers/iommu/dmar.c`. */
const reasons: Readonly<Record<number, string>> = {
  1: 'Present bit in root entry is clear',
  2: 'Present bit in context entry is clear',
  3: 'Invalid context entry',
  4: 'Access beyond MGAW',
  5: 'PTE Write access is not set',
  6: 'PTE Read access is not set',
};

/** `dmar_fault` or `amd_iommu_report_page_fault`: tells of a DMA that the IOMMU stopped. */
export function logIommuFault(kernel: Kernel, fault: IommuFault): void {
  if (kernel.machine.iommu?.kind === 'amd') logAmd(kernel, fault);
  else logIntel(kernel, fault);
}

function logIntel({ log }: Kernel, { function: fn, iova, write, reason }: IommuFault): void {
  // Both lines of a fault count against the same limit.
  if (log.permits('dmar_fault')) log.error('DMAR: DRHD: handling fault status reg 2');
  if (!log.permits('dmar_fault')) return;
  const device = fn.bdf.slice(5);
  const number = reason.toString(16).padStart(2, '0');
  const words = reasons[reason] ?? 'Unknown';
  log.error(
    `DMAR: [DMA ${write ? 'Write' : 'Read'}] Request device [${device}] PASID ffffffff ` +
      `fault addr ${(iova & ~0xfffn).toString(16)} [fault reason ${number}] ${words}`,
  );
}

/** Bit 5 of the flags of an AMD-Vi event: the access was a write. */
const amdWrite = 0x20;

function logAmd(kernel: Kernel, { function: fn, iova, write }: IommuFault): void {
  const dev = kernel.pci.device(fn.bdf);
  const domain = dev?.device.iommuGroup?.id ?? 0;
  const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;
  const text = `Event logged [IO_PAGE_FAULT domain=${hex(domain)} address=0x${iova.toString(16)} flags=${hex(write ? amdWrite : 0)}]`;
  dev?.limited(`amd_iommu_report_page_fault/${fn.bdf}`, 3, text);
}
