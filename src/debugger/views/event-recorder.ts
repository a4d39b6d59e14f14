import type { Kernel } from '../../kernel';
import type { TimelineEvent, TimelineSnapshot } from '../../pictures';
import type { CallReport, NextStatement, StepReport } from '../../scenario';
import { valueText } from '../walk';

/** The oldest events are forgotten in pieces of this size, from twice as many on. */
const kept = 100_000;

/** A warning of the kernel: a WARN, a BUG, or a line that says it. */
const warning = /^(WARNING|BUG|------------\[ cut here)|\bwarn/i;

/** Writes down what the timeline shows while a scenario runs for the first time. */
export class EventRecorder {
  private events: TimelineEvent[] = [];
  private dropped = 0;
  private faults = 0;
  private interrupts = 0;
  private kernel: Kernel | null = null;

  /** @param step number of the step that made the report, as the engine counts */
  note(report: StepReport, statement: NextStatement, step: number, kernel: Kernel | null): void {
    if (kernel !== this.kernel) {
      // Each test has a machine of its own.
      this.kernel = kernel;
      this.faults = kernel?.machine.iommu?.faults.length ?? 0;
      this.interrupts = kernel?.pci.interrupts.delivered ?? 0;
    }
    this.forgetFrom(step);
    const time = kernel?.clock.now ?? 0;
    const lane = statement.processName ?? 'scenario';
    for (const call of report.calls) this.call(call, step, time);
    for (const { message, actual, uri, range } of report.failures) {
      const place = { uri, line: range.start.line, column: range.start.character };
      this.add({ position: step, kind: 'expectation', lane, name: message, outcome: actual, time, place });
    }
    if (kernel !== null) this.hardware(kernel, statement, step, time);
    if (this.events.length > 2 * kept) {
      this.dropped += this.events.length - kept;
      this.events = this.events.slice(-kept);
    }
  }

  /** @param position the engine's step, or null at the newest moment */
  snapshot(name: string, position: number | null): TimelineSnapshot {
    return { name, events: this.events, position, dropped: this.dropped };
  }

  private call(call: CallReport, step: number, time: number): void {
    const { process: lane, result, uri, range } = call;
    const place = { uri, line: range.start.line, column: range.start.character };
    const kind =
      result.blocked === true
        ? 'blocked'
        : call.errno !== undefined || result.signal !== undefined
          ? 'failure'
          : 'call';
    const outcome = result.blocked === true ? 'waits' : (result.signal ?? call.errno ?? `= ${valueText(result.ret)}`);
    this.add({ position: step, kind, lane, name: nameOf(call), outcome, time, place });
    for (const line of call.log) {
      if (warning.test(line)) this.add({ position: step, kind: 'warning', lane, name: line, outcome: '', time, place });
    }
  }

  private hardware(kernel: Kernel, { uri, range }: NextStatement, step: number, time: number): void {
    const place = { uri, line: range.start.line, column: range.start.character };
    const faults = kernel.machine.iommu?.faults;
    for (; faults !== undefined && this.faults < faults.length; this.faults++) {
      const { function: fn, iova, write } = faults.at(this.faults)!;
      const name = `DMA ${write ? 'write to' : 'read of'} 0x${iova.toString(16)}`;
      this.add({ position: step, kind: 'fault', lane: 'hardware', name, outcome: `by ${fn.bdf}`, time, place });
    }
    const { delivered, lastDelivered } = kernel.pci.interrupts;
    if (delivered > this.interrupts) {
      const count = delivered - this.interrupts;
      this.add({
        position: step,
        kind: 'interrupt',
        lane: 'hardware',
        name: lastDelivered,
        outcome: count > 1 ? `and ${count - 1} more` : '',
        time,
        place,
      });
    }
    this.interrupts = delivered;
  }

  /** A step that is run anew after a change of the past takes the place of what had been there. */
  private forgetFrom(step: number): void {
    while ((this.events.at(-1)?.position ?? -1) >= step) this.events.pop();
  }

  private add(event: TimelineEvent): void {
    this.events.push(event);
  }
}

/** `VFIO_IOMMU_MAP_DMA`, `open /dev/vfio/vfio`, `mmap`. */
function nameOf({ name, request, path }: CallReport): string {
  return request ?? (path === undefined ? name : `${name} ${path}`);
}
