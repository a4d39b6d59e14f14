import fc from 'fast-check';
import {
  UserBuffer,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_SET_IOMMU,
  type CallResult,
  type Capability,
  type Kernel,
  type Process,
  type Syscalls,
} from '../../../src/kernel';
import { intPointer } from '../world';
import {
  addressOf,
  aimedRequest,
  anyAddress,
  anyArgument,
  anyFd,
  anyLength,
  anyRequest,
  anyS64,
  anyText,
  anyU32,
} from './arguments';

/** One call by a process whose memory starts at `memory`. */
export type RandomCall = (calls: Syscalls, process: Process, memory: bigint) => CallResult;

const devices = [
  '0000:00:04.0',
  '0000:00:06.0',
  '0000:00:06.1',
  '0000:01:00.0',
  '0000:01:00.1',
  '0000:02:00.0',
  '0000:05:00.0',
  '0000:08:01.0',
  '0000:00:08.0',
];

const deviceFiles = [
  'driver_override',
  'sriov_numvfs',
  'sriov_drivers_autoprobe',
  'reset',
  'enable',
  'remove',
  'rescan',
  'config',
  'resource',
  'vendor',
  'driver',
  'iommu_group/type',
  'driver/unbind',
  'physfn/sriov_numvfs',
  '../..',
  'x',
];

const paths = [
  ...devices.flatMap((bdf) => deviceFiles.map((file) => `/sys/bus/pci/devices/${bdf}/${file}`)),
  ...['vfio-pci', 'nvme', 'pci-stub', 'pcieport', 'none'].flatMap((driver) =>
    ['bind', 'unbind', 'new_id', 'remove_id', 'uevent'].map((file) => `/sys/bus/pci/drivers/${driver}/${file}`),
  ),
  ...['drivers_probe', 'drivers_autoprobe', 'rescan', 'devices', ''].map((file) => `/sys/bus/pci/${file}`),
  ...['enable_sriov', 'nointxmask', 'disable_vga', 'disable_idle_d3', 'ids'].map(
    (name) => `/sys/module/vfio_pci/parameters/${name}`,
  ),
  ...['allow_unsafe_interrupts', 'disable_hugepages', 'dma_entry_limit'].map(
    (name) => `/sys/module/vfio_iommu_type1/parameters/${name}`,
  ),
  '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode',
  ...[1, 9, 14].map((group) => `/sys/kernel/iommu_groups/${group}/reserved_regions`),
  ...[1, 2, 3, 9, 10, 12, 14, 15].map((group) => `/dev/vfio/${group}`),
  '/dev/vfio/vfio',
  '/dev/vfio/noiommu-0',
  '/dev/vfio',
  '/dev/hpet',
  '/',
  '',
  'sys',
  '/sys/../sys',
  '/nowhere',
];

const path = fc.constantFrom(...paths);
const capability = fc.constantFrom(
  'ipc_lock',
  'sys_rawio',
  'sys_admin',
  'dac_override',
  'sys_resource',
) as fc.Arbitrary<Capability>;
const bytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.constant(new Uint8Array(70_000).fill(0xff)));
/** Offsets in a device file: a region, and somewhere in it; or anything. */
const offset = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 4200 }))
      .map(([region, at]) => (BigInt(region) << 40n) + BigInt(at)),
  },
  anyS64,
);
const prot = fc.constantFrom('', 'r', 'rw', 'w', 'x');

/** Calls on files. */
const fileCalls: fc.Arbitrary<RandomCall>[] = [
  fc.tuple(path, anyU32).map(
    ([name, flags]) =>
      (calls, process) =>
        calls.open(process, name, flags & 7),
  ),
  anyFd.map((fd) => (calls, process) => calls.close(process, fd)),
  anyFd.map((fd) => (calls, process) => calls.dup(process, fd)),
  fc.tuple(anyFd, offset, anyLength).map(
    ([fd, at, length]) =>
      (calls, process) =>
        calls.pread(process, fd, at, length),
  ),
  fc.tuple(anyFd, offset, bytes).map(
    ([fd, at, data]) =>
      (calls, process) =>
        calls.pwrite(process, fd, at, data),
  ),
  fc.tuple(anyFd, offset, anyAddress, anyLength).map(
    ([fd, at, to, length]) =>
      (calls, process, memory) =>
        calls.preadTo(process, fd, at, addressOf(to, memory), length),
  ),
  fc.tuple(anyFd, offset, anyAddress, anyLength).map(
    ([fd, at, from, length]) =>
      (calls, process, memory) =>
        calls.pwriteFrom(process, fd, at, addressOf(from, memory), length),
  ),
  anyU32.map((value) => (calls, process) => calls.eventfd(process, value)),
  anyFd.map((fd) => (calls, process) => calls.readEventfd(process, fd)),
  fc.tuple(anyFd, anyS64).map(
    ([fd, value]) =>
      (calls, process) =>
        calls.writeEventfd(process, fd, value),
  ),
];

const ioctl: fc.Arbitrary<RandomCall> = fc.tuple(anyFd, anyRequest, anyArgument).map(
  ([fd, request, argument]) =>
    (calls, process, memory) =>
      calls.ioctl(process, fd, request, argument(memory)),
);

