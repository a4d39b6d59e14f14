import type { Outcome } from './calls';
import type { Json, JsonObject } from './json';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number in either of the two forms that recordings have for numbers. */
function number(value: Json | undefined): bigint | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return typeof value === 'string' && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : undefined;
}

function sameObject(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}

function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (isObject(a) && isObject(b)) return sameObject(a, b);
  const wide = number(a);
  return a === b || (wide !== undefined && wide === number(b));
}

/** Whether two outcomes say the same: every key of result and late, and the lines of the log in order. */
export function sameOutcome(expected: Outcome, actual: Outcome): boolean {
  const lines = expected.dmesg ?? [];
  const actualLines = actual.dmesg ?? [];
  return (
    sameValue(expected.result, actual.result) &&
    sameValue(expected.late, actual.late) &&
    lines.length === actualLines.length &&
    lines.every((line, index) => line === actualLines[index])
  );
}
