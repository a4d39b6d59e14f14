import { describe, expect, it } from 'vitest';
import {
  errnoNumbers,
  regionOffset,
  UserBuffer,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_PCI_CONFIG_REGION_INDEX,
  type Process,
} from '../../../../src/kernel';
import { bind, boot, containerWith, type World } from '../../world';

const { EACCES, EAGAIN, EFAULT } = errnoNumbers;
const config = regionOffset(VFIO_PCI_CONFIG_REGION_INDEX);

interface Bench extends World {
  readonly user: Process;
  readonly device: number;
}

function open(bdf: string, group: number, machine = 'q35-intel'): Bench {
  const world = boot(machine);
  const root = world.kernel.spawn({ name: 'root' });
  world.calls.echo(root, '/sys/bus/pci/drivers/nvme/unbind', bdf);
  bind(world, bdf);
  const user = world.kernel.spawn({ name: 'user' });
  const [, file] = containerWith(world, user, 3, [group]);
  const device = Number(world.calls.ioctl(user, file!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(bdf)).ret);
  return { ...world, user, device };
}

function read({ calls, user, device }: Bench, offset: number, length: number): string {
  const { bytes, ret } = calls.pread(user, device, config + BigInt(offset), length);
  return bytes === undefined ? String(ret) : Buffer.from(bytes).toString('hex');
}

function write({ calls, user, device }: Bench, offset: number, hex: string): number {
  return Number(calls.pwrite(user, device, config + BigInt(offset), Buffer.from(hex, 'hex')).ret);
}

function setIrqs(
  { calls, user, device }: Bench,
  flags: number,
  index: number,
  start: number,
  fds: readonly number[],
  count = fds.length,
) {
  const buffer = new UserBuffer(new Uint8Array(20 + 4 * fds.length));
  [buffer.bytes.length, flags, index, start, count].forEach((value, at) => buffer.view.setUint32(4 * at, value, true));
  fds.forEach((fd, at) => buffer.view.setInt32(20 + 4 * at, fd, true));
  return calls.ioctl(user, device, VFIO_DEVICE_SET_IRQS, buffer);
}

describe('configuration space', () => {
  it('answers BAR sizing from the shadow, and leaves the hardware alone', () => {
    const bench = open('0000:02:00.0', 10);
    const hardware = bench.kernel.machine.function('0000:02:00.0')!;
    const before = hardware.configRead(0x10, 4);
    expect(write(bench, 0x10, 'ffffffff')).toBe(4);
    expect(read(bench, 0x10, 4)).toBe('0000feff');
    expect(hardware.configRead(0x10, 4)).toBe(before);
  });

  it('hides a capability without an id, and says so as the kernel prints 0', () => {
    const world = boot();
    world.kernel.machine.function('0000:00:04.0')!.config.addCapability(0, 0x60, 4);
    bind(world, '0000:00:04.0');
    const user = world.kernel.spawn({ name: 'user' });
    const [, file] = containerWith(world, user, 3, [1]);
    const device = world.calls.ioctl(user, file!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString('0000:00:04.0'));
    const bench = { ...world, user, device: Number(device.ret) };
    expect(world.kernel.log.textsFrom(0)).toContain('vfio-pci 0000:00:04.0: vfio_cap_init: hiding cap 0x0@0x60');
    expect(read(bench, 0x34, 1)).toBe('40');
  });

  it('shows the ARI hierarchy bit of a PF as it was before the reset of the first open', () => {
    expect(read(open('0000:01:00.0', 9), 0x128, 2)).toBe('1000');
    expect(read(open('0000:01:00.0', 9, 'q35-amd'), 0x128, 2)).toBe('1000');
  });

  it('refuses an access that passes its end as a whole', () => {
    const bench = open('0000:00:04.0', 1);
    expect(read(bench, 0xfe, 4)).toBe(String(-EFAULT));
    expect(write(bench, 0x100, '00')).toBe(-EFAULT);
  });

  it('hides the vendor id of nobody: a VF shows its PF’s', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', '1');
    world.calls.echo(root, '/sys/bus/pci/drivers/nvme/unbind', '0000:01:00.1');
    bind(world, '0000:01:00.1');
    const user = world.kernel.spawn({ name: 'user' });
    const [, file] = containerWith(world, user, 3, [15]);
    const name = UserBuffer.ofString('0000:01:00.1');
    const device = Number(world.calls.ioctl(user, file!, VFIO_GROUP_GET_DEVICE_FD, name).ret);
    expect(read({ ...world, user, device }, 0, 4)).toBe('361b1000');
    expect(read({ ...world, user, device }, 0x3d, 1)).toBe('00');
  });

  it('resets the function through device control, and what was there comes back', () => {
    const bench = open('0000:02:00.0', 10);
    const express = bench.kernel.pci.device('0000:02:00.0')!.pcieCap;
    write(bench, 0x04, '0600');
    const before = read(bench, 0, 64);
    expect(write(bench, express + 8, '0080')).toBe(2);
    expect(read(bench, 0, 64)).toBe(before);
    expect(Number.parseInt(read(bench, express + 9, 1), 16) & 0x80).toBe(0);
  });

  it('follows the power state, and says what cannot be', () => {
    const bench = open('0000:02:00.0', 10);
    const dev = bench.kernel.pci.device('0000:02:00.0')!;
    write(bench, dev.pmCap + 4, '0300');
    expect(dev.currentState).toBe(3);
    write(bench, dev.pmCap + 4, '0100');
    expect(bench.kernel.log.lines.at(-1)!.text).toBe(
      'vfio-pci 0000:02:00.0: invalid power transition (from D3hot to D1)',
    );
    write(bench, dev.pmCap + 4, '0000');
    expect(dev.currentState).toBe(0);
  });
});

