import {
  modelNames,
  presets,
  type BarDescription,
  type FunctionDescription,
  type IommuDescription,
  type MachineDescription,
} from '../../hardware';
import type { IommuEntry, MachineBlock, MachineEntry, NamedEntry, PropertyValue } from '../generated/ast';
import { integerOf } from '../literals';
import { nearest } from '../names/words';
import { Bdf } from '../value';
import type { Problems } from './problems';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The machine of a file that names none. */
const defaultPreset = 'q35-intel';

/** Main memory of a machine that does not say: 1 GiB, with 64 huge pages, as the recorded machines have. */
const defaultMemory = 1 << 30;
const defaultHugepages = 64;

const intelWidth = 48;
const amdWidth = 64;

/** The machine that a file describes, by preset, by description, or both (what is written is put over the preset). */
export function machineOf(block: MachineBlock | undefined, problems: Problems): MachineDescription {
  const name = block?.preset ?? (block?.braces ? undefined : defaultPreset);
  const preset = name === undefined ? undefined : presetNamed(name, block, problems);
  const machine: Writable<MachineDescription> = { ...(preset ?? bareMachine) };
  if (block?.braces) new MachineReader(machine, problems).read(block.entries);
  return machine;
}

/** What a description is put on. */
const bareMachine: MachineDescription = {
  name: 'machine',
  memory: defaultMemory,
  hugepages: defaultHugepages,
  iommu: { kind: 'none' },
  // Every x86 machine has a host bridge; it need not be written.
  functions: [{ bdf: '0000:00:00.0', model: 'host-bridge' }],
};

function presetNamed(
  name: string,
  block: MachineBlock | undefined,
  problems: Problems,
): MachineDescription | undefined {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined && block !== undefined) {
    const near = nearest(name, Object.keys(presets));
    problems.error(
      block,
      `there is no machine ${name}`,
      near === undefined
        ? `there are ${Object.keys(presets).join(', ')}; or describe one: machine { … }`
        : `did you mean ${near}?`,
    );
  }
  return preset;
}

type NumberField =
  | 'vfs'
  | 'vendor'
  | 'device'
  | 'classCode'
  | 'revision'
  | 'line'
  | 'slot'
  | 'subsystemVendor'
  | 'subsystemDevice'
  | 'vfOffset'
  | 'vfStride';

/** Properties of a device that are numbers, and their fields. */
const functionNumbers: ReadonlyMap<string, NumberField> = new Map([
  ['vfs', 'vfs'],
  ['vendor', 'vendor'],
  ['device', 'device'],
  ['class', 'classCode'],
  ['revision', 'revision'],
  ['line', 'line'],
  ['slot', 'slot'],
  ['subsystem_vendor', 'subsystemVendor'],
  ['subsystem_device', 'subsystemDevice'],
  ['vf_offset', 'vfOffset'],
  ['vf_stride', 'vfStride'],
]);

/** Reads the entries of a `machine` block. */
class MachineReader {
  private readonly addresses = new Set<string>();

  constructor(
    private readonly machine: Writable<MachineDescription>,
    private readonly problems: Problems,
  ) {}

  read(entries: readonly MachineEntry[]): void {
    const functions: FunctionDescription[] = [];
    for (const entry of entries) {
      if (entry.$type === 'IommuEntry') this.machine.iommu = this.iommu(entry);
      else if (entry.$type === 'DriverEntry') this.problems.error(entry, 'driver belongs into the braces of a device');
      else if (entry.address === undefined) this.property(entry);
      else functions.push(this.function(entry, entry.address));
    }
    const written = new Set(functions.map(({ bdf }) => bdf));
    this.machine.functions = [
      ...this.machine.functions.filter(({ bdf }) => !written.has(Bdf.parse(bdf).text)),
      ...functions,
    ];
  }

  private property(entry: NamedEntry): void {
    switch (entry.name) {
      case 'memory':
        this.machine.memory = this.number(entry, this.machine.memory);
        break;
      case 'hugepages':
        this.machine.hugepages = this.number(entry, this.machine.hugepages);
        break;
      case 'name':
        if (entry.value?.$type === 'StringLiteral') this.machine.name = entry.value.text;
        break;
      default:
        this.unknown(entry, 'a machine', ['memory', 'hugepages', 'iommu'], 'a device has an address: edu 00:04.0');
    }
  }

  private iommu(entry: IommuEntry): IommuDescription {
    if (entry.kind === 'none' || entry.kind === undefined) return { kind: 'none' };
    if (entry.kind !== 'intel' && entry.kind !== 'amd') {
      this.problems.error(entry, `there is no IOMMU ${entry.kind}`, 'write intel, amd or none');
      return { kind: 'none' };
    }
    let width = entry.kind === 'intel' ? intelWidth : amdWidth;
    // Written braces say all that it can do.
    let interruptRemapping = !entry.braces;
    for (const property of entry.entries) {
      if (property.name === 'width') width = this.number(property, width);
      else if (property.name === 'interrupt_remapping') interruptRemapping = this.flag(property);
      else this.unknown(property, 'an IOMMU', ['width', 'interrupt_remapping']);
    }
    return { kind: entry.kind, width, interruptRemapping };
  }

