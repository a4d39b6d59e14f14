import { Journal } from '../history';
import { Machine } from '../hardware';
import { Kernel } from '../kernel';
import type { ImportedMachine } from './import-machine';

/** A group of the dump that the simulated kernel makes differently. */
export interface GroupDifference {
  /** Number of the group in the dump. */
  readonly group: number;
  readonly dumped: readonly string[];
  /** The same functions in simulated groups, with all that are in those. */
  readonly simulated: readonly (readonly string[])[];
  /** What may be the cause. */
  readonly explanation: string;
}

export interface GroupComparison {
  /** Groups of the dump. */
  readonly groups: number;
  /** Functions that both know. */
  readonly functions: number;
  readonly differences: readonly GroupDifference[];
}

/**
 * Boots the simulated kernel on an imported machine and compares its IOMMU groups with those of the dump. Numbers of
 * groups do not matter, only who is together.
 */
export function compareGroups(imported: ImportedMachine): GroupComparison {
  const { groups } = imported;
  const dumped = members(groups);
  if (groups.size === 0) return { groups: 0, functions: 0, differences: [] };
  const { byFunction, reasons } = simulate(imported);
  const simulated = members(new Map([...byFunction].filter(([bdf]) => groups.has(bdf))));
  const differences: GroupDifference[] = [];
  for (const [group, functions] of dumped) {
    const numbers = new Set(functions.flatMap((bdf) => byFunction.get(bdf) ?? []));
    const others = [...numbers].map((number) => simulated.get(number) ?? []);
    if (others.length === 1 && others[0]!.length === functions.length) continue;
    differences.push({
      group,
      dumped: functions,
      simulated: others,
      explanation: explain(
        functions,
        others,
        [...numbers].map((number) => reasons.get(number) ?? ''),
      ),
    });
  }
  return { groups: dumped.size, functions: groups.size, differences };
}

function members(groups: ReadonlyMap<string, number>): Map<number, string[]> {
  const lists = new Map<number, string[]>();
  for (const [bdf, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
    lists.set(group, [...(lists.get(group) ?? []), bdf]);
  return lists;
}

function simulate({ description }: ImportedMachine): { byFunction: Map<string, number>; reasons: Map<number, string> } {
  const journal = new Journal();
  const iommu =
    description.iommu.kind === 'none'
      ? ({ kind: 'intel', width: 48, interruptRemapping: true } as const)
      : description.iommu;
  const kernel = Kernel.boot(journal, Machine.build(journal, { ...description, iommu }));
  const byFunction = new Map<string, number>();
  const reasons = new Map<number, string>();
  for (const group of kernel.iommu.groups.values()) {
    reasons.set(group.id, group.reason);
    for (const device of group.devices) byFunction.set(device.name, group.id);
  }
  return { byFunction, reasons };
}

function explain(
  dumped: readonly string[],
  simulated: readonly (readonly string[])[],
  reasons: readonly string[],
): string {
  const split = simulated.length > 1;
  const extra = simulated.flat().filter((bdf) => !dumped.includes(bdf));
  if (split && extra.length === 0) {
    return 'the dump holds them together, the simulated kernel finds nothing that joins them: a quirk of this hardware, capabilities that are not in the dump, or another kernel version';
  }
  const together = reasons.filter((reason) => reason !== '').join('; ');
  return `the simulated kernel holds them with ${extra.join(', ')}: ${together}`;
}
