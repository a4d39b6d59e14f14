import type { JournalOwner } from '../history';
import { Type1Iommu, VfioPciDevice, type Kernel } from '../kernel';
import { baseName } from './host';
import type { LastWriteAnswer, LastWriteArguments } from './requests';
import type { Run } from './run';

/** What the journal knows a thing by. */
interface Written {
  readonly label: string;
  readonly owner: JournalOwner;
  readonly key: unknown;
}

/** Who wrote a thing last, in words and as a moment to go to. */
export function lastWriteOf(run: Run, args: LastWriteArguments): LastWriteAnswer {
  const { kernel } = run.engine;
  const written =
    'variablesReference' in args ? run.item(args.variablesReference, args.name)?.place : ofTree(kernel, args);
  if (written === undefined) return { text: 'Nobody writes this itself: it is worked out from other things.' };
  const { label, owner, key } = written;
  const last = run.engine.lastWrite(owner, key);
  if (last === undefined) {
    const forgotten = run.engine.standing.first > 0;
    return {
      text: `${label} ${forgotten ? 'was not written in the part of history that is kept' : 'is as it was at the start'}.`,
    };
  }
  const { step, statement } = last;
  if (statement === null) return { text: `${label} was written at step ${step}.`, step };
  const { uri, range, processName } = statement;
  if (statement.calls[0]?.name === 'debugger')
    return { text: `${label} was last written by hand (step ${step}).`, step };
  const { line, character } = range.start;
  const who = processName ?? 'the scenario';
  return {
    text: `${label} was last written by ${who} at ${baseName(uri)}:${line + 1} (step ${step}).`,
    step,
    source: { uri, line, column: character },
  };
}

function ofTree(
  kernel: Kernel | null,
  args: Exclude<LastWriteArguments, { variablesReference: number }>,
): Written | undefined {
  if (kernel === null) return undefined;
  if ('container' in args) {
    const data = [...kernel.vfio.containers].find(({ id }) => id === args.container)?.data;
    const dma = data instanceof Type1Iommu ? data.dmas.at(Number(BigInt(args.iova) >> 12n)) : null;
    return dma === null ? undefined : { label: `the mapping at ${args.iova}`, owner: dma, key: 'pages' };
  }
  if ('group' in args) {
    const vfio = [...kernel.vfio.groups.values()].find(({ iommuGroup }) => iommuGroup.id === args.group);
    return vfio === undefined
      ? undefined
      : { label: `container of group ${args.group}`, owner: vfio, key: 'container' };
  }
  const name = 'device' in args ? args.device : args.token;
  const device = kernel.pci.device(name)?.device;
  if (device === undefined) return undefined;
  if ('device' in args) return { label: `driver of ${name}`, owner: device, key: 'driver' };
  const data = kernel.vfio.vfioDevice(device)?.data;
  const token = data instanceof VfioPciDevice ? data.vfToken : null;
  return token === null ? undefined : { label: `VF token of ${name}`, owner: token, key: 'uuid' };
}
