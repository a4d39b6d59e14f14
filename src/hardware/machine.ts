import { Entity, entity, JournaledMap, type Journal } from '../history';
import { bringUp } from './boot';
import { checkDescription } from './description-checks';
import type { FunctionDescription, MachineDescription } from './description';
import type { ModelDefinition } from './device-model';
import { assignResources } from './firmware';
import type { InterruptSink } from './interrupts';
import { Iommu, msiWindow } from './iommu';
import { modelNamed } from './models';
import { formatAddress, parseAddress, type PciAddress } from './pci-address';
import { PciFunction } from './pci-function';
import { PhysicalMemory } from './physical-memory';
import { register } from './registers';

export interface MachineOptions {
  /** Further device models by name, such as those written in the language. */
  readonly models?: ReadonlyMap<string, ModelDefinition>;
}

/** The simulated machine after power-on and firmware: memory, an IOMMU, and PCI functions with their addresses. */
export class Machine extends Entity {
  readonly memory: PhysicalMemory;
  readonly iommu: Iommu | null;
  /** Who receives interrupts: set once by the kernel when it boots. */
  interrupts: InterruptSink | null = null;
  private readonly all: JournaledMap<string, PciFunction>;
  private readonly clock: MachineClock;

  private constructor(
    journal: Journal,
    readonly description: MachineDescription,
    private readonly options: MachineOptions,
  ) {
    super(journal);
    checkDescription(description, (name) => this.modelNamed(name));
    this.memory = new PhysicalMemory(journal, description.memory, description.hugepages);
    this.iommu = makeIommu(journal, description);
    this.all = new JournaledMap(journal);
    this.clock = new MachineClock(journal);
    for (const fn of description.functions) this.add(fn, null);
    this.markMultifunction();
    assignResources(this);
    bringUp(this);
  }

  /**
   * Builds a machine as firmware and boot leave it. Nothing of that is part of history.
   * @throws RangeError for a description that contradicts itself
   */
  static build(journal: Journal, description: MachineDescription, options: MachineOptions = {}): Machine {
    return journal.quietly(() => new Machine(journal, description, options));
  }

  /** All functions that are there, ordered by address; VFs while they are enabled. */
  get functions(): Iterable<PciFunction> {
    return [...this.all.values()].sort((a, b) => order(a) - order(b));
  }

  /** The function at `0000:00:04.0`. */
  function(bdf: string): PciFunction | undefined {
    return this.all.get(bdf);
  }

  /** Virtual milliseconds since boot, as the kernel last told. */
  get now(): number {
    return this.clock.now;
  }

  /** Virtual time in ms of the next thing that a device does by itself, or Infinity. */
  nextEvent(): number {
    let next = Infinity;
    for (const fn of this.all.values()) next = Math.min(next, fn.model.nextEvent());
    return next;
  }

  /** Time moved to `now`: devices do what was due. */
  advance(now: number): void {
    this.clock.now = now;
    for (const fn of this.all.values()) if (fn.model.nextEvent() <= now) fn.model.advance(now);
  }

  /**
   * Where an access of the function to `iova` ends: a physical address, or -1 when it reaches no memory. Faults of
   * the IOMMU are recorded and told to the kernel when `report`.
   */
  busAddress(fn: PciFunction, iova: bigint, write: boolean, report: boolean): number {
    if (iova >= msiWindow.first && iova <= msiWindow.last) return -1;
    if (this.iommu === null) return Number(iova);
    const answer = this.iommu.translate(fn, iova, write);
    if (typeof answer === 'number') return answer;
    if (report && answer !== null) {
      this.iommu.faults.push(answer);
      this.interrupts?.iommuFault(answer);
    }
    return -1;
  }

  /** @internal VF enable: the VF number `index` of the PF appears. */
  addVirtualFunction(pf: PciFunction, index: number): void {
    const sriov = pf.sriov!;
    const id = pf.bus * 256 + pf.slot * 8 + pf.fn + sriov.vfOffset + index * sriov.stride;
    const address = { segment: pf.segment, bus: id >>> 8, slot: (id >>> 3) & 0x1f, fn: id & 7 };
    const earlier = sriov.knownVf(index);
    if (earlier !== undefined) {
      earlier.present = true;
      this.all.set(earlier.bdf, earlier);
      pf.noteVirtualFunction(earlier, true);
      return;
    }
    const definition = pf.definition.virtualFunction;
    if (definition === undefined) return;
    const description = {
      ...pf.description,
      bdf: formatAddress(address),
      model: definition.name,
      vfs: 0,
      children: [],
    };
    // Nothing knows the new object yet: only its appearance is part of history.
    const vf = this.journal.quietly(
      () => new PciFunction(this, definition, description, { address, parent: pf.parent, physfn: pf }),
    );
    sriov.remember(vf);
    this.all.set(vf.bdf, vf);
    pf.noteVirtualFunction(vf, true);
  }

  /** @internal VF enable cleared. */
  removeVirtualFunction(vf: PciFunction): void {
    vf.functionReset();
    vf.present = false;
    this.iommu?.attach(vf, null);
    this.all.delete(vf.bdf);
    vf.physfn?.noteVirtualFunction(vf, false);
  }

  private modelNamed(name: string): ModelDefinition | undefined {
    return this.options.models?.get(name) ?? modelNamed(name);
  }

  /** Function 0 says whether its slot has further functions. */
  private markMultifunction(): void {
    for (const fn of this.all.values()) {
      const others = [...this.all.values()].some(
        (other) => other !== fn && other.bus === fn.bus && other.slot === fn.slot,
      );
      const wanted = fn.description.multifunction ?? (fn.fn === 0 && others);
      if (wanted) fn.config.change(register.headerType, 1, 0, 0x80);
    }
  }

  private add(description: FunctionDescription, parent: PciFunction | null): void {
    const definition = this.modelNamed(description.model)!;
    const address: PciAddress = parseAddress(description.bdf);
    const fn = new PciFunction(this, definition, description, { address, parent, physfn: null });
    this.all.set(fn.bdf, fn);
    for (const child of description.children ?? []) this.add(child, fn);
  }
}

/** The machine's time, journaled so that going back moves it too. */
class MachineClock extends entity({ now: 0 }) {}

function makeIommu(journal: Journal, { iommu }: MachineDescription): Iommu | null {
  return iommu.kind === 'none' ? null : new Iommu(journal, iommu.kind, iommu.width, iommu.interruptRemapping);
}

const order = (fn: PciFunction): number => fn.segment * 65536 + fn.bus * 256 + fn.slot * 8 + fn.fn;
