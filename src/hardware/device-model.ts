import { Entity } from '../history';
import type { BarShape } from './bar';
import type { AccessWidth, ConfigSpace } from './config-space';
import type { FunctionDescription } from './description';
import type { PciFunction } from './pci-function';

/** What a device does: the registers behind its BARs, and what happens by itself in time. */
export abstract class DeviceModel extends Entity {
  constructor(readonly fn: PciFunction) {
    super(fn.journal);
  }

  /** Reads a register: little-endian, unsigned. `bar` 6 is the expansion ROM. */
  abstract read(bar: number, offset: number, width: AccessWidth): number;

  abstract write(bar: number, offset: number, width: AccessWidth, value: number): void;

  /** Everything behind the BARs goes back to its state after power-on. */
  abstract reset(): void;

  /** A byte of configuration space from `offset` on was written. */
  configWritten(_offset: number, _width: AccessWidth): void {
    // Most devices take no notice.
  }

  /** Virtual time in ms of the next thing that happens by itself, or Infinity. */
  nextEvent(): number {
    return Infinity;
  }

  /** What was due up to `now` happens. */
  advance(_now: number): void {
    // Most devices act only when asked.
  }

  /** Named registers and state for people, in a debugger's tree. */
  state(): Readonly<Record<string, number | bigint | string | boolean>> {
    return {};
  }
}

/** A kind of device: how its configuration space is laid out, and what makes its {@link DeviceModel}. */
export interface ModelDefinition {
  /** Name in machine descriptions: `edu`. */
  readonly name: string;
  /** For people: `QEMU edu device`. */
  readonly title: string;
  /** Has 4096 bytes of configuration space. */
  readonly express: boolean;
  /** Bridges take children. */
  readonly bridge: boolean;
  /** Host driver bound at boot unless the description says otherwise. */
  readonly driver: string | null;
  /** Identity, capabilities and writable bits as after power-on. @returns its BARs, in the order of their registers */
  layout(space: ConfigSpace, description: FunctionDescription): readonly BarShape[];
  /** BARs of one virtual function, for models that have the SR-IOV capability. */
  readonly virtualBars?: readonly BarShape[];
  /** What the virtual functions are. */
  readonly virtualFunction?: ModelDefinition;
  create(fn: PciFunction): DeviceModel;
}
