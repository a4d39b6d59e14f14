import type { DebugProtocol } from '@vscode/debugprotocol';
import { ioctls } from '../kernel';
import { ObjectValue, signatures, StructValue } from '../scenario';
import type { Run } from './run';
import type { Origin } from './stack';

/** What can stand at a place of the console or of a condition. */
export function completionsFor(
  run: Run,
  { text, column, line = 1, frameId }: DebugProtocol.CompletionsArguments,
  origin: Origin,
): DebugProtocol.CompletionItem[] {
  const written = (text.split('\n')[line - origin.line] ?? text).slice(0, Math.max(0, column - origin.column));
  const word = /[\w]*$/.exec(written)?.[0] ?? '';
  const before = written.slice(0, written.length - word.length);
  const place = { start: written.length - word.length + origin.column, length: word.length };
  const found = before.endsWith('.') ? members(run, before, frameId) : words(run, before, frameId);
  const wanted = word.toLowerCase();
  return found.filter(({ label }) => label.toLowerCase().startsWith(wanted)).map((item) => ({ ...item, ...place }));
}

/** Fields of what stands before the dot. */
function members(run: Run, before: string, frameId: number | undefined): DebugProtocol.CompletionItem[] {
  const object = /([\w.[\]()\":]+)\.$/.exec(before)?.[1];
  if (object === undefined) return [];
  try {
    const value = run.engine.evaluate(object, run.stack.scenarioFrameOf(frameId));
    if (!(value instanceof StructValue) && !(value instanceof ObjectValue)) return [];
    return [...value.fields.keys()].map((label) => ({ label, type: 'field' }));
  } catch {
    return [];
  }
}

function words(run: Run, before: string, frameId: number | undefined): DebugProtocol.CompletionItem[] {
  const requests = /\bioctl\([^,]*,\s*$/.test(before);
  if (requests) return [...ioctls.keys()].map((label) => ({ label, type: 'value' }));
  const frame = run.stack.scenarioFrameOf(frameId) ?? run.engine.scenarioFrames()[0];
  const variables = frame === undefined ? [] : run.engine.variables(frame);
  const commands = before.trim() === '!' ? ['why', 'walk', 'help'] : [];
  return [
    ...commands.map((label): DebugProtocol.CompletionItem => ({ label, type: 'keyword' })),
    ...variables.map(({ name }): DebugProtocol.CompletionItem => ({ label: name, type: 'variable' })),
    ...[...signatures.keys()].map((label): DebugProtocol.CompletionItem => ({ label, type: 'function' })),
  ];
}
