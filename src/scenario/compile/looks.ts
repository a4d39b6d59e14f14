import { recordedLines } from '../../kernel';
import { ObjectViews } from '../execution/objects';
import type { Execution } from '../execution/execution';
import { lengthOf, toInteger, ValueError } from '../execution/operators';
import { littleEndian } from '../execution/struct-encoder';
import { bytesOf } from '../literals';
import { FileValue, kindOf, textOf, type Value } from '../value';

type Look = (x: Execution, args: readonly Value[]) => Value;

const sized =
  (size: 1 | 2 | 4 | 8): Look =>
  (_x, [value = null]) =>
    littleEndian(toInteger(value), size);

/** Functions that only look at things, by name: no process makes them, and they can stand in any expression. */
export const looks: ReadonlyMap<string, Look> = new Map<string, Look>([
  ['group_of', (x, [device = null]) => ObjectViews.groupPath(x, device)],
  ['group_number', (x, [device = null]) => ObjectViews.groupNumber(x, device)],
  ['group', (x, [subject = null]) => ObjectViews.group(x, subject)],
  ['device', (x, [device = null]) => ObjectViews.device(x, device)],
  ['mappings', (x, [container = null]) => ObjectViews.mappings(x, container)],
  ['dmesg', dmesg],
  ['kernel_log', (x) => x.kernel.log.textsFrom(x.bootLines)],
  ['recorded', (_x, [lines = null]) => recorded(lines)],
  ['late', late],
  ['bytes', (_x, [hex = null]) => (typeof hex === 'string' ? bytesOf(hex) : undefined) ?? badHex(hex)],
  ['u8', sized(1)],
  ['u16', sized(2)],
  ['u32', sized(4)],
  ['u64', sized(8)],
  ['s32', (_x, [value = null]) => littleEndian(value instanceof FileValue ? BigInt(value.fd) : toInteger(value), 4)],
  ['len', (_x, [value = null]) => BigInt(lengthOf(value))],
  ['append', append],
  ['hex', (_x, [value = null]) => hexOf(toInteger(value))],
]);

/** `dmesg()`: the lines of the last call. `dmesg "text"`: whether a line that no expectation took has the text. */
function dmesg(x: Execution, [text]: readonly Value[]): Value {
  if (typeof text === 'string') return lineWith(x, text) >= 0;
  return x.last?.log ?? [];
}

/** Index of the first kernel log line with the text, among those that no expectation has taken yet; or -1. */
export function lineWith(x: Execution, text: string): number {
  const { lines } = x.kernel.log;
  for (let index = x.seenLines; index < lines.length; index++) if (lines.at(index)?.text.includes(text)) return index;
  return -1;
}

function late(x: Execution, [name = null]: readonly Value[]): Value {
  const process = typeof name === 'string' ? x.kernel.processes.get(name) : undefined;
  return process === undefined ? null : (x.lateAnswers.get(process) ?? null);
}

function recorded(lines: Value): Value {
  if (!Array.isArray(lines)) throw new ValueError(`lines such as dmesg() are expected, not ${kindOf(lines)}`);
  return recordedLines((lines as Value[]).map(textOf));
}

function append(_x: Execution, [array = null, element = null]: readonly Value[]): Value {
  if (!Array.isArray(array)) throw new ValueError(`an array is expected, not ${kindOf(array)}`);
  return [...(array as Value[]), element];
}

function badHex(value: Value): never {
  throw new ValueError(
    typeof value === 'string' ? `"${value}" is not pairs of hex digits` : `a string is expected, not ${kindOf(value)}`,
  );
}

const hexOf = (value: bigint): string => (value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);
