import type {
  BinaryExpression,
  Expression,
  GroupState,
  ModuleParameter,
  NameReference,
  PropertyValue,
  StringLiteral,
  StructField,
  UnaryExpression,
} from '../generated/ast';
import type { TokenKind } from './lexer';
import { found } from './messages';
import { TokenReader } from './token-reader';

type Operator = BinaryExpression['operator'];

/** How tight the operators of two sides bind. */
const tightness: ReadonlyMap<TokenKind, number> = new Map(
  [
    ['or', '||'],
    ['and', '&&'],
    ['==', '!=', '<', '<=', '>', '>=', 'has'],
    ['|'],
    ['^'],
    ['&'],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
  ].flatMap((operators, index) => operators.map((operator): [TokenKind, number] => [operator, index + 1])),
);

const unaryOperators: ReadonlySet<TokenKind> = new Set(['!', 'not', '-', '~', '&']);

const primaryKinds: ReadonlySet<TokenKind> = new Set([
  ...['INTEGER', 'STRING', 'BDF', 'ID', 'true', 'false', 'null', 'NULL', '{', '[', '('],
  ...['mapping', 'echo', 'bind', 'unbind', 'modprobe', 'kill', 'step', 'iommu', 'driver', 'without'],
]);

/** The rules of scenario.langium from Expression down. A missing part is undefined, as the generated types do not say. */
export class ExpressionParser extends TokenReader {
  /** Rule Expression. Always gives a node, so that a whole text that is no expression has one. */
  wholeExpression(): Expression {
    const start = this.at;
    const expression = this.expression();
    if (this.kind !== 'EOF') this.fail(`${found(this.image)} cannot stand here`);
    return expression ?? this.finish({ $type: 'NameReference', name: undefined }, start);
  }

  protected get startsPrimary(): boolean {
    return primaryKinds.has(this.kind);
  }

  protected get startsExpression(): boolean {
    return primaryKinds.has(this.kind) || unaryOperators.has(this.kind);
  }

  protected expression(least = 1): Expression | undefined {
    const start = this.at;
    let left = this.unary();
    for (;;) {
      const operator = this.kind;
      const binds = tightness.get(operator);
      if (binds === undefined || binds < least) return left;
      this.at++;
      const right = this.expression(binds + 1);
      left = this.finish({ $type: 'BinaryExpression', left, operator: operator as Operator, right }, start);
    }
  }

  private unary(): Expression | undefined {
    const start = this.at;
    const operator = this.kind;
    if (!unaryOperators.has(operator)) return this.postfix();
    this.at++;
    const operand = this.unary();
    return this.finish({ $type: 'UnaryExpression', operator: operator as UnaryExpression['operator'], operand }, start);
  }

  private postfix(): Expression | undefined {
    const start = this.at;
    let expression = this.primary();
    for (;;) {
      const next = this.continued(expression, start);
      if (next === undefined) return expression;
      expression = next;
    }
  }

  /** What stands behind a value and goes on with it. */
  private continued(before: Expression | undefined, start: number): Expression | undefined {
    switch (this.kind) {
      case '.':
        this.at++;
        return this.finish({ $type: 'MemberAccess', object: before, member: this.memberName() }, start);
      case '[': {
        this.open('[');
        const index = this.expression();
        this.close(']');
        return this.finish({ $type: 'IndexAccess', object: before, index }, start);
      }
      case '(': {
        const list = this.expressions('(', ')');
        return this.finish({ $type: 'Call', callee: before, arguments: list }, start);
      }
      case 'STRING':
        return this.finish({ $type: 'WordCall', word: before, text: this.stringLiteral() }, start);
      case 'INTEGER':
      case 'BDF': {
        const subject = this.literal() as GroupState['subject'];
        return this.finish({ $type: 'GroupState', word: before, subject, state: this.name() }, start);
      }
      default:
        return undefined;
    }
  }

  protected primary(): Expression | undefined {
    const start = this.at;
    switch (this.kind) {
      case 'INTEGER':
      case 'BDF':
      case 'true':
      case 'false':
        return this.literal();
      case 'STRING':
        return this.stringLiteral();
      case 'null':
      case 'NULL':
        this.at++;
        return this.finish({ $type: 'NullLiteral' }, start);
      case '{':
        return this.struct();
      case '[':
        return this.finish({ $type: 'ArrayLiteral', elements: this.expressions('[', ']') }, start);
      case '(': {
        this.open('(');
        const inner = this.expression();
        this.close(')');
        return inner;
      }
      default:
        return this.startsName ? this.nameReference() : this.command();
    }
  }

