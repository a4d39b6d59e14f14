import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presets } from '../../../src/hardware';
import { boot } from '../world';

interface RecordedMachine {
  readonly devices: Readonly<Record<string, { readonly iommu_group?: string | null }>>;
  readonly groups: Readonly<Record<string, { readonly reserved_regions: readonly string[] }>>;
}

/** What a real kernel made of each machine. They are not part of the project; tests without them are skipped. */
const recorded = join(import.meta.dirname, '../../../../shared/recordings/machines');

describe.skipIf(!existsSync(recorded)).each(Object.keys(presets))('IOMMU groups of %s', (name) => {
  const { kernel } = boot(name);
  const file = join(recorded, `${name}.json`);

  it('have the numbers and members of the real machine', () => {
    const machine = JSON.parse(readFileSync(file, 'utf8')) as RecordedMachine;
    for (const [bdf, { iommu_group: group }] of Object.entries(machine.devices)) {
      const id = kernel.drivers.device(bdf)?.iommuGroup?.id;
      expect(`${bdf} ${id ?? 'none'}`).toBe(`${bdf} ${group ?? 'none'}`);
    }
  });

  it('have its reserved regions', () => {
    const machine = JSON.parse(readFileSync(file, 'utf8')) as RecordedMachine;
    const hex = (address: bigint): string => `0x${address.toString(16).padStart(16, '0')}`;
    for (const [id, { reserved_regions: regions }] of Object.entries(machine.groups)) {
      const group = kernel.iommu.groups.get(Number(id))!;
      const told = kernel.iommu
        .reservedRegions(group)
        .map(({ start, end, type }) => `${hex(start)} ${hex(end)} ${type}`);
      expect(told).toEqual(regions);
    }
  });
});
