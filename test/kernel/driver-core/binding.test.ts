import { describe, expect, it } from 'vitest';
import { errnoNumbers, UserBuffer, VFIO_GROUP_GET_DEVICE_FD } from '../../../src/kernel';
import { boot, containerWith, type World } from '../world';

const { EEXIST, EINVAL, ENODEV, ENOENT } = errnoNumbers;
const drivers = '/sys/bus/pci/drivers';
const devices = '/sys/bus/pci/devices';

function driverOf({ calls, kernel }: World, bdf: string): string | undefined {
  const reader = kernel.processes.get('reader') ?? kernel.spawn({ name: 'reader' });
  return calls.readlink(reader, `${devices}/${bdf}/driver`).text?.split('/').at(-1);
}

function lines({ kernel }: World): string[] {
  return kernel.log.lines.toArray().map((line) => line.text);
}

describe('binding', () => {
  it('hides the error of a probe from the writer, and logs it', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, `${drivers}/pcieport/unbind`, '0000:00:08.0');
    world.calls.echo(root, `${devices}/0000:00:08.0/driver_override`, 'vfio-pci');
    expect(world.calls.echo(root, `${drivers}/vfio-pci/bind`, '0000:00:08.0').ret).toBe(-ENODEV);
    expect(lines(world).at(-1)).toBe('vfio-pci: probe of 0000:00:08.0 failed with error -22');
    expect(driverOf(world, '0000:00:08.0')).toBeUndefined();
  });

  it('prefers the driver that registered first', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, `${drivers}/vfio-pci/new_id`, '1b36 0010');
    world.calls.echo(root, `${drivers}/nvme/unbind`, '0000:01:00.0');
    world.calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:01:00.0');
    expect(driverOf(world, '0000:01:00.0')).toBe('nvme');
  });

  it('obeys driver_override alone when it is set', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, `${devices}/0000:00:04.0/driver_override`, 'pci-stub\n');
    world.calls.echo(root, `${drivers}/vfio-pci/new_id`, '1234 11e8');
    expect(driverOf(world, '0000:00:04.0')).toBeUndefined();
    expect(driverOf(world, '0000:00:06.0')).toBe('vfio-pci');
    world.calls.echo(root, `${devices}/0000:00:04.0/driver_override`, '\n');
    world.calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:00:04.0\n');
    expect(driverOf(world, '0000:00:04.0')).toBe('vfio-pci');
  });

  it('takes no new id that the table of the driver covers, unless all seven fields are given', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    const newId = (driver: string, text: string): unknown =>
      world.calls.echo(root, `${drivers}/${driver}/new_id`, text).ret;
    expect(newId('nvme', '8086 5845')).toBe(-EEXIST);
    expect(newId('nvme', '1 2 3 4 10802')).toBe(-EEXIST);
    expect(newId('nvme', '1 2 3 4 10802 ffffff 0')).toBe(0);
    expect(newId('nvme', '8086 5845 ffffffff ffffffff 0 0 202')).toBe(0);
    expect(newId('nvme', '1b36 10 ffffffff ffffffff 0 0 10')).toBe(-EINVAL);
    expect(newId('nvme', '1b36 10')).toBe(0);
    expect(newId('pcieport', '1 2 3 4 60400')).toBe(-EEXIST);
    expect(newId('pcieport', '1 2 3 4 60400 0 1')).toBe(-EINVAL);
    expect(newId('vfio-pci', '8086 5845 ffffffff ffffffff 0 0 7')).toBe(0);
  });

  it('leaves devices alone that are no ports, whatever driver_override says of pcieport', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    const before = lines(world).length;
    world.calls.echo(root, `${devices}/0000:00:04.0/driver_override`, 'pcieport');
    expect(world.calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:00:04.0').ret).toBe(0);
    expect(world.calls.echo(root, `${drivers}/pcieport/bind`, '0000:00:04.0').ret).toBe(-ENODEV);
    expect(driverOf(world, '0000:00:04.0')).toBeUndefined();
    expect(world.calls.echo(root, `${drivers}/pcieport/bind`, '0000:07:00.0').ret).toBe(-ENODEV);
    expect(lines(world)).toHaveLength(before);
  });

  it('matches ids with subsystem and class', () => {
    const world = boot();
    const root = world.kernel.spawn({ name: 'root' });
    world.calls.echo(root, `${drivers}/vfio-pci/new_id`, '1234 11e8 1 2');
    expect(driverOf(world, '0000:00:04.0')).toBeUndefined();
    world.calls.echo(root, `${drivers}/vfio-pci/new_id`, 'ffffffff ffffffff ffffffff ffffffff 20000 ff0000');
    expect(driverOf(world, '0000:02:00.0')).toBe('vfio-pci');
    expect(driverOf(world, '0000:00:04.0')).toBeUndefined();
  });
});

