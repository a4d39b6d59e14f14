import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  UserBuffer,
  VFIO_CHECK_EXTENSION,
  VFIO_GET_API_VERSION,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
  type CallResult,
  type Process,
} from '../../src/kernel';
import { difference, snapshot } from './snapshot';
import { bind, boot, type World } from './world';

const devices = ['0000:00:04.0', '0000:00:06.0', '0000:00:06.1', '0000:02:00.0'] as const;
const paths = ['/dev/vfio/vfio', '/dev/vfio/1', '/dev/vfio/3', '/dev/vfio/10', '/dev/hpet', '/dev/none'] as const;

type Act = (world: World, process: Process, memory: bigint) => CallResult;

const fd = fc.integer({ min: 2, max: 12 });
const page = fc.integer({ min: 0, max: 24 }).map((number) => BigInt(number) * 4096n);
const address = fc.oneof(
  { weight: 6, arbitrary: page },
  fc.constantFrom(0xfee00000n, 0xfffffffff000n, 0x1ffffffffff000n, 0xfffffffffffff000n, 7n),
);
const size = fc.oneof({ weight: 6, arbitrary: page }, fc.constantFrom(2n ** 63n, 2n ** 64n - 4096n, 2048n));

function words(...values: (number | bigint)[]): UserBuffer {
  const buffer = new UserBuffer(new Uint8Array(16 + values.length * 8));
  let at = 0;
  for (const value of values) {
    if (typeof value === 'bigint') buffer.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else buffer.view.setUint32(at, value, true);
    at += typeof value === 'bigint' ? 8 : 4;
  }
  return buffer;
}

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom(...paths).map(
    (path): Act =>
      ({ calls }, process) =>
        calls.open(process, path, 2),
  ),
  fd.map(
    (number): Act =>
      ({ calls }, process) =>
        calls.close(process, number),
  ),
  fd.map(
    (number): Act =>
      ({ calls }, process) =>
        calls.dup(process, number),
  ),
  fc.tuple(fd, fd).map(
    ([group, container]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, group, VFIO_GROUP_SET_CONTAINER, words(container)),
  ),
  fc.tuple(fd, fc.constantFrom(1, 3, 6, 8, 99)).map(
    ([number, type]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, number, VFIO_SET_IOMMU, type),
  ),
  fc.tuple(fd, fc.constantFrom(VFIO_GET_API_VERSION, VFIO_CHECK_EXTENSION, VFIO_GROUP_UNSET_CONTAINER, 1, 0x3b6e)).map(
    ([number, request]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, number, request, 3),
  ),
  fc.tuple(fd, fc.constantFrom(VFIO_GROUP_GET_STATUS, VFIO_IOMMU_GET_INFO), fc.integer({ min: 0, max: 200 })).map(
    ([number, request, argsz]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, number, request, words(argsz)),
  ),
  fc.tuple(fd, fc.constantFrom(...devices, 'x')).map(
    ([number, name]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, number, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(name)),
  ),
  fc.tuple(fd, fc.integer({ min: 0, max: 4 }), address, address, size).map(
    ([number, flags, vaddr, iova, bytes]): Act =>
      ({ calls }, process, memory) =>
        calls.ioctl(process, number, VFIO_IOMMU_MAP_DMA, words(32, flags, memory + vaddr, iova, bytes)),
  ),
  fc.tuple(fd, address, size).map(
    ([number, iova, bytes]): Act =>
      ({ calls }, process) =>
        calls.ioctl(process, number, VFIO_IOMMU_UNMAP_DMA, words(24, 0, iova, bytes)),
  ),
  fc.tuple(page, size).map(
    ([offset, length]): Act =>
      ({ calls }, process, memory) =>
        calls.munmap(process, memory + offset, length),
  ),
  fc.tuple(page, size, fc.constantFrom('', 'r', 'rw')).map(
    ([offset, length, prot]): Act =>
      ({ calls }, process, memory) =>
        calls.mprotect(process, memory + offset, length, prot),
  ),
  fc.tuple(size, fc.boolean()).map(
    ([length, hugetlb]): Act =>
      ({ calls }, process) =>
        calls.mmap(process, { length, prot: 'rw', hugetlb }),
  ),
  fc.tuple(fd, page).map(
    ([number, offset]): Act =>
      ({ calls }, process) =>
        calls.mmap(process, { length: 4096, prot: 'r', fd: number, offset }),
  ),
  page.map(
    (offset): Act =>
      ({ calls }, process, memory) =>
        calls.peek(process, memory + offset + 4090n, 12),
  ),
  page.map(
    (offset): Act =>
      ({ calls }, process, memory) =>
        calls.poke(process, memory + offset + 4090n, new Uint8Array(12).fill(7)),
  ),
  fc.constantFrom(0, 40960, 2 ** 30).map(
    (bytes): Act =>
      ({ calls }, process) =>
        calls.memlock(process, bytes),
  ),
  fc.constantFrom('ipc_lock', 'sys_rawio').map(
    (name): Act =>
      ({ calls }, process) =>
        calls.capdrop(process, name),
  ),
  fc.constantFrom(...devices).map(
    (bdf): Act =>
      ({ calls }, process) =>
        calls.echo(process, '/sys/bus/pci/drivers/vfio-pci/unbind', bdf),
  ),
  fc.constantFrom(...devices).map(
    (bdf): Act =>
      ({ calls }, process) =>
        calls.echo(process, '/sys/bus/pci/drivers_probe', bdf),
  ),
  fc.constantFrom(10, 3000, 20000).map(
    (ms): Act =>
      ({ calls }, process) =>
        calls.sleep(process, ms),
  ),
  fc.constant<Act>(({ calls }, process) => calls.status(process)),
  fc.constant<Act>(({ calls }, process) => calls.eventfd(process)),
  fc.constant<Act>(({ calls }, process) => calls.kill(process)),
);

const step = fc.tuple(fc.constantFrom(0, 0, 0, 1, 2), act);

describe('any sequence of calls', () => {
  it('answers every call, and undone it leaves exactly the state from before; redone, the one from after', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const world = boot();
        for (const bdf of devices) bind(world, bdf);
        const users = ['a', 'b', 'c'].map((name) => {
          const process = world.kernel.spawn({ name });
          return { process, memory: BigInt(world.calls.mmap(process, { length: 65536, prot: 'rw' }).ret) };
        });
        const start = world.journal.position;
        const before = snapshot(world.kernel);
        for (const [who, run] of steps) {
          const { process, memory } = users[who]!;
          const { ret } = run(world, process, memory);
          expect(typeof ret === 'bigint' || Number.isInteger(ret)).toBe(true);
        }
        const end = world.journal.position;
        const after = snapshot(world.kernel);
        world.journal.goto(start);
        expect(difference(snapshot(world.kernel), before)).toBe(null);
        world.journal.goto(end);
        expect(difference(snapshot(world.kernel), after)).toBe(null);
      }),
      { numRuns: 40, interruptAfterTimeLimit: 15_000 },
    );
  });
});
