import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boot } from '../world';

/** Contents of plain files, by name, besides what has a form of its own. */
type Files = Readonly<Partial<Record<string, string>>>;

interface RecordedDevice {
  readonly class: string;
  readonly config: string;
  readonly resource: readonly string[];
  readonly path: string;
  readonly reset: boolean;
  readonly irq: string;
  readonly driver?: string;
  readonly iommu_group?: string;
}

interface RecordedMachine {
  readonly machine: string;
  readonly devices: Readonly<Record<string, RecordedDevice>>;
  readonly groups: Readonly<Record<string, { reserved_regions: string[]; type: string[] }>>;
}

const folder = new URL('../../recordings/machines/', import.meta.url);
const machines = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as RecordedMachine,
);
const plainFiles = [
  'vendor',
  'device',
  'subsystem_vendor',
  'subsystem_device',
  'class',
  'revision',
  'sriov_totalvfs',
  'sriov_numvfs',
  'sriov_offset',
  'sriov_stride',
  'sriov_vf_device',
];

describe.each(machines)('sysfs of $machine', ({ machine, devices, groups }) => {
  const { calls, kernel } = boot(machine);
  const root = kernel.spawn({ name: 'root' });
  const cat = (path: string): string | undefined => calls.cat(root, path).text;

  it('has the devices, in their places', () => {
    expect(kernel.sysfs.list('/sys/bus/pci/devices')).toEqual(Object.keys(devices));
    for (const [bdf, { path }] of Object.entries(devices)) {
      expect(calls.readlink(root, `/sys/bus/pci/devices/${bdf}`).text).toBe(path);
    }
  });

  it.each(Object.entries(devices))('shows %s as the real kernel does', (bdf, device) => {
    const directory = `/sys/bus/pci/devices/${bdf}`;
    for (const file of plainFiles) {
      const text = (device as unknown as Files)[file];
      const expected = text === undefined ? undefined : `${text}\n`;
      expect(cat(`${directory}/${file}`), file).toBe(expected);
    }
    // A driver, the IOMMU's own one too, moves its device to another interrupt.
    if (device.driver === undefined && device.class !== '0x080600')
      expect(cat(`${directory}/irq`)).toBe(`${device.irq}\n`);
    expect(cat(`${directory}/resource`)?.trimEnd().split('\n')).toEqual(device.resource);
    const { bytes } = calls.catx(root, `${directory}/config`);
    expect(
      Buffer.from(bytes!)
        .toString('hex')
        .replace(/(00)*$/, ''),
    ).toBe(device.config);
    expect(calls.stat(root, `${directory}/reset`).ret === 0).toBe(device.reset);
    const driver = calls.readlink(root, `${directory}/driver`).text?.split('/').at(-1);
    expect(driver).toBe(device.driver);
    expect(calls.readlink(root, `${directory}/iommu_group`).text?.split('/').at(-1)).toBe(device.iommu_group);
  });

  it('shows the groups', () => {
    expect(kernel.sysfs.list('/sys/kernel/iommu_groups')).toEqual(Object.keys(groups));
    for (const [id, group] of Object.entries(groups)) {
      const directory = `/sys/kernel/iommu_groups/${id}`;
      expect(cat(`${directory}/reserved_regions`)?.trimEnd().split('\n')).toEqual(group.reserved_regions);
      expect(cat(`${directory}/type`)).toBe(`${group.type[0]}\n`);
    }
  });
});
