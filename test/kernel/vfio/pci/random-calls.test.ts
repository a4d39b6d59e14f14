import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  regionOffset,
  UserBuffer,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_IOEVENTFD,
  VFIO_DEVICE_PCI_HOT_RESET,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
  VFIO_GROUP_GET_DEVICE_FD,
  type CallResult,
  type Process,
} from '../../../../src/kernel';
import { snapshot } from '../../snapshot';
import { boot, containerWith, type World } from '../../world';

/** Devices with their groups on the Intel machine: PCI Express or not, with FLR or not, with MSI, MSI-X, ROM, ports. */
const devices = [
  ['0000:00:04.0', 1],
  ['0000:00:05.0', 2],
  ['0000:00:06.1', 3],
  ['0000:01:00.0', 9],
  ['0000:02:00.0', 10],
  ['0000:08:01.0', 14],
  ['0000:08:02.0', 14],
] as const;

interface Bench {
  readonly world: World;
  readonly user: Process;
  readonly device: number;
  readonly group: number;
}

function openDevice(bdf: string, group: number): Bench {
  const world = boot();
  const { calls, kernel } = world;
  const root = kernel.spawn({ name: 'root' });
  const user = kernel.spawn({ name: 'user' });
  for (const host of ['0000:01:00.0']) calls.echo(root, '/sys/bus/pci/drivers/nvme/unbind', host);
  calls.echo(root, `/sys/bus/pci/devices/${bdf}/driver_override`, 'vfio-pci');
  calls.echo(root, '/sys/bus/pci/drivers_probe', bdf);
  calls.echo(root, '/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
  const [, groupFile] = containerWith(world, user, 3, [group]);
  const device = Number(calls.ioctl(user, groupFile!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(bdf)).ret);
  for (let count = 0; count < 3; count++) calls.eventfd(user);
  return { world, user, device, group: groupFile! };
}

function words(...values: number[]): UserBuffer {
  const buffer = new UserBuffer(new Uint8Array(64));
  values.forEach((value, index) => buffer.view.setUint32(4 * index, value >>> 0, true));
  return buffer;
}

type Act = (bench: Bench) => CallResult;

const small = fc.integer({ min: 0, max: 6 });
const fd = fc.integer({ min: -2, max: 9 });
const region = fc.integer({ min: 0, max: 10 });
const offset = fc.oneof(fc.integer({ min: 0, max: 0x140 }), fc.integer({ min: 0, max: 0x21000 }), fc.constant(0xfff));
const data = fc.uint8Array({ minLength: 0, maxLength: 9 });

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(region, offset, fc.integer({ min: 0, max: 16 })).map(
    ([index, at, length]): Act =>
      ({ world, user, device }) =>
        world.calls.pread(user, device, regionOffset(index) + BigInt(at), length),
  ),
  {
    weight: 3,
    arbitrary: fc.tuple(region, offset, data).map(
      ([index, at, bytes]): Act =>
        ({ world, user, device }) =>
          world.calls.pwrite(user, device, regionOffset(index) + BigInt(at), bytes),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.integer({ min: 0, max: 0x3f }), small, small, small, fd, fd).map(
      ([flags, index, start, count, first, second]): Act =>
        ({ world, user, device }) =>
          world.calls.ioctl(user, device, VFIO_DEVICE_SET_IRQS, words(44, flags, index, start, count, first, second)),
    ),
  },
  fc
    .tuple(fc.constantFrom(VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO, VFIO_DEVICE_GET_IRQ_INFO), small, small)
    .map(
      ([request, argsz, index]): Act =>
        ({ world, user, device }) =>
          world.calls.ioctl(user, device, request, words(12 + 8 * argsz, 0, index)),
    ),
  fc
    .tuple(fc.constantFrom(1, 2, 4, 8, 3), region, offset, fd)
    .map(([flags, index, at, eventfd]): Act => ({ world, user, device }) => {
      const buffer = words(32, flags);
      buffer.view.setBigUint64(8, regionOffset(index) + BigInt(at), true);
      buffer.view.setInt32(24, eventfd, true);
      return world.calls.ioctl(user, device, VFIO_DEVICE_IOEVENTFD, buffer);
    }),
  fc
    .constantFrom(
      VFIO_DEVICE_RESET,
      VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
      VFIO_DEVICE_PCI_HOT_RESET,
      VFIO_DEVICE_FEATURE,
      1,
    )
    .map(
      (request): Act =>
        ({ world, user, device, group }) =>
          world.calls.ioctl(user, device, request, words(48, 0, 1, group)),
    ),
  fd.map(
    (number): Act =>
      ({ world, user }) =>
        world.calls.writeEventfd(user, number, 1),
  ),
  fd.map(
    (number): Act =>
      ({ world, user }) =>
        world.calls.close(user, number),
  ),
  fc.constant<Act>(({ world, user }) => world.calls.sleep(user, 150)),
  small.map(
    (count): Act =>
      ({ world }) =>
        world.calls.echo(
          world.kernel.processes.get('root')!,
          '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs',
          `${count}`,
        ),
  ),
  fc.constantFrom(...devices).map(
    ([bdf]): Act =>
      ({ world }) =>
        world.calls.echo(world.kernel.processes.get('root')!, '/sys/bus/pci/drivers/vfio-pci/unbind', bdf),
  ),
);

describe('random calls on a PCI device', () => {
  it('never fail inside the kernel, and can be taken back and done again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...devices), fc.array(act, { maxLength: 40 }), ([bdf, group], acts) => {
        const bench = openDevice(bdf, group);
        const { journal, kernel } = bench.world;
        const start = journal.position;
        const before = snapshot(kernel);
        for (const call of acts) call(bench);
        const end = journal.position;
        const after = snapshot(kernel);
        journal.goto(start);
        expect(snapshot(kernel)).toBe(before);
        journal.goto(end);
        expect(snapshot(kernel)).toBe(after);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  }, 60_000);
});
