import { errnoNumbers, type Kernel } from '../kernel';
import type { CallReport, StepReport, Value } from '../scenario';
import { StepFlag } from './timeline';
import type { StepDetail } from './walk';
import { explanationLines } from './why/explanation';
import { explainStep, failed, isFault, isWarning, outcomeOf } from './why/why';

/** Things that happen which a person may want to stop at. */
export type FilterId = 'callFails' | 'expectationFails' | 'kernelWarning' | 'dmaFault' | 'callBlocks';

export interface Filter {
  readonly id: FilterId;
  readonly label: string;
  readonly description: string;
  readonly on: boolean;
  readonly flag: number;
  /** For the box in which a condition is typed. */
  readonly conditionDescription?: string;
}

/** What a condition of the other filters may say. */
const onCall = 'An expression about the call: process == "qemu", request == "VFIO_IOMMU_MAP_DMA"';

/** In the order in which they are offered. */
export const filters: readonly Filter[] = [
  {
    id: 'callFails',
    label: 'A call fails',
    description: 'Stops at a call that answers with an error number',
    on: false,
    flag: StepFlag.callFailed,
    conditionDescription: 'Names of errors, as EEXIST or EBUSY EINVAL, or an expression: errno == EEXIST && iova > 4G',
  },
  {
    id: 'expectationFails',
    label: 'An expectation fails',
    description: 'Stops at an expectation that does not hold, and at a failed call that nothing expected',
    on: true,
    flag: StepFlag.expectationFailed,
    conditionDescription: onCall,
  },
  {
    id: 'kernelWarning',
    label: 'The kernel warns',
    description: 'Stops at a call that puts a WARNING, a BUG or an oops into the kernel log',
    on: true,
    flag: StepFlag.warned,
    conditionDescription: onCall,
  },
  {
    id: 'dmaFault',
    label: 'A DMA fault',
    description: 'Stops at a statement in which the IOMMU stops a DMA of a device',
    on: false,
    flag: StepFlag.faulted,
    conditionDescription: onCall,
  },
  {
    id: 'callBlocks',
    label: 'A call blocks',
    description: 'Stops at a call that does not come back at once',
    on: false,
    flag: StepFlag.blocked,
    conditionDescription: onCall,
  },
];

/** What a person wants to know about a stop at something that went wrong. */
export interface ExceptionDetails {
  /** `EEXIST`, `expectation`, `WARNING`. */
  readonly id: string;
  /** One line. */
  readonly title: string;
  /** More lines: the condition that was not met, with its values. */
  readonly explanation: string;
  /** Functions of the kernel, innermost first. */
  readonly functions: readonly string[];
}

/** Bits for what a step did. */
export function flagsOf(report: StepReport): number {
  let flags = report.failures.length > 0 ? StepFlag.expectationFailed : 0;
  if (report.error !== undefined) flags |= StepFlag.scenarioError;
  for (const call of report.calls) {
    if (failed(call)) flags |= StepFlag.callFailed;
    if (call.result.blocked === true) flags |= StepFlag.blocked;
    if (call.log.length > 0) flags |= StepFlag.logged;
    if (call.log.some(isWarning)) flags |= StepFlag.warned;
    if (call.log.some(isFault)) flags |= StepFlag.faulted;
  }
  return flags;
}

/** Names that a condition on a call may use beside the scenario's own. */
export function namesOf(call: CallReport): Map<string, Value> {
  const names = new Map<string, Value>(call.out?.fields);
  const { ret } = call.result;
  names.set('process', call.process);
  names.set('call', call.name);
  names.set('request', call.request ?? '');
  names.set('path', call.path ?? '');
  names.set('ret', BigInt(ret));
  names.set('errno', failed(call) ? BigInt(errnoNumbers[call.errno as keyof typeof errnoNumbers] ?? -BigInt(ret)) : 0n);
  return names;
}

/** `EEXIST` or `EBUSY, EINVAL` as a list; undefined for anything else, which is an expression then. */
export function errnoList(condition: string): readonly string[] | undefined {
  const words = condition.trim().split(/[\s,|]+/);
  return words.every((word) => word in errnoNumbers) ? words : undefined;
}

/**
 * Tells what went wrong in a step, the worst first.
 * @param kernel as it was before the step
 */
export function explain(detail: StepDetail, kernel: Kernel | null): ExceptionDetails | undefined {
  const { report } = detail;
  if (report.error !== undefined) {
    return { id: 'scenario', title: report.error.message, explanation: report.error.hint ?? '', functions: [] };
  }
  const why = explainStep(detail, kernel);
  const reason = {
    explanation: why === undefined ? '' : explanationLines(why).join('\n'),
    functions: why?.functions ?? [],
  };
  const lines = report.calls.flatMap((call) => call.log);
  const warned = lines.find(isWarning);
  if (warned !== undefined) return { ...reason, id: 'WARNING', title: warned };
  const [failure] = report.failures;
  if (failure !== undefined) {
    const { expected, actual, message } = failure;
    const values = expected === '' && actual === '' ? [] : [`expected ${expected}`, `got ${actual}`];
    const explanation = [...values, ...(reason.explanation === '' ? [] : [reason.explanation])].join('\n');
    return { ...reason, id: 'expectation', title: message, explanation };
  }
  const bad = report.calls.find((call) => outcomeOf(call) !== '');
  if (bad?.result.blocked === true) return { ...reason, id: 'blocked', title: `${bad.text} waits` };
  if (bad !== undefined) {
    const outcome = outcomeOf(bad);
    return { ...reason, id: outcome, title: `${bad.text} fails with ${outcome}` };
  }
  const stopped = lines.find(isFault);
  return stopped === undefined ? undefined : { ...reason, id: 'DMA fault', title: stopped };
}
