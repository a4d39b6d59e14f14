import { describe, expect, it } from 'vitest';
import { errnoNumbers, UserBuffer, VFIO_GROUP_GET_DEVICE_FD, VFIO_TYPE1v2_IOMMU } from '../../../src/kernel';
import { bind, boot, containerWith } from '../world';

const { EACCES, EINVAL, EPERM, EISDIR, ENOENT, ENOTDIR, ERANGE, ENODEV } = errnoNumbers;
const device = '/sys/bus/pci/devices/0000:01:00.0';

describe('paths and modes of sysfs', () => {
  const { calls, kernel } = boot();
  const root = kernel.spawn({ name: 'root' });
  const guest = kernel.spawn({ name: 'guest', uid: 1000 });

  it.each([
    ['/sys/bus/pci/devices/0000:99:00.0/vendor', ENOENT],
    ['/sys/bus/pci/drivers_probe', EACCES],
    ['/sys/bus/pci/devices', EISDIR],
    [`${device}/vendor/more`, ENOTDIR],
    ['/proc/none', ENOENT],
  ])('refuses to read %s', (path, errno) => {
    expect(calls.cat(root, path).ret).toBe(-errno);
  });

  it.each([
    [`${device}/vendor`, '1', EACCES],
    [`${device}/sriov_numvfs`, 'x', EINVAL],
    [`${device}/sriov_numvfs`, '-1', EINVAL],
    [`${device}/sriov_numvfs`, '65536', ERANGE],
    [`${device}/sriov_numvfs`, '5', ERANGE],
    [`${device}/driver_override`, 'x'.repeat(4095), EINVAL],
    [`${device}/sriov_drivers_autoprobe`, 'maybe', EINVAL],
    [`${device}/reset`, '2', EINVAL],
    ['/sys/bus/pci/drivers_probe', '0000:99:00.0', ENODEV],
    ['/sys/bus/pci/drivers/vfio-pci/new_id', '1234', EINVAL],
    ['/sys/bus/pci/drivers/vfio-pci/remove_id', '1234 5678', ENODEV],
    ['/sys/bus/pci/drivers/nvme/unbind', '0000:02:00.0', ENODEV],
    ['/sys/module/vfio_pci/parameters/disable_vga', 'Y', EACCES],
  ])('refuses to write %s', (path, text, errno) => {
    expect(calls.echo(root, path, text).ret).toBe(-errno);
  });

  it('lets only root write, and shows others the header of configuration space', () => {
    expect(calls.echo(guest, `${device}/driver_override`, 'vfio-pci').ret).toBe(-EACCES);
    expect(calls.catx(guest, `${device}/config`).bytes).toHaveLength(64);
    expect(calls.catx(root, `${device}/config`).bytes).toHaveLength(4096);
  });

  it('looks at the number for enable before it looks at who writes it', () => {
    const weak = kernel.spawn({ name: 'weak' });
    calls.capdrop(weak, 'sys_admin');
    expect(calls.echo(weak, `${device}/enable`, 'x').ret).toBe(-EINVAL);
    expect(calls.echo(weak, `${device}/enable`, '1').ret).toBe(-EPERM);
  });

  it('takes numbers as the kernel does: hexadecimal, octal, with a newline', () => {
    expect(calls.echo(root, `${device}/sriov_numvfs`, '0x0\n').ret).toBe(0);
    expect(calls.echo(root, `${device}/sriov_numvfs`, '00').ret).toBe(0);
    expect(calls.echo(root, `${device}/sriov_numvfs`, '08').ret).toBe(-EINVAL);
  });

  it('goes through links in the middle of a path', () => {
    expect(calls.cat(root, `${device}/iommu_group/devices/0000:01:00.0/vendor`).text).toBe('0x1b36\n');
    expect(calls.cat(root, `${device}/../0000:01:00.0/device`).text).toBe('0x0010\n');
    expect(calls.readlink(root, `${device}/vendor`).ret).toBe(-EINVAL);
  });
});

