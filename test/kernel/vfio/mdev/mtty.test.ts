import { describe, expect, it } from 'vitest';
import { first, Mediated } from '../../errno-sites/mediated';
import { struct } from '../../errno-sites/lab';

const parent = '/sys/devices/virtual/mtty/mtty';
const device = `${parent}/${first}`;
const config = 7n << 40n;

const serial = (): Mediated => new Mediated({}, 'mtty');
const text = (lab: Mediated, path: string): string | undefined => lab.calls.cat(lab.a, path).text;
const link = (lab: Mediated, path: string): string | undefined => lab.calls.readlink(lab.a, path).text;
const bytes = (lab: Mediated, fd: number, at: bigint, length: number): number[] => [
  ...(lab.calls.pread(lab.a, fd, at, length).bytes ?? []),
];
const write = (lab: Mediated, fd: number, at: bigint, ...values: number[]): number =>
  Number(lab.calls.pwrite(lab.a, fd, at, Uint8Array.from(values)).ret);

describe('files of mtty', () => {
  it('show parent, types and device', () => {
    const lab = serial();
    expect(text(lab, `${parent}/mtty_dev/sample_mtty_dev`)).toBe('This is phy device\n');
    expect(text(lab, `${parent}/mdev_supported_types/mtty-1/name`)).toBe('Single port serial\n');
    expect(text(lab, `${parent}/mdev_supported_types/mtty-1/device_api`)).toBe('vfio-pci\n');
    expect(text(lab, `${parent}/mdev_supported_types/mtty-1/available_instances`)).toBe('23\n');
    expect(text(lab, `${device}/vendor/sample_mdev_dev`)).toBe(`This is MDEV ${first}\n`);
    expect(link(lab, `${device}/mdev_type`)).toBe('../mdev_supported_types/mtty-1');
    expect(link(lab, `${device}/driver`)).toBe('../../../../../bus/mdev/drivers/vfio_mdev');
    expect(link(lab, `${device}/iommu_group`)).toBe('../../../../../kernel/iommu_groups/15');
    expect(link(lab, `${parent}/mdev_supported_types/mtty-1/devices/${first}`)).toBe(`../../../${first}`);
    expect(text(lab, '/sys/kernel/iommu_groups/15/type')).toBe('unknown\n');
  });

  it('more devices than instances can be made', () => {
    const lab = serial();
    for (let index = 10; index < 40; index++) {
      expect(lab.create(`83b8f4f2-509f-382f-3c1e-e6bfe0fa20${index}`, 'mtty')).toBe(0);
    }
    expect(text(lab, `${parent}/mdev_supported_types/mtty-1/available_instances`)).toBe('-7\n');
  });

  it('the device can be taken from its driver and given back', () => {
    const lab = serial();
    const driver = '/sys/bus/mdev/drivers/vfio_mdev';
    expect(lab.echo(`${driver}/unbind`, first).ret).toBe(0);
    expect(lab.kernel.log.lines.at(-1)!.text).toBe(`vfio_mdev ${first}: MDEV: detaching iommu`);
    expect(lab.calls.stat(lab.a, '/dev/vfio/15').ret).toBe(-2);
    expect(lab.echo(`${driver}/bind`, first).ret).toBe(0);
    expect(lab.calls.stat(lab.a, '/dev/vfio/15').ret).toBe(0);
    expect(lab.echo(`${driver}/new_id`, '1 2').ret).toBe(-2);
  });

  it('without drivers_autoprobe a new device stays free', () => {
    const lab = serial();
    lab.echo('/sys/bus/mdev/drivers_autoprobe', '0');
    const second = first.replace('1001', '1002');
    lab.create(second, 'mtty');
    expect(lab.mdev(second).device.driver).toBe(null);
    expect(lab.echo('/sys/bus/mdev/drivers_probe', second).ret).toBe(0);
    expect(lab.mdev(second).device.driver?.name).toBe('vfio_mdev');
  });

  it('rmmod removes all devices, and waits for their users', () => {
    const lab = serial();
    const { container, group, engine } = lab.opened();
    const remover = lab.another('rmmod');
    expect(lab.calls.unloadModule(lab.a, 'vfio_mdev').ret).toBe(-11);
    expect(lab.calls.unloadModule(remover, 'mtty').blocked).toBe(true);
    for (const fd of [engine, group, container]) lab.calls.close(lab.a, fd);
    lab.kernel.settle();
    expect(lab.kernel.finished.toArray().map(({ answer }) => answer)).toEqual([0]);
    expect(lab.kernel.log.lines.at(-1)!.text).toBe('mtty_dev: Unloaded!');
    expect(lab.calls.stat(lab.a, parent).ret).toBe(-2);
  });
});

describe('the serial card', () => {
  it('has a PCI configuration space with BARs that tell their size', () => {
    const lab = serial();
    const { engine } = lab.opened();
    expect(bytes(lab, engine, config, 4)).toEqual([0x48, 0x43, 0x53, 0x32]);
    write(lab, engine, config + 0x10n, 0xff, 0xff, 0xff, 0xff);
    expect(bytes(lab, engine, config + 0x10n, 4)).toEqual([0xf9, 0xff, 0xff, 0xff]);
    write(lab, engine, config + 0x14n, 0xff, 0xff, 0xff, 0xff);
    expect(bytes(lab, engine, config + 0x14n, 4)).toEqual([0, 0, 0, 0]);
    const region = struct('vfio_region_info', { index: 1 });
    expect(lab.ioctl(engine, 'VFIO_DEVICE_GET_REGION_INFO', region)).toBe(0);
    expect(region.view.getBigUint64(16, true)).toBe(0n);
    expect(region.view.getBigUint64(24, true)).toBe(1n << 40n);
  });

  it('answers EFAULT for regions that it does not know', () => {
    const lab = serial();
    const { engine } = lab.opened();
    expect(lab.calls.pread(lab.a, engine, 9n << 40n, 4).ret).toBe(-14);
    expect(lab.calls.pread(lab.a, engine, 6n << 40n, 4).ret).toBe(-14);
  });

  it('keeps what it is sent, 16 bytes, and says when it is full', () => {
    const lab = serial();
    const { engine } = lab.opened();
    for (let value = 0; value < 15; value++) write(lab, engine, 0n, value);
    expect(bytes(lab, engine, 5n, 1)).toEqual([0x01]);
    write(lab, engine, 0n, 15);
    // The ends of the full buffer meet: the driver takes it for empty.
    expect(bytes(lab, engine, 5n, 1)).toEqual([0x60]);
    write(lab, engine, 0n, 16);
    expect(bytes(lab, engine, 5n, 1)).toEqual([0x62]);
  });

  it('looks for an eventfd behind a NULL pointer when no interrupt was ever set', () => {
    const lab = serial();
    const { engine } = lab.opened();
    const answer = lab.calls.pwrite(lab.a, engine, 1n, Uint8Array.of(0x02));
    expect(answer.blocked).toBe(true);
    expect(lab.kernel.log.lines.at(-2)!.text).toContain('NULL pointer dereference');
  });
});
