import type { Iommu } from '../../hardware';
import type { KernelLog } from '../log';
import { EFAULT, EINVAL, ENODEV } from '../errno';
import type { DomainTraits } from './domain';

/** What differs between VT-d (`intel-iommu.c`) and AMD-Vi (`amd_iommu.c`), as domains show it. */
export interface IommuDriver {
  readonly name: 'intel' | 'amd';
  readonly traits: DomainTraits;
  /** What `iommu_domain_set_attr(DOMAIN_ATTR_NESTING)` answers: neither can nest here. */
  readonly nesting: number;
  /** Refuses pages that its tables cannot reach: 0 or a negative error, with the driver's message. */
  checkMap(log: KernelLog, iovaPage: number, pages: number): number;
}

/** Pages of a whole 64-bit address space. */
const allPages = 2 ** 52;
/** All sizes from 4 KiB on: the drivers split what the hardware cannot do in one entry. */
const everySize = 0xffff_ffff_ffff_f000n;
/** AMD-Vi: all but 512 GiB. */
const everySizeButOne = everySize & ~(1n << 39n);
/** Width of a VT-d domain before it meets a device (`DEFAULT_DOMAIN_ADDRESS_WIDTH`): its aperture never shrinks. */
const defaultWidth = 57;
const pageBits = 12;

export function iommuDriver(iommu: Iommu): IommuDriver {
  return iommu.kind === 'intel' ? intelDriver(iommu.width) : amdDriver;
}

function intelDriver(width: number): IommuDriver {
  const limitPage = 2 ** (width - pageBits);
  return {
    name: 'intel',
    nesting: -ENODEV,
    traits: { pageSizes: everySize, apertureEndPage: 2 ** (defaultWidth - pageBits) - 1, limitPage },
    checkMap(log, iovaPage, pages) {
      const end = iovaPage + pages;
      if (end <= limitPage) return 0;
      const address = (BigInt(end) << BigInt(pageBits)).toString(16);
      log.error(`DMAR: intel_iommu_map: iommu width (${width}) is not sufficient for the mapped address (${address})`);
      return -EFAULT;
    },
  };
}

const amdDriver: IommuDriver = {
  name: 'amd',
  nesting: -EINVAL,
  traits: { pageSizes: everySizeButOne, apertureEndPage: allPages - 1, limitPage: allPages },
  checkMap: () => 0,
};
