import { errnoName } from '../../kernel';
import type { ExpectStatement, Expression } from '../generated/ast';
import { compare, failureOf, truth } from '../execution/operators';
import type { Execution } from '../execution/execution';
import type { MadeCall } from '../execution/call-report';
import { isErrnoName, isOutcomeWord, type OutcomeWord } from '../names/words';
import type { ExpectationFailure } from '../report';
import { rangeOf, textOfNode, uriOf } from '../source';
import { formatValue, StructValue, type Value } from '../value';
import { childrenOf } from './children';
import type { ExpressionCompiler } from './expressions';
import { lineWith } from './looks';
import type { Evaluate } from './program';

/** Checks something; tells what is wrong. */
type Check = (x: Execution) => { message: string; expected: string; actual: string } | null;

/** A statement's outcome against what stands behind it: null when it is as expected. */
export type OutcomeCheck = (x: Execution, call: MadeCall | null, value: Value) => ExpectationFailure | null;

/** Adds the place. */
function placed(node: ExpectStatement | Expression, told: ReturnType<Check>): ExpectationFailure | null {
  return told === null ? null : { range: rangeOf(node), uri: uriOf(node), ...told };
}

/** `expect condition`: what it does in a step. */
export function compileExpect(node: ExpectStatement, compiler: ExpressionCompiler): (x: Execution) => void {
  const check = compileCheck(node.condition, compiler);
  return (x) => {
    const failure = placed(node, check(x));
    if (failure !== null) x.fail(failure);
  };
}

function compileCheck(condition: Expression, compiler: ExpressionCompiler): Check {
  const text = textIn(condition);
  if (condition.$type === 'BinaryExpression') {
    const { operator } = condition;
    if (operator === 'and' || operator === '&&') {
      const left = compileCheck(condition.left, compiler);
      const right = compileCheck(condition.right, compiler);
      return (x) => left(x) ?? right(x);
    }
    if (['==', '!=', '<', '<=', '>', '>=', 'has'].includes(operator)) return comparison(condition, text, compiler);
  }
  if (condition.$type === 'WordCall' && condition.word.$type === 'NameReference' && condition.word.name === 'dmesg') {
    return logLine(compiler.whole(condition.text));
  }
  const evaluate = compiler.whole(condition);
  return (x) => {
    const value = evaluate(x);
    return truth(value) ? null : { message: `expected ${text}`, expected: 'true', actual: formatValue(value) };
  };
}

function comparison(
  condition: Expression & { $type: 'BinaryExpression' },
  text: string,
  compiler: ExpressionCompiler,
): Check {
  const { operator } = condition;
  const [left, right] = childrenOf(condition, compiler.names).map((part) => compiler.whole(part)) as [
    Evaluate,
    Evaluate,
  ];
  // Kept for the message: a part can be a call, and it must not be made twice.
  let a: Value = null;
  let b: Value = null;
  const holds = compiler.build(condition, [(x) => (a = left(x)), (x) => (b = right(x))]);
  return (x) => {
    if (truth(holds(x))) return null;
    const wanted = operator === 'has' ? textIn(condition.right) : formatValue(b);
    const actual = formatValue(a);
    return {
      message: `expected ${text}, but ${textIn(condition.left)} is ${actual}`,
      expected: operator === '==' ? wanted : `${operator} ${wanted}`,
      actual,
    };
  };
}

/** Takes the line, so that the next expectation looks behind it. */
function logLine(text: Evaluate): Check {
  return (x) => {
    const wanted = text(x) as string;
    const index = lineWith(x, wanted);
    if (index >= 0) {
      x.seenLines = index + 1;
      return null;
    }
    const unseen = x.kernel.log.textsFrom(x.seenLines);
    const actual = unseen.length === 0 ? 'no further lines' : unseen.join('\n');
    return { message: `the kernel log has no further line with "${wanted}"`, expected: wanted, actual };
  };
}

/** As it is written, on one line. */
function textIn(node: Expression): string {
  return textOfNode(node).replaceAll(/\s+/g, ' ');
}

// ---- expectations that speak of the call before them

/** `expect EEXIST`, `expect ok`, `expect 0`, `expect "Y\n"`, `expect { flags: PCI }` behind a call. */
export function compileOutcome(node: ExpectStatement, compiler: ExpressionCompiler): OutcomeCheck {
  const { condition } = node;
  if (condition.$type === 'NameReference' && isOutcomeWord(condition.name)) return wordCheck(node, condition.name);
  if (condition.$type === 'NameReference' && isErrnoName(condition.name)) return errnoCheck(node, condition.name);
  const wanted = compiler.whole(condition);
  return (x, call, value) => {
    const expected = wanted(x);
    const actual = expected instanceof StructValue ? (call?.out ?? value) : value;
    if (compare('==', actual, expected)) return null;
    const shown = expected instanceof StructValue ? partsOf(actual, expected) : outcomeText(call, actual);
    return placed(node, {
      message: `expected ${formatValue(expected)}, got ${shown}`,
      expected: formatValue(expected),
      actual: shown,
    });
  };
}

function errnoCheck(node: ExpectStatement, errno: string): OutcomeCheck {
  return (_x, call, value) => {
    const actual = outcomeText(call, value);
    return actual === errno
      ? null
      : placed(node, { message: `expected ${errno}, got ${actual}`, expected: errno, actual });
  };
}

function wordCheck(node: ExpectStatement, word: OutcomeWord): OutcomeCheck {
  return (_x, call, value) => {
    const actual = outcomeText(call, value);
    const holds = word === 'ok' ? unexpected(call, value) === null : actual === word;
    return holds ? null : placed(node, { message: `expected ${word}, got ${actual}`, expected: word, actual });
  };
}

/** Errno, `blocked`, a signal, or the value. */
function outcomeText(call: MadeCall | null, value: Value): string {
  if (call !== null) return call.failed || call.result.blocked === true ? call.outcome : formatValue(value);
  const failure = failureOf(value);
  return failure === undefined ? formatValue(value) : (errnoName(Number(failure)) ?? String(failure));
}

/** The fields that were asked for. */
function partsOf(actual: Value, asked: StructValue): string {
  if (!(actual instanceof StructValue)) return formatValue(actual);
  return formatValue(
    new StructValue(
      '',
      new Map(
        [...asked.fields.keys()].flatMap((name) => {
          const field = actual.fields.get(name);
          return field === undefined ? [] : [[name, field]];
        }),
      ),
    ),
  );
}

/** Why an outcome that nothing was said about is reported: the errno, `blocked`, a signal; null when it is fine. */
export function unexpected(call: MadeCall | null, value: Value): string | null {
  if (call !== null) return call.failed || call.result.blocked === true ? call.outcome : null;
  const failure = failureOf(value);
  return failure === undefined ? null : (errnoName(Number(failure)) ?? String(failure));
}