/** A user who holds 02:00.0 open. */
function heldDevice(): {
  world: World;
  user: World['kernel'] extends { spawn(...args: never[]): infer P } ? P : never;
  fds: number[];
} {
  const world = boot();
  const root = world.kernel.spawn({ name: 'root' });
  world.calls.echo(root, `${devices}/0000:02:00.0/driver_override`, 'vfio-pci');
  world.calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:02:00.0');
  const user = world.kernel.spawn({ name: 'user' });
  const fds = containerWith(world, user, 3, [10]);
  const device = world.calls.ioctl(user, fds[1]!, VFIO_GROUP_GET_DEVICE_FD, UserBuffer.ofString('0000:02:00.0'));
  return { world, user, fds: [...fds, Number(device.ret)] };
}

describe('unbinding a device in use', () => {
  it('waits, holds the device lock, and ends when the user is gone', () => {
    const { world, user, fds } = heldDevice();
    const { calls, kernel } = world;
    const root = kernel.processes.get('root')!;
    expect(calls.echo(root, `${drivers}/vfio-pci/unbind`, '0000:02:00.0').blocked).toBe(true);
    expect(calls.readlink(user, `${devices}/0000:02:00.0/driver`).ret).toBe(-ENOENT);
    const other = kernel.spawn({ name: 'other' });
    expect(calls.echo(other, `${devices}/0000:02:00.0/driver_override`, 'none').blocked).toBe(true);
    for (const fd of [...fds].reverse()) calls.close(user, fd);
    expect(kernel.finished.toArray().map(({ process, answer }) => [process.name, answer])).toEqual([
      ['root', 0],
      ['other', 0],
    ]);
    expect(kernel.drivers.device('0000:02:00.0')!.driverOverride).toBe('none');
  });

  it('asks again every ten seconds', () => {
    const { world } = heldDevice();
    const { calls, kernel } = world;
    calls.echo(kernel.processes.get('root')!, `${drivers}/vfio-pci/unbind`, '0000:02:00.0');
    kernel.sleep(60_000);
    const asked = lines(world).filter((line) => line.includes('No device request channel'));
    expect(asked).toHaveLength(1);
  });
});

describe('SR-IOV', () => {
  it('keeps VFs from host drivers with sriov_drivers_autoprobe 0, but captures them all the same', () => {
    const world = boot();
    const { calls, kernel } = world;
    const root = kernel.spawn({ name: 'root' });
    const pf = `${devices}/0000:01:00.0`;
    calls.echo(root, `${pf}/sriov_drivers_autoprobe`, '0');
    calls.echo(root, `${pf}/sriov_numvfs`, '2');
    expect(driverOf(world, '0000:01:00.1')).toBeUndefined();
    calls.echo(root, `${pf}/sriov_numvfs`, '0');
    calls.echo(root, `${drivers}/nvme/unbind`, '0000:01:00.0');
    calls.echo(root, `${pf}/driver_override`, 'vfio-pci');
    calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:01:00.0');
    calls.echo(root, '/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
    calls.echo(root, `${pf}/sriov_numvfs`, '2');
    expect(driverOf(world, '0000:01:00.1')).toBe('vfio-pci');
  });

  it('warns of a VF that goes to a host driver while the PF is with vfio-pci', () => {
    const world = boot();
    const { calls, kernel } = world;
    const root = kernel.spawn({ name: 'root' });
    calls.echo(root, `${drivers}/nvme/unbind`, '0000:01:00.0');
    calls.echo(root, `${devices}/0000:01:00.0/driver_override`, 'vfio-pci');
    calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:01:00.0');
    calls.echo(root, '/sys/module/vfio_pci/parameters/enable_sriov', 'Y');
    calls.echo(root, `${devices}/0000:01:00.0/sriov_numvfs`, '1');
    calls.echo(root, `${drivers}/vfio-pci/unbind`, '0000:01:00.1');
    calls.echo(root, `${devices}/0000:01:00.1/driver_override`, 'nvme');
    calls.echo(root, '/sys/bus/pci/drivers_probe', '0000:01:00.1');
    expect(lines(world)).toContain(
      'vfio-pci 0000:01:00.0: VF 0000:01:00.1 bound to driver nvme while PF bound to vfio-pci',
    );
  });
});
