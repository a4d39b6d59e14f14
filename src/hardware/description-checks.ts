import type { FunctionDescription, MachineDescription } from './description';
import type { ModelDefinition } from './device-model';
import { parseAddress } from './pci-address';
import { hugeFrames, frameSize } from './physical-memory';

const smallestMemory = 16 << 20;
const largestMemory = 2 ** 40;
const intelWidths = [39, 48, 57];
const mostVfs = 127;

/**
 * Refuses a description that contradicts itself.
 * @throws RangeError with one sentence that says what is wrong
 */
export function checkDescription(
  description: MachineDescription,
  modelNamed: (name: string) => ModelDefinition | undefined,
): void {
  checkMemory(description);
  const { iommu } = description;
  if (iommu.kind === 'intel' && !intelWidths.includes(iommu.width)) {
    throw new RangeError(`an Intel IOMMU is ${intelWidths.join(', ')} bits wide, not ${iommu.width}`);
  }
  const seen = new Set<string>();
  const visit = (fn: FunctionDescription, above: FunctionDescription | null): void => {
    checkFunction(fn, above, modelNamed(fn.model));
    const { segment, bus, slot, fn: number } = parseAddress(fn.bdf);
    const place = `${segment}/${bus}/${slot}/${number}`;
    if (seen.has(place)) throw new RangeError(`two functions stand at ${fn.bdf}`);
    seen.add(place);
    for (const child of fn.children ?? []) visit(child, fn);
  };
  for (const fn of description.functions) visit(fn, null);
}

function checkMemory({ memory, hugepages }: MachineDescription): void {
  if (!(memory >= smallestMemory && memory <= largestMemory)) {
    throw new RangeError(`memory must be 16 MiB to 1 TiB, not ${memory} bytes`);
  }
  if (hugepages * hugeFrames * frameSize > memory / 2) {
    throw new RangeError(`${hugepages} huge pages of 2 MiB are more than half of the memory`);
  }
}

function checkFunction(
  fn: FunctionDescription,
  above: FunctionDescription | null,
  model: ModelDefinition | undefined,
): void {
  if (model === undefined) throw new RangeError(`no device model is called '${fn.model}'`);
  const { bus, segment } = parseAddress(fn.bdf);
  if (above !== null) {
    const upper = parseAddress(above.bdf);
    if (segment !== upper.segment)
      throw new RangeError(`${fn.bdf} is behind ${above.bdf}: their domains must be equal`);
    if (bus <= upper.bus) throw new RangeError(`${fn.bdf} is behind ${above.bdf}: its bus number must be higher`);
  }
  const children = fn.children ?? [];
  if (children.length > 0 && !model.bridge)
    throw new RangeError(`${fn.bdf} (${fn.model}) is no bridge: nothing can be behind it`);
  const first = children[0];
  const stray = children.find((child) => parseAddress(child.bdf).bus !== parseAddress(first!.bdf).bus);
  if (stray !== undefined)
    throw new RangeError(`${first!.bdf} and ${stray.bdf} are behind the same bridge: their buses must be equal`);
  const vfs = fn.vfs ?? 0;
  if (vfs > 0 && model.virtualFunction === undefined) throw new RangeError(`${fn.bdf} (${fn.model}) can have no VFs`);
  if (vfs < 0 || vfs > mostVfs) throw new RangeError(`${fn.bdf} can have at most ${mostVfs} VFs, not ${vfs}`);
}
