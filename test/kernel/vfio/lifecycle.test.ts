import { describe, expect, it } from 'vitest';
import {
  O_RDWR,
  UserBuffer,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_UNSET_CONTAINER,
  VFIO_TYPE1_IOMMU,
  VFIO_TYPE1v2_IOMMU,
} from '../../../src/kernel';
import { EBUSY, EEXIST, EINVAL, ENOMEM, ENOSPC } from '../../../src/kernel/errno';
import { bind, boot, containerWith, map, unmap, type World } from '../world';

const edu = '0000:00:04.0';

function lastLine({ kernel }: World): string | undefined {
  return kernel.log.lines.at(-1)?.text;
}

describe('groups and containers', () => {
  it('a device file keeps the group in its container after the group file is closed', () => {
    const world = boot();
    bind(world, edu);
    const { calls, kernel } = world;
    const a = kernel.spawn({ name: 'a' });
    const [, group] = containerWith(world, a, VFIO_TYPE1v2_IOMMU, [1]);
    const device = Number(calls.ioctl(a, group!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(edu)).ret);
    expect(calls.ioctl(a, group!, VFIO_GROUP_UNSET_CONTAINER).ret).toBe(-EBUSY);
    calls.close(a, group!);
    expect(calls.open(a, '/dev/vfio/1', O_RDWR).ret).toBe(-EBUSY);
    calls.close(a, device);
    expect(Number(calls.open(a, '/dev/vfio/1', O_RDWR).ret)).toBeGreaterThan(0);
  });

  it('unbinding a device in use waits, cannot be killed, and ends when the user lets go', () => {
    const world = boot();
    bind(world, edu);
    const { calls, kernel } = world;
    const a = kernel.spawn({ name: 'a' });
    const root = kernel.spawn({ name: 'root', command: 'sh' });
    const [, group] = containerWith(world, a, VFIO_TYPE1v2_IOMMU, [1]);
    const device = Number(calls.ioctl(a, group!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(edu)).ret);
    expect(calls.echo(root, '/sys/bus/pci/drivers/vfio-pci/unbind', edu).blocked).toBe(true);
    expect(lastLine(world)).toBe(
      `vfio-pci ${edu}: No device request channel registered, blocked until released by user`,
    );
    expect(calls.echo(root, '/sys/bus/pci/drivers_probe', edu).busy).toBe(true);
    calls.kill(root);
    expect(lastLine(world)).toContain(
      `Device is currently in use, task "sh" (${root.pid}) blocked until device is released`,
    );
    expect(root.alive).toBe(true);
    calls.close(a, device);
    expect(kernel.finished.length).toBe(0);
    calls.close(a, group!);
    expect(kernel.finished.toArray().map(({ process, answer }) => [process.name, answer])).toEqual([['root', 0]]);
    expect(root.alive).toBe(false);
    expect(kernel.deviceNodeExists('/dev/vfio/1')).toBe(false);
  });
});

describe('type1', () => {
  it('v2 does not cut mappings; v1 removes what begins in the range and stops at what begins before it', () => {
    for (const model of [VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU]) {
      const world = boot();
      bind(world, edu);
      const a = world.kernel.spawn({ name: 'a' });
      const [container] = containerWith(world, a, model, [1]);
      const vaddr = BigInt(world.calls.mmap(a, { length: 0x10000, prot: 'rw' }).ret);
      expect(map(world, a, container!, { vaddr, iova: 0x10000n, size: 0x4000n })).toBe(0);
      expect(map(world, a, container!, { vaddr, iova: 0x13000n, size: 0x1000n })).toBe(-EEXIST);
      expect(unmap(world, a, container!, 0x11000n, 0x1000n)).toBe(model === VFIO_TYPE1_IOMMU ? 0n : BigInt(-EINVAL));
      expect(unmap(world, a, container!, 0x10000n, 0x1000n)).toBe(
        model === VFIO_TYPE1_IOMMU ? 0x4000n : BigInt(-EINVAL),
      );
    }
  });

  it('counts locked pages against the limit, unless the process may lock without limit', () => {
    const world = boot();
    bind(world, edu);
    const { calls, kernel } = world;
    const a = kernel.spawn({ name: 'a' });
    const [container] = containerWith(world, a, VFIO_TYPE1v2_IOMMU, [1]);
    const vaddr = BigInt(calls.mmap(a, { length: 0x20000, prot: 'rw' }).ret);
    expect(map(world, a, container!, { vaddr, iova: 0n, size: 0x20000n })).toBe(0);
    expect(calls.status(a).vmlck).toBe(128);
    expect(unmap(world, a, container!, 0n, 0x20000n)).toBe(0x20000n);
    calls.capdrop(a, 'ipc_lock');
    expect(map(world, a, container!, { vaddr, iova: 0n, size: 0x11000n })).toBe(-ENOMEM);
    expect(lastLine(world)).toBe('vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded');
    expect(calls.status(a).vmlck).toBe(0);
    expect(map(world, a, container!, { vaddr, iova: 0n, size: 0x10000n })).toBe(0);
  });

  it('takes the limit of mappings when the model is set', () => {
    const world = boot();
    bind(world, edu);
    const { calls, kernel } = world;
    const a = kernel.spawn({ name: 'a' });
    calls.echo(a, '/sys/module/vfio_iommu_type1/parameters/dma_entry_limit', '2');
    const [container] = containerWith(world, a, VFIO_TYPE1v2_IOMMU, [1]);
    calls.echo(a, '/sys/module/vfio_iommu_type1/parameters/dma_entry_limit', '65535');
    const vaddr = BigInt(calls.mmap(a, { length: 0x1000, prot: 'rw' }).ret);
    const answers = [0n, 0x1000n, 0x2000n].map((iova) => map(world, a, container!, { vaddr, iova, size: 0x1000n }));
    expect(answers).toEqual([0, 0, -ENOSPC]);
    unmap(world, a, container!, 0n, 0x1000n);
    expect(map(world, a, container!, { vaddr, iova: 0x2000n, size: 0x1000n })).toBe(0);
  });

  it('tells its story with the sites of the errno table', () => {
    const world = boot();
    bind(world, edu);
    const { kernel } = world;
    const a = kernel.spawn({ name: 'a' });
    const [container] = containerWith(world, a, VFIO_TYPE1v2_IOMMU, [1]);
    const told: string[] = [];
    kernel.story.listener = (event) => {
      if (event.kind === 'refuse') told.push(`${event.site}: ${event.text}`);
    };
    expect(map(world, a, container!, { vaddr: 0n, iova: 0n, size: 0x800n })).toBe(-EINVAL);
    expect(told[0]).toBe('vfio_dma_do_map/2: size 0x800 is not a multiple of 0x1000');
  });
});
