import type { Expression } from '../generated/ast';
import { arithmetic } from '../execution/operators';
import { integerOf } from '../literals';
import type { Names } from './children';

/** The number that an expression always is; undefined when it depends on the run. */
export function constantOf(node: Expression, names: Names): bigint | undefined {
  switch (node.$type) {
    case 'IntegerLiteral':
      return integerOf(node.text);
    case 'NameReference': {
      const target = names.targets.get(node);
      return target?.kind === 'constant' ? target.value : undefined;
    }
    case 'BinaryExpression': {
      if (!'|&+-*^'.includes(node.operator)) return undefined;
      const left = constantOf(node.left, names);
      const right = left === undefined ? undefined : constantOf(node.right, names);
      return left === undefined || right === undefined ? undefined : (arithmetic(node.operator, left, right) as bigint);
    }
    default:
      return undefined;
  }
}
