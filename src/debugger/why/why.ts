import type { Kernel } from '../../kernel';
import type { CallReport } from '../../scenario';
import type { StepDetail } from '../walk';
import { topicNamed, topicOfMessage, topicOfSite, type Explanation } from './explanation';
import { refusalOf } from './refusal';
import { situationOf } from './situations';

/** Whether a call came back with an error or a signal. */
export function failed({ result }: CallReport): boolean {
  return result.signal !== undefined || (result.blocked !== true && result.busy !== true && result.ret < 0);
}

/** How a call ended, in a word; empty when it went well. */
export function outcomeOf(call: CallReport): string {
  const { blocked, busy, signal } = call.result;
  if (blocked === true) return 'waits';
  if (busy === true) return 'not made';
  return signal ?? (failed(call) ? (call.errno ?? 'error') : '');
}

const warning = /^(WARNING: |BUG: |kernel BUG|general protection fault|Oops: )/;

/** Whether a line of the kernel log speaks of a WARN, a BUG or an oops. */
export function isWarning(line: string): boolean {
  return warning.test(line);
}

const fault = /^(DMAR: \[DMA|AMD-Vi: Event logged)|IO_PAGE_FAULT/;

/** Whether a line of the kernel log speaks of a DMA that the IOMMU stopped. */
export function isFault(line: string): boolean {
  return fault.test(line);
}

/**
 * Why a call ended as it did.
 * @param detail the step that made it, with what the kernel told
 * @param kernel as it was before the call
 * @returns undefined when the call went well and there is nothing to explain
 */
export function explainCall(call: CallReport, detail: StepDetail, kernel: Kernel | null): Explanation | undefined {
  const outcome = outcomeOf(call);
  const names = call.request === undefined ? [call.name] : [call.name, call.request];
  const base = { subject: call.text, names, outcome, log: call.log };
  const refusal = failed(call) ? refusalFor(call, detail) : undefined;
  if (refusal !== undefined) {
    const { site, text, functions } = refusal;
    const topic = topicOfSite(site, text);
    return { ...base, condition: text, functions, site, ...(topic === undefined ? {} : { topic }) };
  }
  const situation = situationOf({ call, kernel });
  if (situation !== undefined) {
    return { ...base, condition: situation.condition, functions: [], topic: topicNamed(situation.topic) };
  }
  const telling = topicOfLog(call.log);
  if (telling !== undefined) return { ...base, ...telling, functions: [] };
  return failed(call) ? { ...base, condition: '', functions: [] } : undefined;
}

/** What the kernel log says besides: a warning, a DMA fault, a message that people know. */
function topicOfLog(log: readonly string[]): Pick<Explanation, 'condition' | 'topic'> | undefined {
  for (const line of log) {
    if (isWarning(line)) return { condition: line, topic: topicNamed('kernel-warning') };
    if (isFault(line)) return { condition: line, topic: topicNamed('dma-fault') };
  }
  for (const line of log) {
    const topic = topicOfMessage(line);
    if (topic !== undefined) return { condition: line, topic };
  }
  return undefined;
}

/** Binding hides why the probe failed behind an error of its own: whatever was refused last is the reason. */
function refusalFor(call: CallReport, { events, report }: StepDetail): ReturnType<typeof refusalOf> {
  const hides = call.name === 'bind' || /\/(bind|drivers_probe)\b/.test(call.path ?? '');
  const found = refusalOf(events, call.errno);
  if (!hides || report.calls.length > 1) return found;
  const probe = events.findLast((event) => event.kind === 'refuse' && !/^(bind_store|drivers_probe)/.test(event.site));
  return probe?.kind === 'refuse' ? refusalOf(events.slice(0, events.indexOf(probe) + 1), undefined) : found;
}

/** The first call of a step that has something to explain: failed ones first. */
export function explainStep(detail: StepDetail, kernel: Kernel | null): Explanation | undefined {
  const { calls } = detail.report;
  const first = calls.find((call) => outcomeOf(call) !== '');
  if (first !== undefined) return explainCall(first, detail, kernel);
  for (const call of calls) {
    const explanation = explainCall(call, detail, kernel);
    if (explanation !== undefined) return explanation;
  }
  return undefined;
}
