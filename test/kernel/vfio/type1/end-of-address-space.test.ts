import { describe, expect, it } from 'vitest';
import { VFIO_GROUP_UNSET_CONTAINER, VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU } from '../../../../src/kernel';
import { bind, boot, containerWith, map, unmap } from '../../world';

const size = 0x2000n;
const iova = 2n ** 64n - size;

describe('a mapping that ends where the address space does', () => {
  it.each([VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU])('is never found nor unpinned again, with model %i', (model) => {
    const world = boot('q35-amd');
    bind(world, '0000:02:00.0');
    const user = world.kernel.spawn({ name: 'user' });
    const [container, group] = containerWith(world, user, model, [10]);
    const memory = BigInt(world.calls.mmap(user, { length: size, prot: 'rw' }).ret);
    const lockedKb = (): number | undefined => world.calls.status(user).vmlck;
    expect(map(world, user, container!, { vaddr: memory, iova, size })).toBe(0);
    expect(lockedKb()).toBe(8);
    expect(unmap(world, user, container!, iova, size)).toBe(0n);
    expect(lockedKb()).toBe(8);
    expect(map(world, user, container!, { vaddr: memory, iova, size })).toBe(0);
    expect(lockedKb()).toBe(16);
    world.calls.ioctl(user, group!, VFIO_GROUP_UNSET_CONTAINER);
    expect(lockedKb()).toBe(16);
  });

  it('is beyond the aperture of VT-d', () => {
    const world = boot('q35-intel');
    bind(world, '0000:02:00.0');
    const user = world.kernel.spawn({ name: 'user' });
    const [container] = containerWith(world, user, VFIO_TYPE1v2_IOMMU, [10]);
    const memory = BigInt(world.calls.mmap(user, { length: size, prot: 'rw' }).ret);
    expect(map(world, user, container!, { vaddr: memory, iova, size })).toBe(-22);
  });
});