describe('interrupts', () => {
  it('kills a process that signals INTx without an eventfd', () => {
    const bench = open('0000:00:04.0', 1);
    expect(setIrqs(bench, 0x24, 0, 0, [-1]).ret).toBe(0);
    expect(setIrqs(bench, 0x21, 0, 0, [], 1).blocked).toBe(true);
    expect(bench.calls.pread(bench.user, bench.device, 0n, 4).busy).toBe(true);
    expect(bench.kernel.log.lines.toArray().some(({ text }) => text.startsWith('BUG: kernel NULL pointer'))).toBe(true);
  });

  it('takes messages away in D3', () => {
    const bench = open('0000:02:00.0', 10);
    const dev = bench.kernel.pci.device('0000:02:00.0')!;
    const event = Number(bench.calls.eventfd(bench.user).ret);
    write(bench, dev.pmCap + 4, '0300');
    expect(setIrqs(bench, 0x24, 2, 0, [event]).ret).toBe(-errnoNumbers.ENOSPC);
    write(bench, dev.pmCap + 4, '0000');
    expect(setIrqs(bench, 0x24, 2, 0, [event]).ret).toBe(0);
  });

  it('wants a line alone with nointxmask', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, '/sys/module/vfio_pci/parameters/nointxmask', 'Y');
    bind(world, '0000:00:04.0');
    bind(world, '0000:08:01.0');
    const user = world.kernel.spawn({ name: 'user' });
    const [, first, second] = containerWith(world, user, 3, [1, 14]);
    const device = (group: number, bdf: string): number =>
      Number(world.calls.ioctl(user, group, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString(bdf)).ret);
    const one = { ...world, user, device: device(first!, '0000:00:04.0') };
    const two = { ...world, user, device: device(second!, '0000:08:01.0') };
    const event = Number(world.calls.eventfd(user).ret);
    expect(setIrqs(one, 0x24, 0, 0, [event]).ret).toBe(0);
    expect(setIrqs(two, 0x24, 0, 0, [event]).ret).toBe(-errnoNumbers.EBUSY);
  });
});

describe('locks and resets', () => {
  it('cannot reset a device that somebody is unbinding', () => {
    const bench = open('0000:02:00.0', 10);
    const root = bench.kernel.processes.get('root')!;
    expect(bench.calls.echo(root, '/sys/bus/pci/drivers/vfio-pci/unbind', '0000:02:00.0').blocked).toBe(true);
    expect(bench.calls.ioctl(bench.user, bench.device, VFIO_DEVICE_RESET).ret).toBe(-EAGAIN);
  });

  it('keeps VFs through a reset of their PF', () => {
    const bench = open('0000:01:00.0', 9);
    const root = bench.kernel.processes.get('root')!;
    bench.calls.echo(root, '/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
    bench.calls.echo(root, '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', '2');
    expect(bench.calls.ioctl(bench.user, bench.device, VFIO_DEVICE_RESET).ret).toBe(0);
    expect(bench.kernel.pci.device('0000:01:00.2')!.fn.present).toBe(true);
    expect(bench.kernel.machine.function('0000:01:00.2')).toBe(bench.kernel.pci.device('0000:01:00.2')!.fn);
  });
});

describe('VF tokens', () => {
  it('are asked for ten times in five seconds, and the log says how often it kept silent', () => {
    const bench = open('0000:01:00.0', 9);
    const { calls, kernel, user } = bench;
    const root = kernel.processes.get('root')!;
    calls.echo(root, '/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
    calls.echo(root, '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', '1');
    const [, file] = containerWith(bench, user, 3, [15]);
    const ask = (): number =>
      Number(calls.ioctl(user, file!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString('0000:01:00.1')).ret);
    const from = kernel.log.lines.length;
    for (let count = 0; count < 13; count++) expect(ask()).toBe(-EACCES);
    expect(kernel.log.lines.length - from).toBe(10);
    kernel.sleep(6000);
    ask();
    expect(
      kernel.log.lines
        .toArray()
        .slice(-2)
        .map(({ text }) => text),
    ).toEqual([
      'vfio_pci_validate_vf_token: 3 callbacks suppressed',
      'vfio-pci 0000:01:00.1: VF token required to access device',
    ]);
  });
});
