import { entity, JournaledList, JournaledMap, type Journal } from '../history';
import type { Machine } from '../hardware';
import type { BlockedCall } from './blocking';
import { takenBack, type ChangeHash } from './changes';
import { DriverCore } from './driver-core/driver-core';
import type { Answer, OpenFile } from './file';
import { registerHpet } from './hpet';
import { IommuCore } from './iommu/iommu-core';
import { KernelLog } from './log';
import { Frames } from './mm/frames';
import { ModuleParameters } from './module-parameters';
import { Modules } from './modules';
import { hostDrivers } from './pci/host-drivers';
import { pciBusType } from './pci/pci-bus-type';
import { PciCore } from './pci/pci-core';
import { Process, type ProcessOptions } from './process';
import { Story } from './story';
import { Sysfs } from './sysfs/sysfs';
import { VfioCore } from './vfio/core';
import { MdevCore, mdevModules } from './vfio/mdev';
import { registerVfioPci } from './vfio/pci/driver';

/** A node under `/dev`. */
export interface CharacterDevice {
  /** Who may open it besides root; `/dev/vfio/vfio` is 0666, groups are 0600 and belong to root until chowned. */
  readonly mode: number;
  /** User id of its owner. */
  readonly owner: number;
  /** `open`: the file, or a negative error. */
  open(process: Process, flags: number): OpenFile | number;
}

export interface KernelOptions {
  /** Changes taken back, by hash: `kernel 5.7 without 5cbf3264bc71`. */
  readonly without?: readonly string[];
  /** Parameter `ids` of vfio-pci, as on the kernel command line: `1234:11e8,8086:100e:1af4`. */
  readonly vfioPciIds?: string;
}

/** A call that waited, and what it answered in the end. */
export interface FinishedCall {
  readonly process: Process;
  readonly answer: number;
}

/** Virtual time in milliseconds since boot. It moves only in `sleep` and while calls wait. */
class Clock extends entity({ now: 0 }) {}

/** The simulated Linux 5.7 on its machine. Everything that it knows hangs below this object and is journaled. */
export class Kernel extends entity({
  nextPid: 200,
  /** How many processes wait in a call. */
  waiting: 0,
}) {
  readonly clock: Clock;
  readonly log: KernelLog;
  readonly story: Story;
  /** Page frames of user memory. */
  readonly frames: Frames;
  readonly parameters: ModuleParameters;
  readonly processes: JournaledMap<string, Process>;
  /** `/dev`: nodes by path. */
  readonly characterDevices: JournaledMap<string, CharacterDevice>;
  /** Answers of calls that waited and came back, until somebody takes them. */
  readonly finished: JournaledList<FinishedCall>;
  readonly sysfs: Sysfs;
  /** The PCI bus. */
  readonly drivers: DriverCore;
  readonly iommu: IommuCore;
  readonly pci: PciCore;
  readonly vfio: VfioCore;
  readonly mdev: MdevCore;
  readonly modules: Modules;
  /** Changes that this kernel lacks. */
  private readonly without: ReadonlySet<string>;

  private constructor(
    journal: Journal,
    readonly machine: Machine,
    options: KernelOptions,
  ) {
    super(journal);
    this.without = takenBack(options.without ?? []);
    this.clock = new Clock(journal);
    this.log = new KernelLog(journal, this.clock);
    this.story = new Story(journal);
    this.frames = new Frames(journal, machine.memory);
    this.parameters = new ModuleParameters(journal);
    this.processes = new JournaledMap(journal);
    this.characterDevices = new JournaledMap(journal);
    this.finished = new JournaledList(journal);
    this.sysfs = new Sysfs(this);
    this.drivers = new DriverCore(this, pciBusType);
    for (const driver of hostDrivers(journal, machine)) this.drivers.register(driver);
    this.iommu = new IommuCore(this);
    this.pci = new PciCore(this);
    this.vfio = new VfioCore(this);
    this.mdev = new MdevCore(this);
    this.modules = new Modules(journal, mdevModules(this));
  }

  /** Boots on a machine: devices found, groups made, host drivers bound. What boot writes is not part of history. */
  static boot(journal: Journal, machine: Machine, options: KernelOptions = {}): Kernel {
    return journal.quietly(() => {
      const kernel = new Kernel(journal, machine, options);
      registerHpet(kernel);
      registerVfioPci(kernel, options.vfioPciIds ?? '');
      kernel.pci.enumerate();
      return kernel;
    });
  }

  /** Whether this kernel has the change (all are in, unless taken back). */
  has(change: ChangeHash): boolean {
    return !this.without.has(change);
  }

  spawn(options: ProcessOptions): Process {
    const process = new Process(this, this.nextPid++, options);
    this.processes.set(options.name, process);
    return process;
  }

  /** Lets `ms` of virtual time pass, stopping at everything that happens in between. */
  sleep(ms: number): void {
    const end = this.clock.now + ms;
    for (;;) {
      const next = Math.min(this.machine.nextEvent(), this.nextWakeUp());
      if (next > end) break;
      this.clock.now = Math.max(this.clock.now, next);
      this.machine.advance(this.clock.now);
      this.settle();
    }
    this.clock.now = end;
    this.machine.advance(end);
    this.settle();
  }

  /**
   * Resumes every waiting call whose time has come, until none can go on.
   * The answers are put into {@link finished}, in the order in which the calls came back.
   */
  settle(): void {
    while (this.waiting > 0 && this.resumeOne()) {
      // Each call that goes on may let others go on.
    }
  }

  /** Notes that the process waits, when the answer says so. */
  waits(process: Process, answer: Answer): answer is BlockedCall {
    if (typeof answer === 'number') return false;
    process.waitIn(answer);
    return true;
  }

  /** Whether the path is a device node or a directory of them. */
  deviceNodeExists(path: string): boolean {
    if (this.characterDevices.has(path) || path === '/dev') return true;
    const directory = path.endsWith('/') ? path : `${path}/`;
    for (const node of this.characterDevices.keys()) if (node.startsWith(directory)) return true;
    return false;
  }

  private resumeOne(): boolean {
    for (const process of this.processes.values()) {
      const call = process.blocked;
      if (call === null || !(call.ready() || this.clock.now >= call.wakeAt)) continue;
      process.waitIn(null);
      const answer = call.resume();
      if (this.waits(process, answer)) return true;
      if (process.killed) process.exit();
      this.finished.push({ process, answer });
      return true;
    }
    return false;
  }

  private nextWakeUp(): number {
    let next = Infinity;
    for (const process of this.processes.values()) next = Math.min(next, process.blocked?.wakeAt ?? Infinity);
    return next;
  }
}
