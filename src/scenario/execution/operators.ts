import { Bdf, FileValue, kindOf, ObjectValue, StructValue, textOf, type Value } from '../value';

/** What cannot be worked out; whoever knows the place turns it into a ScenarioError. */
export class ValueError extends Error {
  override readonly name = 'ValueError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The integer that a value is: also a file's descriptor and what a call answered that gave a structure. */
export function integerOfValue(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (value instanceof FileValue) return BigInt(value.fd);
  if (value instanceof StructValue) return value.ret;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return value === null ? 0n : undefined;
}

/** @throws ValueError when the value is no number */
export function toInteger(value: Value, wanted = 'a number'): bigint {
  const integer = integerOfValue(value);
  if (integer === undefined) throw new ValueError(`${wanted} is expected, not ${kindOf(value)}`);
  return integer;
}

/** The result of a call that failed as -errno; undefined for everything else. */
export function failureOf(value: Value): bigint | undefined {
  const result =
    typeof value === 'bigint' || value instanceof FileValue || value instanceof StructValue
      ? integerOfValue(value)
      : undefined;
  return result !== undefined && result < 0n && result >= -4095n ? result : undefined;
}

/** What a condition makes of a value. */
export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value !== 0n;
  if (value === null) return false;
  const hint = value instanceof FileValue ? 'whether open failed is asked with fd < 0' : undefined;
  throw new ValueError(`${kindOf(value)} is neither true nor false`, hint);
}

export function arithmetic(operator: string, left: Value, right: Value): Value {
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) return textOf(left) + textOf(right);
  if (operator === '+' && Array.isArray(left) && Array.isArray(right))
    return [...(left as Value[]), ...(right as Value[])];
  return calculate(operator, toInteger(left), toInteger(right));
}

function calculate(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return wrapped(a * b);
    case '/':
      return a / nonZero(b);
    case '%':
      return a % nonZero(b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return BigInt.asUintN(64, a << shiftCount(b));
    default:
      return a >> shiftCount(b);
  }
}

const bound64 = 1n << 64n;

/** Products beyond 64 bits wrap around as in C, so that numbers cannot grow without end. */
const wrapped = (value: bigint): bigint => (value < bound64 && value > -bound64 ? value : BigInt.asUintN(64, value));

function nonZero(value: bigint): bigint {
  if (value === 0n) throw new ValueError('division by zero');
  return value;
}

function shiftCount(value: bigint): bigint {
  if (value < 0n || value > 63n) throw new ValueError(`a shift by ${value}: 0 to 63 are possible`);
  return value;
}

export function compare(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return equal(left, right);
  if (operator === '!=') return !equal(left, right);
  // What is not there is neither more nor less than anything.
  if (left === null || right === null) return false;
  if (typeof left === 'string' && typeof right === 'string')
    return ordered(operator, left < right ? -1n : left > right ? 1n : 0n);
  return ordered(operator, toInteger(left) - toInteger(right));
}

function ordered(operator: string, difference: bigint): boolean {
  switch (operator) {
    case '<':
      return difference < 0n;
    case '<=':
      return difference <= 0n;
    case '>':
      return difference > 0n;
    default:
      return difference >= 0n;
  }
}

/** Equality by value. A structure literal on one side asks only for the fields that it has. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  // null is what a call that waits gives: it must not pass for the 0 of one that succeeded.
  if (left === null || right === null) return false;
  if (left instanceof StructValue && right instanceof StructValue) return structsEqual(left, right);
  if (left instanceof Bdf || right instanceof Bdf)
    return addressText(left) !== undefined && addressText(left) === addressText(right);
  if (isSequence(left) && isSequence(right)) return sequencesEqual(left, right);
  if (left instanceof FileValue && right instanceof FileValue) {
    return left.fd === right.fd && left.process === right.process;
  }
  const a = integerOfValue(left);
  return a !== undefined && a === integerOfValue(right);
}

const isSequence = (value: Value): value is Uint8Array | readonly Value[] =>
  Array.isArray(value) || value instanceof Uint8Array;

/** Bytes equal bytes only. */
function sequencesEqual(left: Uint8Array | readonly Value[], right: Uint8Array | readonly Value[]): boolean {
  if (left.length !== right.length) return false;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && left.every((byte, at) => byte === right[at]);
  return !(right instanceof Uint8Array) && left.every((item, at) => equal(item, right[at]!));
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** An address in full, also where it is written as a string. */
function addressText(value: Value): string | undefined {
  if (value instanceof Bdf) return value.text;
  return typeof value === 'string' && /^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(value)
    ? Bdf.parse(value).text
    : undefined;
}

function structsEqual(left: StructValue, right: StructValue): boolean {
  const [asked, given] = right.ret === undefined ? [right, left] : [left, right];
  for (const [name, value] of asked.fields) {
    const other = given.fields.get(name);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}

/** `value.name` */
export function memberOf(value: Value, name: string): Value {
  if (value instanceof StructValue) {
    const field = value.fields.get(name) ?? resultMember(value, name);
    if (field !== undefined) return field;
    throw new ValueError(
      `${kindOf(value)} has no field ${name}`,
      `its fields are ${[...value.fields.keys()].join(', ')}`,
    );
  }
  if (value instanceof ObjectValue) {
    const field = value.fields.get(name);
    if (field !== undefined) return field;
    throw new ValueError(`${value.description} has no ${name}`, `it has ${[...value.fields.keys()].join(', ')}`);
  }
  if (value instanceof FileValue && name === 'fd') return BigInt(value.fd);
  if (value === null) throw new ValueError(`there is nothing that could have a field ${name}: the value is null`);
  const failure = failureOf(value);
  if (failure !== undefined) throw new ValueError(`the call failed (${failure}), so there is no ${name}`);
  throw new ValueError(`${kindOf(value)} has no field ${name}`);
}

function resultMember(value: StructValue, name: string): Value | undefined {
  if (name === 'ret') return value.ret;
  if (name === 'tail') return value.tail;
  if (name === 'errno' && value.ret !== undefined) return value.ret < 0n ? -value.ret : 0n;
  return undefined;
}

/** `value[index]` */
export function elementOf(value: Value, index: Value): Value {
  const length = lengthOf(value);
  const at = Number(toInteger(index, 'the number of an element'));
  if (at < 0 || at >= length) throw new ValueError(`there is no element ${at}: it has ${length}`);
  if (typeof value === 'string') return value.charAt(at);
  if (value instanceof Uint8Array) return BigInt(value[at]!);
  return (value as readonly Value[])[at]!;
}

/** Number of elements, bytes or characters. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array || isList(value)) return value.length;
  throw new ValueError(`${kindOf(value)} has no elements`);
}

/** The value with a field or element replaced. */
export function withPart(value: Value, key: string | Value, part: Value): Value {
  if (typeof key === 'string' && value instanceof StructValue) {
    return new StructValue(value.type, new Map([...value.fields, [key, part]]), value.ret, value.tail);
  }
  if (typeof key === 'string') throw new ValueError(`${kindOf(value)} has no fields that could be set`);
  const at = Number(toInteger(key, 'the number of an element'));
  elementOf(value, key);
  if (value instanceof Uint8Array) {
    const copy = value.slice();
    copy[at] = Number(BigInt.asUintN(8, toInteger(part)));
    return copy;
  }
  if (!isList(value)) throw new ValueError(`${kindOf(value)} has no elements that could be set`);
  const copy = [...value];
  copy[at] = part;
  return copy;
}
