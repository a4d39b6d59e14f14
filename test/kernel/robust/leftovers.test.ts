import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VfioPciDevice, type Kernel, type Process, type VfioGroup } from '../../../src/kernel';
import { boot } from '../world';
import { anyCall, prepare } from './calls';

const machines = ['q35-intel', 'q35-amd', 'q35-none'];

function leftInGroup(group: VfioGroup): string[] {
  const found: string[] = [];
  if (group.opened || group.containerUsers !== 0 || group.container !== null) found.push(`${group.path} is in use`);
  const { domain, defaultDomain, id } = group.iommuGroup;
  if (domain !== defaultDomain) found.push(`group ${id} is in a user's domain`);
  for (const { data, device, references } of group.devices) {
    if (references !== 1) found.push(`${device.name} has ${references} references`);
    if (data instanceof VfioPciDevice) found.push(...leftInDevice(data));
  }
  return found;
}

function leftInDevice({ pdev, refcnt, config, contexts, vfToken }: VfioPciDevice): string[] {
  const found: string[] = [];
  if (refcnt !== 0 || config !== null || contexts.size > 0) found.push(`${pdev.name} is open`);
  if (vfToken !== null && vfToken.users !== 0) found.push(`${pdev.name} counts ${vfToken.users} VF users`);
  return found;
}

/** What users left behind, in words; empty when the kernel let go of everything. */
function leftovers(kernel: Kernel, users: readonly Process[]): string[] {
  const found: string[] = [];
  if (kernel.vfio.containers.length > 0) found.push(`${kernel.vfio.containers.length} containers`);
  for (const group of kernel.vfio.groups.values()) found.push(...leftInGroup(group));
  for (const user of users) if (user.mm.pages.size > 0) found.push(`${user.name} still has pages`);
  return found;
}

describe.each(machines)('when all processes are gone on %s', (machine) => {
  it('nothing of theirs is left, unless the kernel failed under one of them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(0, 1), anyCall), { maxLength: 120, size: 'max' }), (steps) => {
        const { kernel, calls } = boot(machine);
        const users = ['a', 'b'].map((name) => kernel.spawn({ name }));
        const memory = users.map((user) => BigInt(calls.mmap(user, { length: 65536, prot: 'rw' }).ret));
        const free = kernel.machine.memory.freeFrames;
        prepare(calls, kernel, users[0]!);
        for (const [who, call] of steps) call(calls, users[who]!, memory[who]!);
        for (const user of users) calls.kill(user);
        for (const user of users) calls.kill(user);
        const failed = users.some(({ blocked }) => blocked !== null);
        if (failed) return;
        expect(leftovers(kernel, users)).toEqual([]);
        expect(kernel.machine.memory.freeFrames).toBe(free);
      }),
      { numRuns: Number(process.env.ROBUST_RUNS ?? 25) },
    );
  });
});
