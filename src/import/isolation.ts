import { flatten, type PlacedFunction } from './hierarchy';

/** What is known of a function's isolation, and from where. */
export interface Isolation {
  readonly acs: boolean;
  /** For people; undefined when the capability itself was seen. */
  readonly because?: string;
}

/**
 * Which functions isolate. The capabilities say it where the dump shows them; where it does not, or where the kernel
 * kept devices apart that have no ACS (it knows some that isolate without), the groups of the dump say it.
 */
export function isolationOf(roots: readonly PlacedFunction[]): Map<PlacedFunction, Isolation> {
  const all = flatten(roots);
  const result = new Map<PlacedFunction, Isolation>();
  const needed = neededByGroups(all);
  for (const fn of all) result.set(fn, isolation(fn, needed.has(fn)));
  return result;
}

function isolation({ dumped: { acs, group }, bridge }: PlacedFunction, needed: boolean): Isolation {
  if (acs === true) return { acs };
  if (needed) {
    return acs === false
      ? {
          acs: true,
          because: 'it has no ACS, but the kernel kept it apart: it is known to isolate, or pcie_acs_override was on',
        }
      : { acs: true, because: 'taken from its IOMMU group, its capabilities are not in the dump' };
  }
  if (acs === false) return { acs };
  if (bridge === 'root-port' || bridge === 'downstream') {
    return {
      acs: false,
      because:
        group === undefined
          ? 'not known whether it has ACS, its capabilities are not in the dump'
          : 'taken from its IOMMU group, its capabilities are not in the dump',
    };
  }
  return { acs: false };
}

/** Functions that must isolate, or the groups of the dump could not be as they are. */
function neededByGroups(all: readonly PlacedFunction[]): Set<PlacedFunction> {
  const needed = new Set<PlacedFunction>();
  for (const fn of all) {
    const isPort = fn.bridge === 'root-port' || fn.bridge === 'downstream';
    if (isPort && fn.children.some((child) => separate(fn, child))) needed.add(fn);
  }
  const slots = new Map<string, PlacedFunction[]>();
  for (const fn of all) {
    const slot = fn.dumped.bdf.slice(0, fn.dumped.bdf.lastIndexOf('.'));
    slots.set(slot, [...(slots.get(slot) ?? []), fn]);
  }
  for (const functions of slots.values()) addSeparated(functions, needed);
  return needed;
}

const separate = (a: PlacedFunction, b: PlacedFunction): boolean =>
  a.dumped.group !== undefined && b.dumped.group !== undefined && a.dumped.group !== b.dumped.group;

/** Of the functions of a slot only those of one group can do without: the largest, as nothing more is known. */
function addSeparated(functions: readonly PlacedFunction[], needed: Set<PlacedFunction>): void {
  const groups = new Map<number, PlacedFunction[]>();
  for (const fn of functions) {
    const { group } = fn.dumped;
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), fn]);
  }
  const bySize = [...groups.values()].sort((a, b) => b.length - a.length);
  const [largest] = bySize;
  const alone = largest?.length === 1;
  if (bySize.length > 1) for (const group of alone ? bySize : bySize.slice(1)) for (const fn of group) needed.add(fn);
}
