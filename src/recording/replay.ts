import { Machine, presets } from '../hardware';
import { Journal } from '../history';
import { Kernel, recordedLines, type KernelOptions } from '../kernel';
import type { Call, Outcome, Recording } from './calls';
import { sameOutcome } from './compare';
import { RecordingError, type Json } from './json';
import type { MarshalledIoctl } from './marshal';
import { Performer } from './performer';
import { recordedResult } from './results';

/** A step at which the simulator says something else than the real kernel. */
export interface Difference {
  /** Index of the step, from 0. */
  readonly step: number;
  readonly expected: Outcome;
  readonly actual: Outcome;
}

/** How a replay went. */
export interface Replay {
  readonly name: string;
  /** How many steps the recording has. */
  readonly steps: number;
  /** Every result, late answer and line of the log was the same, in order. */
  readonly same: boolean;
  readonly differences: readonly Difference[];
}

interface MutableOutcome {
  result: Json;
  late?: Json;
  dmesg?: string[];
}

interface Waiting {
  readonly step: number;
  readonly call: Call;
  readonly marshalled: MarshalledIoctl | null;
}

function bootMachine(recording: Recording, options: KernelOptions): Kernel {
  const description = Object.hasOwn(presets, recording.machine) ? presets[recording.machine] : undefined;
  if (description === undefined) {
    throw new RecordingError(
      `machine ${JSON.stringify(recording.machine)} is not known`,
      'machine',
      `Known: ${Object.keys(presets).join(', ')}.`,
    );
  }
  const journal = new Journal({ recording: false });
  return Kernel.boot(journal, Machine.build(journal, description), options);
}

/** Makes every call of the recording on a fresh machine; answers what each step gave, as a recording writes it. */
export function perform(recording: Recording, options: KernelOptions = {}): Outcome[] {
  const kernel = bootMachine(recording, options);
  const performer = new Performer(kernel);
  const outcomes: MutableOutcome[] = [];
  const waiting = new Map<string, Waiting>();
  let printed = kernel.log.lines.length;
  recording.steps.forEach(({ proc, call }, step) => {
    const { result, marshalled } = performer.perform(proc, call);
    const outcome: MutableOutcome = { result: recordedResult(call, result, marshalled) };
    outcomes.push(outcome);
    for (const { proc: finished, answer } of performer.lateAnswers()) {
      const waited = waiting.get(finished);
      const blocked = waited === undefined ? undefined : outcomes[waited.step];
      if (waited === undefined || blocked === undefined) continue;
      blocked.late = recordedResult(waited.call, { ret: answer }, waited.marshalled);
      waiting.delete(finished);
    }
    if (result.blocked) waiting.set(proc, { step, call, marshalled });
    const lines = recordedLines(kernel.log.textsFrom(printed));
    printed = kernel.log.lines.length;
    if (lines.length > 0) outcome.dmesg = lines;
  });
  return outcomes;
}

/**
 * Replays a recording and compares each step with what the real kernel answered.
 * @throws RecordingError when the machine is not known
 */
export function replay(recording: Recording, options: KernelOptions = {}): Replay {
  const outcomes = perform(recording, options);
  const differences: Difference[] = [];
  recording.steps.forEach(({ expected }, step) => {
    const actual = outcomes[step];
    if (actual !== undefined && !sameOutcome(expected, actual)) differences.push({ step, expected, actual });
  });
  return {
    name: recording.name,
    steps: recording.steps.length,
    same: differences.length === 0,
    differences,
  };
}