  /** What is written in the manner of a shell. */
  private command(): Expression | undefined {
    const start = this.at;
    switch (this.kind) {
      case 'mapping': {
        this.at++;
        const container = this.nameReference();
        if (this.is('[')) this.open('[');
        else this.expect('[', 'Expression');
        const iova = this.expression();
        this.close(']');
        return this.finish({ $type: 'MappingState', container, iova }, start);
      }
      case 'echo': {
        this.at++;
        const text = this.primary();
        this.expect('>', 'Expression');
        return this.finish({ $type: 'EchoCall', text, path: this.primary() }, start);
      }
      case 'bind': {
        this.at++;
        const device = this.primary();
        return this.finish({ $type: 'BindCall', device, driver: this.driverName() }, start);
      }
      case 'unbind':
        this.at++;
        return this.finish({ $type: 'UnbindCall', device: this.primary() }, start);
      case 'modprobe': {
        this.at++;
        const module = this.driverName();
        const parameters = this.is('{') ? this.moduleParameters() : [];
        return this.finish({ $type: 'ModprobeCall', module, parameters }, start);
      }
      case 'kill':
        return this.kill();
      default:
        this.unexpected('Expression');
        return undefined;
    }
  }

  private kill(): Expression {
    const start = this.at++;
    const parenthesis = this.skip('(');
    const process = this.name();
    if (parenthesis) this.expect(')', 'Expression');
    return this.finish({ $type: 'KillCall', process }, start);
  }

  /** `{ enable_sriov = true }` */
  protected moduleParameters(): ModuleParameter[] {
    const parameters: ModuleParameter[] = [];
    this.open('{');
    while (this.startsName) {
      const start = this.at;
      const name = this.name();
      this.expect('=', 'NamedEntry');
      parameters.push(this.finish({ $type: 'ModuleParameter', name, value: this.propertyValue() }, start));
      if (!this.skip(',')) this.skip(';');
    }
    this.close('}');
    return parameters;
  }

  protected propertyValue(): PropertyValue | undefined {
    switch (this.kind) {
      case 'INTEGER':
      case 'true':
      case 'false':
        return this.literal() as PropertyValue;
      case 'STRING':
        return this.stringLiteral();
      default:
        this.unexpected('PropertyValue');
        return undefined;
    }
  }

  private nameReference(): NameReference {
    const start = this.at;
    return this.finish({ $type: 'NameReference', name: this.name() }, start);
  }

  private literal(): Expression {
    const start = this.at;
    const { kind, image } = this;
    this.at++;
    if (kind === 'INTEGER') return this.finish({ $type: 'IntegerLiteral', text: image }, start);
    if (kind === 'BDF') return this.finish({ $type: 'BdfLiteral', text: image }, start);
    return this.finish({ $type: 'BooleanLiteral', text: image as 'true' }, start);
  }

  private stringLiteral(): StringLiteral {
    const start = this.at;
    return this.finish({ $type: 'StringLiteral', text: this.string() }, start);
  }

  private struct(): Expression {
    const start = this.at;
    const fields: StructField[] = [];
    this.open('{');
    while (this.startsName) {
      const fieldStart = this.at;
      const name = this.name();
      this.expect(':', 'Expression');
      fields.push(this.finish({ $type: 'StructField', name, value: this.expression() }, fieldStart));
      if (!this.skip(',')) break;
    }
    this.close('}');
    return this.finish({ $type: 'StructLiteral', fields }, start);
  }

  /** Expressions between brackets, with commas; one may follow the last. */
  private expressions(bracket: '(' | '[', closing: ')' | ']'): Expression[] {
    const list: Expression[] = [];
    this.open(bracket);
    while (this.startsExpression) {
      const element = this.expression();
      if (element !== undefined) list.push(element);
      if (!this.skip(',')) break;
    }
    this.close(closing);
    return list;
  }

  private open(bracket: '(' | '[' | '{'): void {
    this.at++;
    this.brackets.push(bracket);
  }

  /** While failing, the bracket stays on the stack: it tells where the text goes on. */
  private close(bracket: ')' | ']' | '}'): void {
    if (this.expect(bracket, bracket === '}' ? 'NamedEntry' : 'Expression')) this.brackets.pop();
  }
}
