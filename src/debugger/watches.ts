import type { JournalOwner } from '../history';
import type { Kernel } from '../kernel';
import { Cells, Execution } from '../scenario';
import type { Watch } from './data-breakpoints';
import { memoryReference, readMemory, type MemoryPlace } from './memory';
import { hex, type Place } from './views/item';

/** Bytes of a watched range that are compared at most. */
const mostBytes = 4096;

/** Waits for a thing that the journal knows. */
export function watchPlace({ label, owner, key, read }: Place): Watch {
  return { label, touches: (other, its) => other === owner && its === key, read };
}

/**
 * Waits for bytes of an address space, and for their coming and going: a mapping of an IOVA range that is made or
 * taken away counts.
 * @param now the kernel of the present moment; null: there is none yet
 */
export function watchMemory(now: () => Kernel | null, place: MemoryPlace, count: number): Watch {
  const { space, address } = place;
  const bytes = Math.min(count, mostBytes);
  return {
    label: `${count} bytes at ${memoryReference(space, address)}`,
    touches: (owner) => !isOfScenario(owner),
    read() {
      const kernel = now();
      if (kernel === null) return 'nothing';
      try {
        return `${mappingText(kernel, place)}${bytesText(readMemory(kernel, place, bytes).bytes)}`;
      } catch {
        return 'nothing';
      }
    },
  };
}

/** Cells of variables change all the time, and no memory of the simulated machine is in them. */
function isOfScenario(owner: JournalOwner): boolean {
  return owner instanceof Cells || owner instanceof Execution;
}

/** For DMA memory: where the address leads, so that another mapping with the same bytes is a change, too. */
function mappingText(kernel: Kernel, { space, address }: MemoryPlace): string {
  if (space.space !== 'dma') return '';
  const fn = kernel.machine.function(space.name);
  const page = fn === undefined ? undefined : kernel.machine.iommu?.tableOf(fn)?.lookup(Number(address >> 12n));
  return page === undefined ? '' : `${['', 'R', 'W', 'RW'][page.prot & 3]} frame ${hex(page.pfn)}: `;
}

/** Bytes shown in full; of more, a sum stands for the rest. */
const shownBytes = 16;

function bytesText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  const shown = [...bytes.subarray(0, shownBytes)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  if (bytes.length <= shownBytes) return shown;
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return `${shown} … (sum ${hex(sum)})`;
}
