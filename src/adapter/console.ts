import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  diagnoseDevice,
  diagnoseGroup,
  explanationLines,
  explanationText,
  fields,
  pageWalk,
  topicOfMessage,
  valueItem,
  type Item,
} from '../debugger';
import { Failure } from './failure';
import type { Run } from './run';

/** A value that is only text. */
const text = (value: string): Item => ({ name: '', value });

const help = [
  'An expression is evaluated without effects. With ! before it, something is done:',
  '  !why                    why the last call went as it did',
  '  !why 00:04.0            what stands between a device and its use (also: !why group 9)',
  '  !why text of a message  what is known about a message of the kernel or of a program',
  '  !walk 00:04.0 0x100000  the page table entries that lead to an IOVA',
  '  !ioctl(…), !x = 5       makes calls and assignments now, also several on several lines',
].join('\n');

/** What watches, hovers and the console ask. Only what begins with `!` in the console has effects. */
export function evaluateFor(run: Run, { expression, frameId, context }: DebugProtocol.EvaluateArguments): Item {
  if (context === 'repl' && expression.trimStart().startsWith('!')) {
    return commandOf(run, expression.trim().slice(1).trim(), frameId);
  }
  const { engine } = run;
  if (context === 'hover') {
    const explained = engine.why();
    if (explained?.names.includes(expression) === true && explained.condition !== '') {
      const { outcome } = explained;
      return text([...(outcome === '' ? [] : [outcome]), ...explanationLines(explained)].join('\n'));
    }
  }
  return valueItem('', engine.evaluate(expression, run.stack.scenarioFrameOf(frameId)), expression);
}

function commandOf(run: Run, command: string, frame: number | undefined): Item {
  if (command === '' || command === 'help') return text(help);
  const [, word = '', rest = ''] = /^(why|walk)\b\s*([^]*)$/.exec(command) ?? [];
  if (word === 'why') return text(why(run, rest.trim()));
  if (word === 'walk') return walk(run, rest.trim());
  const value = run.perform(command, frame);
  return value === undefined ? text('done') : valueItem('', value, undefined);
}

function why(run: Run, about: string): string {
  const { engine } = run;
  if (about === '') {
    const explanation = engine.why();
    return explanation === undefined ? 'Nothing failed in the last step.' : explanationText(explanation);
  }
  const { kernel } = engine;
  const group = /^group\s+(\d+)$/.exec(about)?.[1];
  const device = addressOf(about);
  if (kernel !== null && (group !== undefined || device !== undefined)) {
    const found = group === undefined ? diagnoseDevice(kernel, device!) : diagnoseGroup(kernel, Number(group));
    return found.length === 0 ? `Nothing stands in the way of ${about}.` : found.map(explanationText).join('\n');
  }
  const topic = topicOfMessage(about);
  if (topic === undefined) throw new Failure(`Nothing is known about "${about}"`);
  return `${topic.title}\n  Why: ${topic.cause}\n  Remedy: ${topic.remedy}`;
}

function walk(run: Run, about: string): Item {
  const { kernel } = run.engine;
  const [name = '', iova = ''] = about.split(/\s+/);
  const address = addressOf(name);
  const fn = address === undefined ? undefined : kernel?.machine.function(address);
  if (fn === undefined || !/^(0x[0-9a-f]+|\d+)$/i.test(iova)) {
    throw new Failure('Write the device and the IOVA: !walk 00:04.0 0x100000');
  }
  const items = pageWalk(fn, BigInt(iova));
  return { name: '', value: items.at(-1)?.value ?? '', children: fields(() => items) };
}

/** `00:04.0` with its domain; undefined for what is no address. */
function addressOf(word: string): string | undefined {
  if (!/^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(word)) return undefined;
  const lower = word.toLowerCase();
  return lower.length === 7 ? `0000:${lower}` : lower;
}
