import { Machine, presets, type InterruptSink, type PciFunction } from '../../src/hardware';
import { Journal } from '../../src/history';

/** A machine whose interrupts and faults are written down. */
export interface Testbed {
  readonly journal: Journal;
  readonly machine: Machine;
  readonly events: string[];
  fn(bdf: string): PciFunction;
}

export function testbed(preset = 'q35-intel'): Testbed {
  const journal = new Journal();
  const machine = Machine.build(journal, presets[preset]!);
  const events: string[] = [];
  machine.interrupts = {
    intx: (fn, asserted) => events.push(`${fn.bdf} intx ${asserted ? 'up' : 'down'}`),
    message: (fn, kind, vector) => events.push(`${fn.bdf} ${kind} ${vector}`),
    iommuFault: ({ function: fn, iova, reason }) =>
      events.push(`${fn.bdf} fault 0x${iova.toString(16)} reason ${reason}`),
  } satisfies InterruptSink;
  return { journal, machine, events, fn: (bdf) => machine.function(`0000:${bdf}`)! };
}

/** Runs the machine to the end of `ms` milliseconds. */
export function sleep(machine: Machine, ms: number): void {
  machine.advance(machine.now + ms);
}
