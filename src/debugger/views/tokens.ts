import { VfioPciDevice, type Device, type Kernel } from '../../kernel';
import type { Engine } from '../engine';
import { Holders } from './holders';
import type { PfItem, VfItem, VfTokensAnswer } from './trees';

/** PFs that vfio-pci has, with the token that they share with the users of their VFs. */
export function tokensOf(engine: Engine): VfTokensAnswer {
  const { kernel } = engine;
  if (kernel === null) return { pfs: [] };
  const holders = new Holders(kernel);
  const pfs: PfItem[] = [];
  for (const group of kernel.iommu.groups.values()) {
    for (const device of group.devices) {
      const item = pfItem(kernel, device, holders, engine.changed);
      if (item !== undefined) pfs.push(item);
    }
  }
  return { pfs: pfs.sort((a, b) => a.bdf.localeCompare(b.bdf)) };
}

function pfItem(kernel: Kernel, device: Device, holders: Holders, changed: ReadonlySet<object>): PfItem | undefined {
  const data = kernel.vfio.vfioDevice(device)?.data;
  if (!(data instanceof VfioPciDevice) || data.vfToken === null) return undefined;
  const { uuid, users } = data.vfToken;
  const vfs: VfItem[] = [...(device.pci.sriov?.functions.values() ?? [])].map((vf) => ({
    bdf: vf.name,
    openBy: holders.of(vf.device),
    ...(changed.has(vf.device) ? { changed: true } : {}),
  }));
  return {
    bdf: device.name,
    token: dashed(uuid),
    users,
    openBy: holders.of(device),
    vfs,
    ...(changed.has(data.vfToken) || changed.has(data) ? { changed: true } : {}),
  };
}

/** 32 hexadecimal digits as a UUID is written. */
function dashed(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