const aimedIoctl: fc.Arbitrary<RandomCall> = fc.tuple(fc.integer({ min: 3, max: 11 }), aimedRequest).map(
  ([fd, [request, argument]]) =>
    (calls, process, memory) =>
      calls.ioctl(process, fd, request, argument(memory)),
);

/** Calls on memory. */
const memoryCalls: fc.Arbitrary<RandomCall>[] = [
  fc.tuple(anyS64, prot, fc.boolean()).map(
    ([length, letters, hugetlb]) =>
      (calls, process) =>
        calls.mmap(process, { length, prot: letters, hugetlb }),
  ),
  fc.tuple(anyFd, anyS64, offset, prot, fc.boolean()).map(
    ([fd, length, at, letters, isPrivate]) =>
      (calls, process) =>
        calls.mmap(process, { fd, length, offset: at, prot: letters, private: isPrivate }),
  ),
  fc.tuple(anyAddress, anyS64).map(
    ([at, length]) =>
      (calls, process, memory) =>
        calls.munmap(process, addressOf(at, memory), length),
  ),
  fc.tuple(anyAddress, anyS64, prot).map(
    ([at, length, letters]) =>
      (calls, process, memory) =>
        calls.mprotect(process, addressOf(at, memory), length, letters),
  ),
  fc.tuple(anyAddress, anyLength).map(
    ([at, length]) =>
      (calls, process, memory) =>
        calls.peek(process, addressOf(at, memory), length),
  ),
  fc.tuple(anyAddress, bytes).map(
    ([at, data]) =>
      (calls, process, memory) =>
        calls.poke(process, addressOf(at, memory), data),
  ),
  anyAddress.map((at) => (calls, process, memory) => calls.peek32(process, addressOf(at, memory))),
  fc.tuple(anyAddress, anyU32).map(
    ([at, value]) =>
      (calls, process, memory) =>
        calls.poke32(process, addressOf(at, memory), value),
  ),
];

/** Calls of administrators. */
const adminCalls: fc.Arbitrary<RandomCall>[] = [
  path.map((name) => (calls, process) => calls.cat(process, name)),
  path.map((name) => (calls, process) => calls.catx(process, name)),
  path.map((name) => (calls, process) => calls.readlink(process, name)),
  path.map((name) => (calls, process) => calls.stat(process, name)),
  fc.tuple(path, anyU32).map(
    ([name, uid]) =>
      (calls, process) =>
        calls.chown(process, name, uid),
  ),
];

const echo: fc.Arbitrary<RandomCall> = fc.tuple(path, anyText).map(
  ([name, text]) =>
    (calls, process) =>
      calls.echo(process, name, text),
);

/** Calls on the process itself, and time. */
const processCalls: fc.Arbitrary<RandomCall>[] = [
  anyS64.map((limit) => (calls, process) => calls.memlock(process, limit)),
  capability.map((name) => (calls, process) => calls.capdrop(process, name)),
  fc.constantFrom(0, 1000).map((uid) => (calls, process) => calls.setuid(process, uid)),
  fc.constant((calls, process) => calls.status(process)),
  fc.constantFrom(0, 10, 3000, 60_000).map((ms) => (calls, process) => calls.sleep(process, ms)),
];

const ends: fc.Arbitrary<RandomCall> = fc.constantFrom<RandomCall>(
  (calls, process) => calls.exit(process),
  (calls, process) => calls.kill(process),
);

export const anyCall: fc.Arbitrary<RandomCall> = fc.oneof(
  { weight: 60, arbitrary: aimedIoctl },
  { weight: 16, arbitrary: ioctl },
  { weight: 24, arbitrary: echo },
  { weight: 30, arbitrary: fc.oneof(...fileCalls) },
  { weight: 25, arbitrary: fc.oneof(...memoryCalls) },
  { weight: 8, arbitrary: fc.oneof(...adminCalls) },
  { weight: 8, arbitrary: fc.oneof(...processCalls) },
  { weight: 1, arbitrary: ends },
);

/** Gives devices to vfio-pci and opens what a program usually has open, so that random calls get somewhere. */
export function prepare(calls: Syscalls, kernel: Kernel, process: Process): void {
  const write = (file: string, text: string): unknown => calls.echo(process, file, text);
  write('/sys/module/vfio/parameters/enable_unsafe_noiommu_mode', 'Y');
  write('/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
  write('/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts', 'Y');
  for (const bdf of ['0000:00:04.0', '0000:02:00.0', '0000:01:00.0']) {
    write(`/sys/bus/pci/devices/${bdf}/driver/unbind`, bdf);
    write(`/sys/bus/pci/devices/${bdf}/driver_override`, 'vfio-pci');
    write('/sys/bus/pci/drivers_probe', bdf);
  }
  const container = Number(calls.open(process, '/dev/vfio/vfio', 2).ret);
  const noiommu = !kernel.iommu.present;
  for (const group of kernel.vfio.groups.values()) {
    const fd = Number(calls.open(process, group.path, 2).ret);
    calls.ioctl(process, fd, VFIO_GROUP_SET_CONTAINER, intPointer(container));
    calls.ioctl(process, container, VFIO_SET_IOMMU, noiommu ? 8 : 3);
    for (const member of group.devices)
      calls.ioctl(process, fd, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(member.device.name));
  }
  calls.eventfd(process, 0);
}
