import { entity } from '../../history';
import type { BarShape } from '../bar';
import { setIdentity } from '../capabilities/standard';
import type { AccessWidth, ConfigSpace } from '../config-space';
import type { FunctionDescription } from '../description';
import { DeviceModel, type ModelDefinition } from '../device-model';
import type { PciFunction } from '../pci-function';

/** Layout of the header that both BAR 0 and BAR 1 show (QEMU, docs/specs/pci-testdev). */
const header = { test: 0, width: 1, offset: 4, data: 8, count: 12, name: 16 } as const;

const tests = ['no-eventfd', 'wildcard-eventfd', 'datamatch-eventfd'] as const;
/** Tests through memory come first, then those through ports; their targets lie behind the header, a byte each. */
const targets = { memory: 2048, ports: 128 };
const match = 0xfa;
const anything = 0xce;
const noTest = -1;

class Running extends entity({ test: noTest, count: 0 }) {}

/** QEMU's test device for accesses to memory and ports. It works byte by byte. */
class TestdevModel extends DeviceModel {
  private readonly running: Running;

  constructor(fn: PciFunction) {
    super(fn);
    this.running = new Running(fn.journal);
  }

  override read(bar: number, offset: number, width: AccessWidth): number {
    if (bar > 1 || this.running.test === noTest) return 0;
    const bytes = this.header();
    let value = 0;
    for (let at = offset + width - 1; at >= offset; at--) value = value * 256 + (bytes[at] ?? 0);
    return value;
  }

  override write(bar: number, offset: number, width: AccessWidth, value: number): void {
    if (bar > 1) return;
    for (let byte = 0; byte < width; byte++) this.writeByte(bar, offset + byte, Math.floor(value / 256 ** byte) & 0xff);
  }

  override reset(): void {
    this.running.test = noTest;
    this.running.count = 0;
  }

  override state(): Record<string, number> {
    return { test: this.running.test, count: this.running.count };
  }

  /** Accesses that an eventfd takes in QEMU are not counted: only the first test of a BAR counts. */
  private writeByte(bar: number, offset: number, value: number): void {
    const running = this.running;
    if (offset === header.test) {
      running.test = value < tests.length ? bar * tests.length + value : noTest;
      running.count = 0;
    } else if (running.test % tests.length === 0 && offset === this.target() && value === match) {
      running.count++;
    }
  }

  private target(): number {
    const { test } = this.running;
    return (test < tests.length ? targets.memory : targets.ports) + test;
  }

  private header(): Uint8Array {
    const { test, count } = this.running;
    const kind = test < tests.length ? 'mmio' : 'portio';
    const testName = tests[test % tests.length]!;
    const name = new TextEncoder().encode(`${kind}-${testName}`);
    const bytes = new Uint8Array(header.name + name.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(header.test, test);
    view.setUint8(header.width, 1);
    view.setUint32(header.offset, this.target(), true);
    view.setUint32(header.data, testName === 'wildcard-eventfd' ? anything : match, true);
    view.setUint32(header.count, count, true);
    bytes.set(name, header.name);
    return bytes;
  }
}

const bars: readonly BarShape[] = [
  { index: 0, kind: 'memory', size: 0x1000n, is64: false, prefetchable: false },
  { index: 1, kind: 'io', size: 0x100n, is64: false, prefetchable: false },
  { index: 2, kind: 'memory', size: 0x10000n, is64: true, prefetchable: true },
];

export const pciTestdev: ModelDefinition = {
  name: 'pci-testdev',
  title: 'QEMU PCI test device',
  express: false,
  bridge: false,
  driver: null,
  layout(space: ConfigSpace, description: FunctionDescription) {
    setIdentity(space, { vendor: 0x1b36, device: 0x0005, classCode: 0x00ff00 }, description);
    return bars;
  },
  create: (fn) => new TestdevModel(fn),
};
