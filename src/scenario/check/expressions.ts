import { namesOfField, structs, type StructName } from '../../kernel';
import type {
  BinaryExpression,
  Expression,
  GroupState,
  IndexAccess,
  MemberAccess,
  NameReference,
  StringLiteral,
  StructLiteral,
  UnaryExpression,
  WordCall,
} from '../generated/ast';
import { integerOf } from '../literals';
import type { Scope, Variable } from '../names/scope';
import { signatures, usageOf, wordCalls } from '../names/signatures';
import { words, type Target } from '../names/targets';
import { unknownType, type StaticType } from '../names/types';
import { constantNamed, constantNames, isOutcomeWord, nearest } from '../names/words';
import type { Binder } from './binder';
import { CallChecker } from './calls';
import { templateOf } from './templates';

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const logic: ReadonlySet<string> = new Set(['and', '&&', 'or', '||']);

const integer: StaticType = { kind: 'integer' };
const boolean: StaticType = { kind: 'boolean' };
const string: StaticType = { kind: 'string' };

/** Deeper expressions are refused, so that no recursion over them runs out of stack. */
const depthLimit = 400;

/** Where short names such as `READ` have a meaning: the field of a structure. */
export interface FieldContext {
  /** Undefined: some structure; which one shows when the value is there. */
  readonly struct: StructName | undefined;
  readonly field: string;
}

/** Finds out what the names in expressions mean and, as far as it can be seen, of what type the values are. */
export class ExpressionChecker {
  private readonly calls: CallChecker;
  private depth = 0;

  constructor(readonly binder: Binder) {
    this.calls = new CallChecker(this);
  }

  /**
   * Checks the expression and says its type.
   * @param inspect whether the value itself is looked at here, so that a failed call in it is noticed
   * @param field the structure's field that the value is for
   */
  type(expression: Expression | undefined, scope: Scope, inspect: boolean, field?: FieldContext): StaticType {
    if (expression === undefined) return unknownType;
    if (this.depth >= depthLimit) {
      this.problems.error(
        expression,
        'this expression is nested too deeply',
        `${depthLimit} levels can be worked out: put parts of it into variables`,
      );
      return unknownType;
    }
    this.depth++;
    const type = this.typeInside(expression, scope, inspect, field);
    this.depth--;
    return type;
  }

  private typeInside(
    expression: Expression,
    scope: Scope,
    inspect: boolean,
    field: FieldContext | undefined,
  ): StaticType {
    switch (expression.$type) {
      case 'IntegerLiteral':
        if (integerOf(expression.text) === undefined)
          this.problems.error(expression, 'this number does not fit in 64 bits');
        return integer;
      case 'StringLiteral':
        return this.string(expression, scope);
      case 'BooleanLiteral':
        return boolean;
      case 'NullLiteral':
        return { kind: 'null' };
      case 'BdfLiteral':
        return { kind: 'bdf' };
      case 'ArrayLiteral':
        for (const element of expression.elements) this.type(element, scope, false);
        return { kind: 'array' };
      case 'StructLiteral':
        return this.struct(expression, undefined, scope);
      case 'NameReference':
        return this.name(expression, scope, inspect, field);
      default:
        return this.compound(expression, scope, inspect, field);
    }
  }

  private compound(
    expression: Exclude<Expression, { $type: `${string}Literal` } | NameReference>,
    scope: Scope,
    inspect: boolean,
    field?: FieldContext,
  ): StaticType {
    switch (expression.$type) {
      case 'BinaryExpression':
        return this.binary(expression, scope, field);
      case 'UnaryExpression':
        return this.unary(expression, scope, field);
      case 'MemberAccess':
        return this.member(expression, scope);
      case 'IndexAccess':
        return this.index(expression, scope);
      case 'Call':
        return this.calls.call(expression, scope);
      case 'WordCall':
        return this.word(expression, scope);
      case 'GroupState':
        return this.group(expression);
      case 'MappingState':
        this.name(expression.container, scope, false);
        this.type(expression.iova, scope, true);
        return { kind: 'object' };
      default:
        return this.calls.shell(expression, scope, inspect);
    }
  }

  get problems(): Binder['problems'] {
    return this.binder.problems;
  }

  /** The structure literal as one of a known structure, or of none. */
  struct(literal: StructLiteral, struct: StructName | undefined, scope: Scope): StaticType {
    if (struct !== undefined) this.binder.structs.set(literal, struct);
    const seen = new Set<string>();
    for (const field of literal.fields) {
      if (seen.has(field.name)) this.problems.error(field, `the field ${field.name} is given twice`);
      seen.add(field.name);
      this.type(field.value, scope, false, struct === undefined ? undefined : { struct, field: field.name });
    }
    if (struct !== undefined) this.fields(literal, struct);
    return { kind: 'struct', name: struct };
  }

