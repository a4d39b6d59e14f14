import { namesOfField, type StructName } from '../../kernel';
import type { BinaryExpression, Expression, NameReference, UnaryExpression } from '../generated/ast';
import { ObjectViews } from '../execution/objects';
import { arithmetic, compare, elementOf, memberOf, toInteger, truth, ValueError } from '../execution/operators';
import { integerOf } from '../literals';
import { constantNamed } from '../names/words';
import { Bdf, FileValue, StructValue, textOf, type Value } from '../value';
import { compileCall } from './calls';
import { childrenOf, negates, type Names } from './children';
import { failure, guarded } from './failure';
import type { Evaluate } from './program';

/** Makes closures that work out expressions. Calls of the scenario's own functions are not among them. */
export class ExpressionCompiler {
  constructor(readonly names: Names) {}

  /** The expression with everything in it. */
  whole(node: Expression): Evaluate {
    return this.build(
      node,
      childrenOf(node, this.names).map((child) => this.whole(child)),
    );
  }

  /** The expression, given what works out its parts. */
  build(node: Expression, parts: readonly Evaluate[]): Evaluate {
    switch (node.$type) {
      case 'IntegerLiteral':
        return constant(integerOf(node.text) ?? 0n);
      case 'BooleanLiteral':
        return constant(node.text === 'true');
      case 'NullLiteral':
        return constant(null);
      case 'BdfLiteral':
        return constant(Bdf.parse(node.text));
      case 'StringLiteral':
        return this.string(node, parts);
      case 'ArrayLiteral':
        return (x) => parts.map((part) => part(x));
      case 'StructLiteral': {
        const names = node.fields.map((field) => field.name);
        return (x) => new StructValue('', new Map(names.map((name, index) => [name, parts[index]!(x)])));
      }
      case 'NameReference':
        return this.name(node);
      default:
        return this.compound(node, parts);
    }
  }

  private compound(
    node: Exclude<Expression, NameReference | { $type: `${string}Literal` }>,
    parts: readonly Evaluate[],
  ): Evaluate {
    const [first = nothing, second = nothing] = parts;
    switch (node.$type) {
      case 'BinaryExpression':
        return this.binary(node, first, second);
      case 'UnaryExpression':
        return guarded(node, unary(node.operator, first));
      case 'MemberAccess':
        return guarded(node, (x) => memberOf(first(x), node.member));
      case 'IndexAccess':
        return guarded(node, (x) => elementOf(first(x), second(x)));
      case 'MappingState':
        return guarded(node, (x) => ObjectViews.mapping(x, first(x), second(x)));
      case 'GroupState': {
        const { subject, state } = node;
        const group = subject.$type === 'BdfLiteral' ? Bdf.parse(subject.text) : (integerOf(subject.text) ?? 0n);
        return guarded(node, (x) => memberOf(ObjectViews.group(x, group), state));
      }
      default:
        return compileCall(node, parts, this.names);
    }
  }

  private string(node: Expression & { $type: 'StringLiteral' }, parts: readonly Evaluate[]): Evaluate {
    const template = this.names.templates.get(node);
    if (template === undefined) return constant(node.text);
    const { texts } = template;
    return (x) => parts.reduce((text, part, index) => text + textOf(part(x)) + texts[index + 1]!, texts[0]!);
  }

  private name(node: NameReference): Evaluate {
    const target = this.names.targets.get(node);
    switch (target?.kind) {
      case 'variable':
        return this.variable(node, target.variable.slot, target.variable.global);
      case 'constant':
        return constant(target.value);
      case 'process':
        return constant(target.name);
      case 'word':
        return word(target.word);
      case 'call':
        return compileCall(node, [], this.names);
      default: {
        const error = failure(node, `${node.name} is not known here`);
        return () => {
          throw error;
        };
      }
    }
  }

  private variable(node: NameReference, slot: number, global: boolean): Evaluate {
    const missing = (): never => {
      throw failure(node, `${node.name} has no value yet`, 'its let has not been reached');
    };
    if (global)
      return (x) => (x.cells.get(slot) as Value | undefined) ?? (x.cells.get(slot) === null ? null : missing());
    return (x) =>
      (x.cells.get(x.base + slot) as Value | undefined) ?? (x.cells.get(x.base + slot) === null ? null : missing());
  }

