import type { StructName } from '../../kernel';
import { ioctls } from '../../kernel';
import type { Expression, Statement } from '../generated/ast';
import type { Scope } from '../names/scope';
import { isErrnoName, isOutcomeWord } from '../names/words';

/**
 * Whether what follows `expect` speaks of the call before it: `EEXIST`, `ok`, `blocked`, `0`, `"Y\n"`,
 * `{ flags: PCI }`. Anything else is a condition of its own.
 */
export function isOutcome(condition: Expression, scope: Scope): boolean {
  switch (condition.$type) {
    case 'NameReference':
      return scope.find(condition.name) === undefined && (isErrnoName(condition.name) || isOutcomeWord(condition.name));
    case 'UnaryExpression':
      return condition.operator === '-' && condition.operand?.$type === 'IntegerLiteral';
    case 'IntegerLiteral':
    case 'StringLiteral':
    case 'StructLiteral':
      return true;
    default:
      return false;
  }
}

/** The expression of a statement whose result an expectation behind it can speak of. */
export function subjectOf(statement: Statement | undefined): Expression | undefined {
  if (statement?.$type === 'LetStatement') return statement.value;
  if (statement?.$type === 'ExpressionStatement')
    return statement.operator === undefined ? statement.expression : statement.value;
  return undefined;
}

export function mayFollow(previous: Statement | undefined): boolean {
  return subjectOf(previous) !== undefined;
}

/** The structure that the statement's ioctl takes, as far as it is written. */
export function outcomeStructOf(statement: Statement | undefined): StructName | undefined {
  const subject = subjectOf(statement);
  return subject === undefined ? undefined : structOfCall(subject);
}

/** The structure of `ioctl(fd, VFIO_…)`. */
export function structOfCall(expression: Expression): StructName | undefined {
  if (expression.$type !== 'Call' || expression.callee?.$type !== 'NameReference' || expression.callee.name !== 'ioctl')
    return undefined;
  const request = expression.arguments[1];
  const argument = request?.$type === 'NameReference' ? ioctls.get(request.name)?.argument : undefined;
  return argument?.kind === 'struct' ? argument.struct : undefined;
}
