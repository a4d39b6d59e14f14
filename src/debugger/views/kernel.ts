import { Type1Iommu, type Device, type IommuGroup, type Kernel, type VfioContainer, type VfioDma } from '../../kernel';
import { describeDevice } from './groups';
import { Holders } from './holders';
import { memoryReference } from '../memory';
import { pageWalk } from './page-walk';
import { field, fields, hex, leaf, list, sizeText, type Children, type Item } from './item';

/** What the kernel knows: groups, containers with their mappings, devices, the log. */
export function kernelChildren(kernel: Kernel): Children {
  return fields(() => {
    const { groups } = kernel.iommu;
    const { containers } = kernel.vfio;
    const { lines } = kernel.log;
    const holders = new Holders(kernel);
    return [
      leaf('time', `${kernel.clock.now} ms`),
      {
        name: 'groups',
        value: String(groups.size),
        children: fields(() => [...groups.values()].map((group) => groupRow(kernel, group))),
      },
      {
        name: 'containers',
        value: String(containers.length),
        children: fields(() =>
          [...containers].map((container) => containerRow(container, holders.containerName(container))),
        ),
      },
      {
        name: 'log',
        value: `${lines.length} lines`,
        children: list(
          lines.length,
          () => lines,
          ({ text }, i) => leaf(`[${i}]`, text),
        ),
      },
    ];
  });
}

function groupRow(kernel: Kernel, group: IommuGroup): Item {
  const vfio = kernel.vfio.groups.get(group);
  const state = vfio === undefined ? 'not with vfio' : vfio.viable ? 'viable' : 'not viable';
  return {
    name: String(group.id),
    value: `${[...group.devices].map(({ name }) => name).join(', ')} (${state})`,
    type: 'iommu_group',
    children: fields(() => [
      ...(vfio === undefined
        ? []
        : [
            field(`group ${group.id}`, vfio, 'opened'),
            field(`group ${group.id}`, vfio, 'containerUsers'),
            field(`group ${group.id}`, vfio, 'container', (container) =>
              container === null ? 'none' : `#${container.id}`,
            ),
          ]),
      leaf('reason', group.reason),
      ...[...group.devices].map(deviceRow),
    ]),
  };
}

function deviceRow(device: Device): Item {
  const driver = (): string => (device.driver === null ? 'no driver' : `driver ${device.driver.name}`);
  return {
    ...leaf(device.name, `${describeDevice(device)}, ${driver()}`, 'pci_dev'),
    place: { label: `${device.name}: driver`, owner: device, key: 'driver', read: driver },
  };
}

function containerRow(container: VfioContainer, name: string): Item {
  const { data } = container;
  return {
    name: `#${container.id}`,
    value: `${name}, ${container.driver?.name ?? 'no IOMMU driver'}`,
    type: 'vfio_container',
    children: fields(() => [
      leaf('groups', [...container.groups].map(({ iommuGroup }) => iommuGroup.id).join(', ') || 'none'),
      ...(data instanceof Type1Iommu ? type1Rows(container, data) : []),
    ]),
  };
}

function type1Rows(container: VfioContainer, data: Type1Iommu): Item[] {
  return [
    leaf('model', data.model),
    field(`container #${container.id}`, data, 'dmaAvail'),
    leaf('page sizes', hex(data.pageSizes)),
    leaf('domains', data.domains.length),
    {
      name: 'mappings',
      value: String(data.dmas.size),
      children: list(
        data.dmas.size,
        () => data.dmas,
        (dma) => mappingRow(dma, container),
      ),
    },
  ];
}

function mappingRow(dma: VfioDma, container: VfioContainer): Item {
  const rights = `${(dma.prot & 1) === 0 ? '-' : 'r'}${(dma.prot & 2) === 0 ? '-' : 'w'}`;
  const vaddr = hex(BigInt(dma.vaddrPage) << 12n);
  const iova = BigInt(dma.iovaPage) << 12n;
  const [device] = [...container.groups].flatMap(({ iommuGroup }) =>
    [...iommuGroup.devices].filter(({ isPci }) => isPci),
  );
  const size = (): string => sizeText(BigInt(dma.pages) << 12n);
  return {
    ...leaf(hex(iova), `${size()} ${rights} at ${vaddr} of ${dma.task.name}`, 'vfio_dma'),
    place: { label: `mapping at ${hex(iova)}: size`, owner: dma, key: 'pages', read: size },
    ...(device === undefined
      ? {}
      : {
          memory: memoryReference({ space: 'dma', name: device.name }, iova),
          children: fields(() => pageWalk(device.pci.fn, iova)),
        }),
  };
}