  private binary(node: BinaryExpression, left: Evaluate, right: Evaluate): Evaluate {
    const { operator } = node;
    switch (operator) {
      case 'and':
      case '&&':
        return guarded(node, (x) => truth(left(x)) && truth(right(x)));
      case 'or':
      case '||':
        return guarded(node, (x) => truth(left(x)) || truth(right(x)));
      case 'has':
        return negated(node, guarded(node, this.has(node, left, right)));
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return negated(
          node,
          guarded(node, (x) => compare(operator, left(x), right(x))),
        );
      default:
        return guarded(node, (x) => arithmetic(operator, left(x), right(x)));
    }
  }

  /** `flags has PCI | RESET`: all of the bits; `array has element`; `text has part`. */
  private has(node: BinaryExpression, left: Evaluate, right: Evaluate): Evaluate {
    const short = shortNames(node.right, this.names);
    return (x) => {
      const value = left(x);
      if (typeof value === 'string') return value.includes(textOf(right(x)));
      if (Array.isArray(value)) {
        const wanted = right(x);
        return value.some((item: Value) => compare('==', item, wanted));
      }
      const bits = short === undefined ? toInteger(right(x)) : this.bits(node, short, x);
      return (toInteger(value) & bits) === bits;
    };
  }

  /** Short names whose structure is only known now. */
  private bits(node: BinaryExpression, names: readonly string[], x: Parameters<Evaluate>[0]): bigint {
    const subject = negates(node) ? node.left.operand : node.left;
    const member = subject.$type === 'MemberAccess' ? subject : undefined;
    const struct = member === undefined ? undefined : structOf(this.whole(member.object)(x));
    return names.reduce((bits, name) => {
      const values =
        struct === undefined || member === undefined ? undefined : namesOfField(struct, member.member)?.values;
      const value = values !== undefined && Object.hasOwn(values, name) ? BigInt(values[name]!) : constantNamed(name);
      if (value === undefined) throw new ValueError(`${name} is not known here`);
      return bits | value;
    }, 0n);
  }
}

const structOf = (value: Value): StructName | undefined =>
  value instanceof StructValue && value.type !== '' ? (value.type as StructName) : undefined;

/** The names in `A | B`, when at least one of them has no meaning yet. */
function shortNames(node: Expression, names: Names): string[] | undefined {
  const found = orNames(node);
  return found?.some((reference) => !names.targets.has(reference)) === true ? found.map(({ name }) => name) : undefined;
}

function orNames(node: Expression): NameReference[] | undefined {
  if (node.$type === 'NameReference') return [node];
  if (node.$type !== 'BinaryExpression' || node.operator !== '|') return undefined;
  const left = orNames(node.left);
  const right = orNames(node.right);
  return left === undefined || right === undefined ? undefined : [...left, ...right];
}

const constant =
  (value: Value): Evaluate =>
  () =>
    value;

const nothing = constant(null);

/** `not a == b` means not (a == b), although `not` stands nearer to a. */
function negated(node: BinaryExpression, comparison: Evaluate): Evaluate {
  return negates(node) ? (x) => !truth(comparison(x)) : comparison;
}

function unary(operator: UnaryExpression['operator'], operand: Evaluate): Evaluate {
  switch (operator) {
    case '!':
    case 'not':
      return (x) => !truth(operand(x));
    case '-':
      return (x) => -toInteger(operand(x));
    case '~':
      return (x) => BigInt.asUintN(64, ~toInteger(operand(x)));
    case '&':
      return (x) => pointerTo(operand(x));
  }
}

/** What `&value` points to: an int for files and numbers, the bytes of a string, the structure itself. */
function pointerTo(value: Value): Value {
  if (value instanceof StructValue || value instanceof Uint8Array || typeof value === 'string') return value;
  const bytes = new Uint8Array(4);
  const integer = value instanceof FileValue ? BigInt(value.fd) : toInteger(value, 'a file or a number');
  new DataView(bytes.buffer).setInt32(0, Number(BigInt.asIntN(32, integer)), true);
  return bytes;
}

function word(name: 'out' | 'errno' | 'process_name'): Evaluate {
  if (name === 'process_name') return (x) => x.process?.name ?? null;
  if (name === 'out') return (x) => x.last?.out ?? null;
  return (x) => {
    const ret = x.lastRet;
    return ret < 0 ? -BigInt(ret) : 0n;
  };
}