describe('remove and rescan', () => {
  it('takes a device away and finds it again, without its driver_override', () => {
    const { calls, kernel } = boot();
    const root = kernel.spawn({ name: 'root' });
    calls.echo(root, '/sys/bus/pci/devices/0000:02:00.0/driver_override', 'vfio-pci');
    expect(calls.echo(root, '/sys/bus/pci/devices/0000:02:00.0/remove', '1').ret).toBe(0);
    expect(calls.stat(root, '/sys/bus/pci/devices/0000:02:00.0').ret).toBe(-ENOENT);
    expect(calls.echo(root, '/sys/bus/pci/rescan', '1').ret).toBe(0);
    expect(calls.cat(root, '/sys/bus/pci/devices/0000:02:00.0/driver_override').text).toBe('(null)\n');
    expect(calls.readlink(root, '/sys/bus/pci/devices/0000:02:00.0/iommu_group').text).toMatch(/iommu_groups\/\d+$/);
  });

  it('removes what is behind a bridge with it', () => {
    const { calls, kernel } = boot();
    const root = kernel.spawn({ name: 'root' });
    expect(calls.echo(root, '/sys/bus/pci/devices/0000:00:0a.0/remove', '1').ret).toBe(0);
    for (const bdf of ['0000:00:0a.0', '0000:03:00.0', '0000:05:00.0', '0000:06:00.0']) {
      expect(calls.stat(root, `/sys/bus/pci/devices/${bdf}`).ret, bdf).toBe(-ENOENT);
    }
    calls.echo(root, '/sys/bus/pci/rescan', '1');
    expect(calls.readlink(root, '/sys/bus/pci/devices/0000:06:00.0/driver').text).toMatch(/\/nvme$/);
  });

  it('waits for users with the lock of all removing and rescanning, and before anything is taken away', () => {
    const world = boot();
    const { calls, kernel } = world;
    const [root, other, user] = ['root', 'other', 'user'].map((name) => kernel.spawn({ name }));
    bind(world, '0000:05:00.0');
    const [container, group] = containerWith(world, user!, VFIO_TYPE1v2_IOMMU, [12]);
    const name = new UserBuffer(new TextEncoder().encode('0000:05:00.0\0'));
    const device = Number(calls.ioctl(user!, group!, VFIO_GROUP_GET_DEVICE_FD, name).ret);
    expect(device).toBeGreaterThan(0);
    const bridge = '/sys/bus/pci/devices/0000:00:0a.0';
    expect(calls.echo(root!, `${bridge}/remove`, '1').blocked).toBe(true);
    expect(calls.echo(other!, `${bridge}/remove`, '1').ret).toBe(-ENOENT);
    expect(calls.stat(other!, '/sys/bus/pci/devices/0000:06:00.0').ret).toBe(0);
    expect(calls.readlink(other!, '/sys/bus/pci/devices/0000:06:00.0/driver').ret).toBe(-ENOENT);
    expect(calls.echo(other!, '/sys/bus/pci/rescan', '1').blocked).toBe(true);
    for (const fd of [device, group!, container!]) calls.close(user!, fd);
    expect(kernel.finished.toArray().map(({ process, answer }) => [process.name, answer])).toEqual([
      ['root', 0],
      ['other', 0],
    ]);
    expect(calls.stat(root!, '/sys/bus/pci/devices/0000:06:00.0').ret).toBe(0);
  });

  it('takes the links between PF and VF away before it waits for the user of the VF', () => {
    const world = boot();
    const { calls, kernel } = world;
    const [root, user] = ['root', 'user'].map((name) => kernel.spawn({ name }));
    const [pf, vf] = ['/sys/bus/pci/devices/0000:01:00.0', '/sys/bus/pci/devices/0000:01:00.1'];
    calls.echo(root!, `${pf}/sriov_numvfs`, '1');
    calls.echo(root!, '/sys/bus/pci/drivers/nvme/unbind', '0000:01:00.1');
    bind(world, '0000:01:00.1');
    const [, group] = containerWith(world, user!, VFIO_TYPE1v2_IOMMU, [15]);
    const name = new UserBuffer(new TextEncoder().encode('0000:01:00.1\0'));
    expect(calls.ioctl(user!, group!, VFIO_GROUP_GET_DEVICE_FD, name).ret).toBeGreaterThan(0);
    expect(calls.readlink(user!, `${vf}/physfn`).text).toBe('../0000:01:00.0');
    expect(calls.echo(root!, `${pf}/sriov_numvfs`, '0').blocked).toBe(true);
    expect(calls.stat(user!, vf).ret).toBe(0);
    expect(calls.readlink(user!, `${vf}/physfn`).ret).toBe(-ENOENT);
    expect(calls.readlink(user!, `${pf}/virtfn0`).ret).toBe(-ENOENT);
    expect(calls.cat(user!, `${pf}/sriov_numvfs`).text).toBe('1\n');
    calls.kill(user!);
    expect(calls.stat(root!, vf).ret).toBe(-ENOENT);
    expect(calls.cat(root!, `${pf}/sriov_numvfs`).text).toBe('0\n');
  });

  it('is not for VFs', () => {
    const { calls, kernel } = boot();
    const root = kernel.spawn({ name: 'root' });
    calls.echo(root, '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', '1');
    expect(calls.stat(root, '/sys/bus/pci/devices/0000:01:00.1').ret).toBe(0);
    for (const file of ['remove', 'rescan']) {
      expect(calls.echo(root, `/sys/bus/pci/devices/0000:01:00.1/${file}`, '1').ret).toBe(-ENOENT);
    }
  });
});
