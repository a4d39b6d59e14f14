import type { Fix, Problem, Range } from '../scenario';

/** What can be done about a problem. */
export function fixOf(problem: Problem, textOf: (range: Range) => string): Fix | undefined {
  if (problem.fix !== undefined) return problem.fix;
  const meant = /^did you mean (.+)\?$/.exec(problem.hint ?? '')?.[1];
  // The word that is not known ends the message.
  const wrong = /[\w-]+$/.exec(problem.message.replace(/ is not known here$/, ''))?.[0];
  if (meant === undefined || wrong === undefined) return undefined;
  const { start } = problem.range;
  const at = textOf(problem.range).search(new RegExp(`(?<![\\w-])${wrong}(?![\\w-])`));
  if (at < 0 || textOf(problem.range).slice(0, at).includes('\n')) return undefined;
  const from = { line: start.line, character: start.character + at };
  const range = { start: from, end: { line: from.line, character: from.character + wrong.length } };
  return { title: `Change to ${meant}`, edits: [{ range, text: meant }] };
}