  private fields(literal: StructLiteral, struct: StructName): void {
    const known = [...structs[struct].fields.map((field) => field.name), 'data', 'room'];
    for (const field of literal.fields) {
      if (known.includes(field.name)) continue;
      const near = nearest(field.name, known);
      this.problems.error(
        field,
        `struct ${struct} has no field ${field.name}`,
        near === undefined ? `its fields are ${known.slice(0, -2).join(', ')}` : `did you mean ${near}?`,
      );
    }
  }

  /** What `expect` says of the call before it. */
  outcome(condition: Expression, struct: StructName | undefined, scope: Scope): void {
    if (condition.$type === 'StructLiteral') this.struct(condition, struct, scope);
    else if (condition.$type === 'NameReference' && isOutcomeWord(condition.name)) {
      this.binder.targets.set(condition, { kind: 'outcome', word: condition.name });
    } else this.type(condition, scope, true);
  }

  /** The variable that an assignment changes; complains when the left side is none. */
  assigned(expression: Expression, scope: Scope): Variable | undefined {
    if (expression.$type === 'NameReference') {
      this.type(expression, scope, false);
      const target = this.binder.targets.get(expression);
      if (target?.kind === 'variable') return target.variable;
      if (target !== undefined)
        this.problems.error(expression, `${expression.name} is no variable`, 'declare one with let');
      return undefined;
    }
    if (expression.$type === 'MemberAccess') return this.assigned(expression.object, scope);
    if (expression.$type === 'IndexAccess') {
      this.type(expression.index, scope, true);
      return this.assigned(expression.object, scope);
    }
    this.problems.error(
      expression,
      'a value can only be given to a variable, a field or an element',
      'two values are compared with ==',
    );
    return undefined;
  }

  /** Whether running the expression for itself makes sense. */
  hasEffect(expression: Expression | undefined): boolean {
    switch (expression?.$type) {
      case 'Call':
      case 'EchoCall':
      case 'BindCall':
      case 'UnbindCall':
      case 'ModprobeCall':
      case 'KillCall':
        return true;
      case 'WordCall':
        return expression.word?.$type === 'NameReference' && expression.word.name !== 'dmesg';
      case 'NameReference':
        return this.binder.targets.get(expression)?.kind === 'call';
      case 'BinaryExpression':
        return this.hasEffect(expression.left) || this.hasEffect(expression.right);
      default:
        return false;
    }
  }

  private string(node: StringLiteral, scope: Scope): StaticType {
    const template = templateOf(node, this.problems);
    if (template !== undefined) {
      this.binder.templates.set(node, template);
      for (const expression of template.expressions) this.type(expression, scope, true);
    }
    return string;
  }

  private name(node: NameReference, scope: Scope, inspect: boolean, field?: FieldContext): StaticType {
    if (node?.name === undefined) return unknownType;
    const variable = scope.find(node.name);
    if (variable !== undefined) {
      this.binder.targets.set(node, { kind: 'variable', variable });
      if (inspect) variable.inspected = true;
      return variable.type;
    }
    const [target, type] = this.meaning(node.name, field);
    if (target === undefined) this.unknownName(node, scope, field);
    else this.binder.targets.set(node, target);
    return type;
  }

  private meaning(name: string, field: FieldContext | undefined): [Target | undefined, StaticType] {
    const short = field?.struct === undefined ? undefined : shortName(field.struct, field.field, name);
    if (short !== undefined) return [{ kind: 'constant', value: short }, integer];
    const constant = constantNamed(name);
    if (constant !== undefined) return [{ kind: 'constant', value: constant }, integer];
    if (name === 'out') this.binder.looksAtCalls = true;
    if (words.has(name)) return [{ kind: 'word', word: name as 'out' }, unknownType];
    const signature = signatures.get(name);
    if (signature?.parameters.every((parameter) => parameter.optional) === true) return [{ kind: 'call' }, unknownType];
    if (this.binder.processNames.has(name)) return [{ kind: 'process', name }, unknownType];
    return [undefined, unknownType];
  }

  private unknownName(node: NameReference, scope: Scope, field: FieldContext | undefined): void {
    const { name } = node;
    if (field !== undefined && field.struct === undefined) return;
    if (signatures.has(name) || this.binder.functions.has(name)) {
      const signature = signatures.get(name);
      this.problems.error(
        node,
        `${name} is a function`,
        `call it: ${signature === undefined ? `${name}(…)` : usageOf(signature)}`,
      );
      return;
    }
    const short = shortNamesOf(field);
    const near =
      nearest(name, [...short, ...scope.all().keys()]) ??
      nearest(name, constantNames()) ??
      nearest(name, this.binder.processNames);
    const otherwise = short.length > 0 ? `it takes ${short.join(', ')}` : `declare it with let ${name} = …`;
    this.problems.error(node, `${name} is not known here`, near === undefined ? otherwise : `did you mean ${near}?`);
  }

