import { topics, type Topic } from './topics';

/** Why something is as it is: what a person needs to go on. */
export interface Explanation {
  /** What is explained: a call, a device. */
  readonly subject: string;
  /** The call's name and request, as the text of the scenario has them. */
  readonly names: readonly string[];
  /** `EINVAL`, `waits`, `SIGBUS`; empty when nothing failed. */
  readonly outcome: string;
  /** The condition that was not met, with its values. */
  readonly condition: string;
  /** Functions of the kernel, innermost first. */
  readonly functions: readonly string[];
  /** The errno site, `function/order`, when the kernel told one. */
  readonly site?: string;
  /** The usual cause and the remedy. */
  readonly topic?: Topic;
  /** Lines that the kernel logged meanwhile. */
  readonly log: readonly string[];
}

const byId = new Map(topics.map((topic) => [topic.id, topic]));

const bySite = new Map<string, Topic[]>();
for (const topic of topics) {
  for (const site of topic.sites ?? []) bySite.set(site, [...(bySite.get(site) ?? []), topic]);
}

/** @throws RangeError for an id that is none: a mistake in this program */
export function topicNamed(id: string): Topic {
  const topic = byId.get(id);
  if (topic === undefined) throw new RangeError(`no topic ${id}`);
  return topic;
}

/** What is known about a refusal of the kernel. A topic that speaks of this very text comes first. */
export function topicOfSite(site: string, text: string): Topic | undefined {
  const known = bySite.get(site) ?? [];
  return known.find(({ when }) => when?.test(text) === true) ?? known.find(({ when }) => when === undefined);
}

/** The topic whose messages fit a text best: the longest piece that it contains. */
export function topicOfMessage(text: string): Topic | undefined {
  const wanted = text.toLowerCase();
  let best: Topic | undefined;
  let length = 0;
  for (const topic of topics) {
    for (const message of topic.messages ?? []) {
      if (message.length <= length || !wanted.includes(message)) continue;
      best = topic;
      length = message.length;
    }
  }
  return best;
}

/** As a person reads it, a thought a line. */
export function explanationLines({ condition, functions, topic, log }: Explanation): string[] {
  const [innermost] = functions;
  const lines: string[] = [];
  if (condition !== '') lines.push(innermost === undefined ? condition : `${innermost}: ${condition}`);
  if (functions.length > 1) lines.push(`called by ${functions.slice(1).join(' < ')}`);
  if (topic !== undefined) lines.push(`Why: ${topic.cause}`, `Remedy: ${topic.remedy}`);
  return [...lines, ...log.map((line) => `kernel log: ${line}`)];
}

/** The same with its subject: for a console. */
export function explanationText(explanation: Explanation): string {
  const { subject, outcome, topic } = explanation;
  const title = topic === undefined ? '' : `: ${topic.title}`;
  const head = outcome === '' ? `${subject}${title}` : `${subject} = ${outcome}${title}`;
  return [head, ...explanationLines(explanation).map((line) => `  ${line}`)].join('\n');
}
