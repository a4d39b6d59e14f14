import type { BarShape } from '../bar';
import { addExpress } from '../capabilities/express';
import { addMsix } from '../capabilities/msix';
import { addSriov } from '../capabilities/sriov';
import { addAri, addPowerManagement, setIdentity } from '../capabilities/standard';
import type { AccessWidth, ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import type { ModelDefinition } from '../device-model';
import { portType, register } from '../registers';
import { BareModel, RegistersModel } from './registers-model';

/** Controller registers in BAR 0 (NVM Express 1.4, 3.1). */
const reg = {
  capabilities: 0x00,
  version: 0x08,
  configuration: 0x14,
  status: 0x1c,
  queueAttributes: 0x24,
  submissionQueue: 0x28,
  completionQueue: 0x30,
  doorbells: 0x1000,
} as const;

/** 2048 queue entries, contiguous queues, 7.5 s to become ready; NVM, other and no I/O command sets; pages of 4 to 64 KiB. */
const capabilities = { low: 0x0f0107ff, high: 0x00401820 };
const version = 0x00010400;
const enable = 0x1;
const shutdown = 0xc000;
const ready = 0x1;
const fatal = 0x2;
const shutdownDone = 0x8;
const readOnly: readonly number[] = [reg.capabilities, reg.capabilities + 4, reg.version, reg.status];

const memorySize = 0x4000n;
const vfMemorySize = 0x4000n;
const defaultVectors = 65;
/** A virtual function that was given no interrupt resources by its controller reports one vector. */
const offlineVectors = 1;
const device = 0x0010;

/** An NVM Express controller without its queues: it becomes ready when enabled, and ends on shutdown. */
class NvmeModel extends RegistersModel {
  override write(bar: number, offset: number, width: AccessWidth, value: number): void {
    if (offset >= reg.doorbells || readOnly.includes(offset & ~3)) return;
    const before = this.read(0, reg.configuration, 4);
    super.write(bar, offset, width, value);
    if ((offset & ~3) === reg.configuration) this.configure(before, this.read(0, reg.configuration, 4));
  }

  override state(): Record<string, number> {
    return { CC: this.read(0, reg.configuration, 4), CSTS: this.read(0, reg.status, 4) };
  }

  protected override powerOn(): void {
    this.put(0, reg.capabilities, capabilities.low);
    this.put(0, reg.capabilities + 4, capabilities.high);
    this.put(0, reg.version, version);
  }

  private configure(before: number, after: number): void {
    if ((after & ~before & enable) !== 0) this.put(0, reg.status, this.queuesValid() ? ready : fatal);
    else if ((before & ~after & enable) !== 0) this.put(0, reg.status, 0);
    if ((after & shutdown) !== 0) this.put(0, reg.status, (this.read(0, reg.status, 4) & ready) | shutdownDone);
  }

  /** Both admin queues have a size and stand on a page boundary. */
  private queuesValid(): boolean {
    const sizes = this.read(0, reg.queueAttributes, 4);
    const aligned = ((this.read(0, reg.submissionQueue, 4) | this.read(0, reg.completionQueue, 4)) & 0xfff) === 0;
    return aligned && (sizes & 0xfff) !== 0 && (sizes & 0x0fff0000) !== 0;
  }
}

/** A virtual function without resources is offline: only its status answers, and says that it failed. */
class OfflineNvmeModel extends BareModel {
  override read(_bar: number, offset: number, _width: AccessWidth): number {
    return offset === reg.status ? fatal : 0;
  }
}

/** What the controller and its virtual functions have in common. */
function layoutController(space: ConfigSpace, vectors: number): void {
  addPowerManagement(space, 0x60, { pmc: 0x0003, control: 0x0008, writable: 0x0003 });
  addExpress(space, { offset: 0x80, version: 2, type: portType.endpoint, flr: true });
  addMsix(space, { offset: 0x40, vectors, table: { bar: 0, offset: 0x2000 }, pending: { bar: 0, offset: 0x3000 } });
}

const identity = { vendor: 0x1b36, device, classCode: 0x010802, revision: 2, pin: 1 };
const bar0: BarShape = { index: 0, kind: 'memory', size: memorySize, is64: true, prefetchable: false };
const vfBar0: BarShape = { ...bar0, size: vfMemorySize };

/** A virtual function of the controller: its own ids read ffff. */
const nvmeVirtual: ModelDefinition = {
  name: 'nvme-vf',
  title: 'QEMU NVM Express virtual function',
  express: true,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, identity, description);
    layoutController(space, offlineVectors);
    addAri(space, 0x100, 1);
    space.set(register.vendor, 4, 0xffffffff);
    return [vfBar0];
  },
  create: (fn) => new OfflineNvmeModel(fn),
};

/** QEMU's NVM Express controller; with `vfs`, its VFs follow it on the same bus. */
export const nvme: ModelDefinition = {
  name: 'nvme',
  title: 'QEMU NVM Express controller',
  express: true,
  bridge: false,
  driver: 'nvme',
  virtualFunction: nvmeVirtual,
  virtualBars: [vfBar0],
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, identity, description);
    layoutController(space, description.vectors ?? defaultVectors);
    const totalVfs = description.vfs ?? 0;
    if (totalVfs > 0) {
      addAri(space, 0x100, 1);
      addSriov(space, { offset: 0x120, totalVfs, vfOffset: 1, stride: 1, vfDevice: device, bars: [vfBar0] });
    }
    return [bar0];
  },
  create: (fn) => new NvmeModel(fn, { 0: Number(memorySize) }),
};
