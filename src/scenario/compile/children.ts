import type { BinaryExpression, Call, Expression, StructLiteral, UnaryExpression } from '../generated/ast';
import type { BoundFile } from '../names/bound';

/** What a compiler must know of a file's names. */
export type Names = Pick<BoundFile, 'targets' | 'templates' | 'structs' | 'functions'>;

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'has']);

/** `not a == b`, which means not (a == b). */
export function negates(node: BinaryExpression): node is BinaryExpression & { left: UnaryExpression } {
  return node.left.$type === 'UnaryExpression' && node.left.operator === 'not' && comparisons.has(node.operator);
}

/** The expressions inside of an expression, in the order in which they are worked out. */
export function childrenOf(node: Expression, names: Names): readonly Expression[] {
  switch (node.$type) {
    case 'BinaryExpression':
      return [negates(node) ? node.left.operand : node.left, node.right];
    case 'UnaryExpression':
      return [node.operand];
    case 'MemberAccess':
      return [node.object];
    case 'IndexAccess':
      return [node.object, node.index];
    case 'Call':
      return directStruct(node, names) === undefined
        ? node.arguments
        : [...node.arguments.slice(0, 2), ...(node.arguments[2] as StructLiteral).fields.map((field) => field.value)];
    case 'WordCall':
      return [node.text];
    case 'StructLiteral':
      return node.fields.map((field) => field.value);
    case 'ArrayLiteral':
      return node.elements;
    case 'StringLiteral':
      return names.templates.get(node)?.expressions ?? [];
    default:
      return partsOfCommand(node);
  }
}

/** Of what is written like a command. */
function partsOfCommand(node: Expression): readonly Expression[] {
  switch (node.$type) {
    case 'MappingState':
      return [node.container, node.iova];
    case 'EchoCall':
      return [node.path, node.text];
    case 'BindCall':
    case 'UnbindCall':
      return [node.device];
    default:
      return [];
  }
}

/** `ioctl(fd, REQUEST, { … })` with a known structure: its fields are worked out without making a value of them. */
export function directStruct(node: Call, names: Names): StructLiteral | undefined {
  const [, , argument] = node.arguments;
  if (argument?.$type !== 'StructLiteral' || !names.structs.has(argument)) return undefined;
  return node.callee.$type === 'NameReference' && node.callee.name === 'ioctl' ? argument : undefined;
}

/** The function of the scenario that a call means. */
export function ownFunction(node: Expression, names: Names): string | undefined {
  return node.$type === 'Call' && node.callee.$type === 'NameReference' && names.functions.has(node.callee.name)
    ? node.callee.name
    : undefined;
}

/** Whether a function of the scenario is called in it. */
export function callsFunction(node: Expression, names: Names): boolean {
  return ownFunction(node, names) !== undefined || childrenOf(node, names).some((child) => callsFunction(child, names));
}
