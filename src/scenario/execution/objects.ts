import { ContainerFile, Type1Iommu, type IommuGroup, type Kernel, type VfioDma } from '../../kernel';
import { Bdf, FileValue, kindOf, ObjectValue, type Value } from '../value';
import type { Execution } from './execution';
import { toInteger, ValueError } from './operators';

const pageBits = 12n;

/** `IOMMU_READ | IOMMU_WRITE` as letters. */
const rights = ['', 'r', 'w', 'rw'];

/** The simulated kernel's objects as values: copies of what they are like now. Looking changes nothing. */
export const ObjectViews = {
  /** `mapping container[iova]`: the mapping that covers the IOVA, or null. */
  mapping(x: Execution, container: Value, iova: Value): Value {
    const { dmas } = iommuOf(x, container);
    const dma = dmas.at(Number(BigInt.asUintN(64, toInteger(iova, 'an IOVA')) >> pageBits));
    return dma === null ? null : mappingView(dma);
  },

  /** Every mapping of a container, by rising IOVA. */
  mappings(x: Execution, container: Value): Value {
    return [...iommuOf(x, container).dmas].map(mappingView);
  },

  /** `group(9)`, `group(01:00.0)` */
  group(x: Execution, subject: Value): Value {
    const group = groupOf(x.kernel, subject);
    const vfio = x.kernel.vfio.groups.get(group);
    return new ObjectValue(
      `iommu group ${group.id}`,
      new Map<string, Value>([
        ['id', BigInt(group.id)],
        ['viable', vfio?.viable ?? false],
        ['opened', vfio?.opened ?? false],
        ['container_set', (vfio?.container ?? null) !== null],
        ['devices', [...group.devices].map((device) => (device.isPci ? Bdf.parse(device.name) : device.name))],
        ['reason', group.reason],
      ]),
    );
  },

  groupNumber(x: Execution, device: Value): Value {
    return BigInt(groupOf(x.kernel, device).id);
  },

  /** Path of the group's file: `/dev/vfio/9`. */
  groupPath(x: Execution, device: Value): Value {
    const group = groupOf(x.kernel, device);
    return x.kernel.vfio.groups.get(group)?.path ?? `/dev/vfio/${group.id}`;
  },

  /** `device(01:00.0)`; null when there is none. */
  device(x: Execution, bdf: Value): Value {
    const name = addressOf(bdf);
    const device = x.kernel.pci.device(name)?.device;
    if (device === undefined) return null;
    return new ObjectValue(
      `device ${name}`,
      new Map<string, Value>([
        ['bdf', Bdf.parse(name)],
        ['driver', device.driver?.name ?? null],
        ['driver_override', device.driverOverride],
        ['group', device.iommuGroup === null ? null : BigInt(device.iommuGroup.id)],
      ]),
    );
  },
};

/** `0000:01:00.0`, of an address or a string. */
export function addressOf(value: Value): string {
  if (value instanceof Bdf) return value.text;
  if (typeof value === 'string') return Bdf.parse(value).text;
  throw new ValueError(`a PCI address such as 01:00.0 is expected, not ${kindOf(value)}`);
}

function groupOf(kernel: Kernel, subject: Value): IommuGroup {
  if (typeof subject === 'bigint') {
    const group = kernel.iommu.groups.get(Number(subject));
    if (group === undefined) throw new ValueError(`there is no IOMMU group ${subject}`);
    return group;
  }
  const mediated = typeof subject === 'string' ? kernel.mdev.device(subject.toLowerCase())?.device : undefined;
  const name = mediated?.name ?? addressOf(subject);
  const device = mediated ?? kernel.pci.device(name)?.device;
  if (device === undefined)
    throw new ValueError(`there is no device ${name}`, "a VF is there once its PF's sriov_numvfs is set");
  if (device.iommuGroup === null) {
    throw new ValueError(
      `the device ${name} is in no IOMMU group`,
      'the machine has no IOMMU, or it does not cover the device',
    );
  }
  return device.iommuGroup;
}

function iommuOf(x: Execution, container: Value): Type1Iommu {
  if (!(container instanceof FileValue)) throw new ValueError(`a container is expected, not ${kindOf(container)}`);
  const file = x.kernel.processes.get(container.process)?.file(container.fd);
  if (!(file instanceof ContainerFile)) throw new ValueError('this file is no open container');
  const { data } = file.container;
  if (!(data instanceof Type1Iommu))
    throw new ValueError('the container has no IOMMU model yet', 'VFIO_SET_IOMMU gives it one');
  return data;
}

function mappingView(dma: VfioDma): Value {
  const size = BigInt(dma.pages) << pageBits;
  const iova = BigInt(dma.iovaPage) << pageBits;
  return new ObjectValue(
    `mapping at 0x${iova.toString(16)}`,
    new Map<string, Value>([
      ['iova', iova],
      ['size', size],
      ['vaddr', BigInt(dma.vaddrPage) << pageBits],
      ['prot', rights[dma.prot & 3] ?? ''],
      ['process', dma.task.name],
    ]),
  );
}