  private function(entry: NamedEntry, address: string): FunctionDescription {
    const bdf = Bdf.parse(address).text;
    if (this.addresses.has(bdf)) this.problems.error(entry, `there are two devices at ${address}`);
    this.addresses.add(bdf);
    const described: Writable<FunctionDescription> = { bdf, model: this.model(entry) };
    const children: FunctionDescription[] = [];
    for (const part of entry.entries) {
      if (part.$type === 'IommuEntry') this.problems.error(part, 'the IOMMU belongs to the machine, not to a device');
      else if (part.$type === 'DriverEntry') described.driver = part.driver === 'none' ? null : part.driver;
      else if (part.address !== undefined) children.push(this.function(part, part.address));
      else this.functionProperty(described, part);
    }
    if (children.length > 0) described.children = children;
    return described;
  }

  private model(entry: NamedEntry): string {
    // `device` is the bare function; `function` is a word of the language.
    const model = entry.name === 'device' ? 'function' : entry.name.replaceAll('_', '-');
    const known = [...modelNames()];
    if (!known.includes(model)) {
      const near = nearest(model, known);
      this.problems.error(
        entry,
        `there is no device model ${entry.name}`,
        near === undefined ? `the models are ${known.join(', ')}` : `did you mean ${near}?`,
      );
    }
    return model;
  }

  private functionProperty(described: Writable<FunctionDescription>, entry: NamedEntry): void {
    const field = functionNumbers.get(entry.name);
    if (field !== undefined) described[field] = this.number(entry, 0);
    else if (entry.name === 'acs' || entry.name === 'flr') described[entry.name] = this.flag(entry);
    else if (entry.name === 'bar') described.bars = [...(described.bars ?? []), this.bar(entry)];
    else {
      const known = ['acs', ...functionNumbers.keys(), 'driver', 'flr', 'bar'];
      this.unknown(entry, 'a device', known, 'a device behind a bridge has an address: nvme 01:00.0');
    }
  }

  /** `bar 0 { size 64K, wide, prefetchable }`, `bar 1 { size 32, io }`. */
  private bar(entry: NamedEntry): BarDescription {
    const index = this.number(entry, 0);
    if (index > 5) this.problems.error(entry, `there is no BAR ${index}`, 'a device has BARs 0 to 5');
    const bar: Writable<BarDescription> = { index, kind: 'memory', size: 0 };
    for (const part of entry.entries) {
      if (part.$type !== 'NamedEntry') this.problems.error(part, 'this does not belong into the braces of a BAR');
      else if (part.name === 'size') bar.size = this.number(part, 0);
      else if (part.name === 'io') bar.kind = this.flag(part) ? 'io' : 'memory';
      else if (part.name === 'wide') bar.is64 = this.flag(part);
      else if (part.name === 'prefetchable') bar.prefetchable = this.flag(part);
      else this.unknown(part, 'a BAR', ['size', 'io', 'wide', 'prefetchable']);
    }
    const smallest = bar.kind === 'io' ? 4 : 16;
    if (bar.size < smallest || !Number.isInteger(Math.log2(bar.size))) {
      this.problems.error(
        entry,
        `the size of a BAR is a power of two from ${smallest} on`,
        'such as bar 0 { size 64K }',
      );
      bar.size = 4096;
    }
    return bar;
  }

  private unknown(entry: NamedEntry, owner: string, known: readonly string[], otherwise?: string): void {
    const near = nearest(entry.name, known);
    this.problems.error(
      entry,
      `${owner} has no property ${entry.name}`,
      near === undefined ? (otherwise ?? `its properties are ${known.join(', ')}`) : `did you mean ${near}?`,
    );
  }

  private number(entry: NamedEntry, otherwise: number): number {
    const value = entry.value?.$type === 'IntegerLiteral' ? integerOf(entry.value.text) : undefined;
    if (value === undefined) this.problems.error(entry, `${entry.name} takes a number`);
    return value === undefined ? otherwise : Number(value);
  }

  private flag(entry: NamedEntry): boolean {
    return entry.value === undefined || parameterText(entry.value) === 'Y';
  }
}

/** A module parameter's value as it is written to sysfs: `Y`, `N`, a number, a text. */
export function parameterText(value: PropertyValue): string {
  if (value.$type === 'BooleanLiteral') return value.text === 'true' ? 'Y' : 'N';
  return value.$type === 'IntegerLiteral' ? String(integerOf(value.text) ?? 0n) : value.text;
}