  private binary({ left, operator, right }: BinaryExpression, scope: Scope, field?: FieldContext): StaticType {
    if (operator === 'has') {
      this.type(left, scope, true);
      this.type(right, scope, true, this.fieldOf(left) ?? { struct: undefined, field: '' });
      return boolean;
    }
    const looks = comparisons.has(operator) || logic.has(operator);
    const leftType = this.type(left, scope, true, field);
    // `info.flags == RESET | PCI` and `index == MSIX` may use the short names of the field too.
    const rightType = this.type(right, scope, true, comparisons.has(operator) ? this.fieldOf(left) : field);
    if (looks) return boolean;
    if (operator === '+' && (leftType.kind === 'string' || rightType.kind === 'string')) return string;
    for (const [side, type] of [
      [left, leftType],
      [right, rightType],
    ] as const) {
      if (type.kind === 'string' || type.kind === 'bdf' || type.kind === 'struct' || type.kind === 'bytes') {
        this.problems.error(
          side,
          `${operator} takes numbers`,
          type.kind === 'string' ? 'to put texts together, write "${a}${b}" or use +' : undefined,
        );
      }
    }
    return integer;
  }

  /** The field that an expression reads, where its structure is known. */
  private fieldOf(expression: Expression | undefined): FieldContext | undefined {
    if (expression === undefined) return undefined;
    if (expression.$type === 'BinaryExpression') return this.fieldOf(expression.left);
    if (expression.$type === 'UnaryExpression') return this.fieldOf(expression.operand);
    if (expression.$type !== 'MemberAccess' || expression.object?.$type !== 'NameReference') return undefined;
    const target = this.binder.targets.get(expression.object);
    const type = target?.kind === 'variable' ? target.variable.type : undefined;
    return type?.kind === 'struct' && type.name !== undefined
      ? { struct: type.name, field: expression.member }
      : undefined;
  }

  private unary({ operator, operand }: UnaryExpression, scope: Scope, field?: FieldContext): StaticType {
    this.type(operand, scope, operator !== '&', field);
    if (operator === '!' || operator === 'not') return boolean;
    return operator === '&' ? unknownType : integer;
  }

  private member(node: MemberAccess, scope: Scope): StaticType {
    const { object, member } = node;
    const type = this.type(object, scope, member === 'ret' || member === 'errno');
    if (type.kind === 'struct' && type.name !== undefined && member !== undefined) {
      const fields = structs[type.name].fields.map((field) => field.name);
      if (!fields.includes(member) && !resultMembers.includes(member)) {
        const near = nearest(member, fields);
        this.problems.error(
          node,
          `struct ${type.name} has no field ${member}`,
          near === undefined ? `its fields are ${fields.join(', ')}` : `did you mean ${near}?`,
        );
      }
      return fields.includes(member) ? integer : unknownType;
    }
    if (member !== undefined && (type.kind === 'integer' || type.kind === 'boolean'))
      this.problems.error(node, `a number has no field ${member}`);
    return unknownType;
  }

  private index({ object, index }: IndexAccess, scope: Scope): StaticType {
    const type = this.type(object, scope, false);
    this.type(index, scope, true);
    if (type.kind === 'file')
      this.problems.error(object, 'a file has no elements', 'a DMA mapping is looked up with mapping container[iova]');
    return unknownType;
  }

  private word(node: WordCall, scope: Scope): StaticType {
    this.type(node.text, scope, false);
    const name = node.word?.$type === 'NameReference' ? node.word.name : undefined;
    if (name !== undefined && wordCalls.has(name))
      return name === 'dmesg' ? boolean : { kind: name === 'stat' ? 'integer' : 'string' };
    this.problems.error(
      node.text,
      'found a string where a statement is expected',
      name !== undefined && signatures.has(name) ? `write ${usageOf(signatures.get(name)!)}` : undefined,
    );
    return unknownType;
  }

  private group(node: GroupState): StaticType {
    if (node.word?.$type !== 'NameReference' || node.word.name !== 'group') {
      this.problems.error(
        node,
        'found a number where a statement is expected',
        'the state of a group is written group 9 viable',
      );
    } else if (node.state !== undefined && !groupStates.includes(node.state)) {
      const near = nearest(node.state, groupStates);
      this.problems.error(
        node,
        `a group has no state ${node.state}`,
        near === undefined ? `the states are ${groupStates.join(', ')}` : `did you mean ${near}?`,
      );
    }
    return boolean;
  }
}

/** What every structure that came from a call has besides its fields. */
export const resultMembers = ['ret', 'errno', 'tail'];

/** States of `group 9 viable`. */
export const groupStates = ['viable', 'opened', 'container_set'];

/** The short names that a field's values have. */
function shortNamesOf(field: FieldContext | undefined): string[] {
  return field?.struct === undefined ? [] : Object.keys(namesOfField(field.struct, field.field)?.values ?? {});
}

/** The value of a field's short name. */
export function shortName(struct: StructName, field: string, name: string): bigint | undefined {
  const values = namesOfField(struct, field)?.values;
  const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? undefined : BigInt(value);
}
