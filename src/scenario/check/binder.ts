import type {
  Block,
  Element,
  ExpectStatement,
  Expression,
  ExpressionStatement,
  ForStatement,
  FunctionDeclaration,
  IfStatement,
  LetStatement,
  NameReference,
  ProcessBlock,
  ReturnStatement,
  Statement,
  StringLiteral,
  StructLiteral,
  TestBlock,
  WhileStatement,
} from '../generated/ast';
import type { StructName } from '../../kernel';
import type { BoundFile, Template } from '../names/bound';
import { frameHeader, Scope, Storage, type FunctionInfo, type Variable } from '../names/scope';
import type { Target } from '../names/targets';
import { sameType, unknownType, type StaticType } from '../names/types';
import { signatures } from '../names/signatures';
import { ExpressionChecker } from './expressions';
import { outcomeStructOf, isOutcome, mayFollow } from './outcomes';
import type { Problems } from './problems';
import { processSettings, type ProcessSettings } from './process-options';

/** Process blocks of one name share their variables within the file's top level, and within a test. */
type ProcessScopes = Map<string, Map<string, Variable>>;

/**
 * Gives every name its meaning and every variable its place, and checks on the way what can be checked without
 * running.
 */
export class Binder {
  readonly globals = new Storage(true, 0);
  readonly top = new Scope(undefined, this.globals);
  readonly functions = new Map<string, FunctionInfo>();
  readonly targets = new Map<NameReference, Target>();
  readonly templates = new Map<StringLiteral, Template>();
  readonly declarations = new Map<object, Variable>();
  readonly scopes = new Map<Statement, Scope>();
  readonly processes = new Map<ProcessBlock, ProcessSettings>();
  readonly outcomes = new Set<ExpectStatement>();
  readonly structs = new Map<StructLiteral, StructName>();
  /** `out` or `dmesg()` are used. */
  looksAtCalls = false;
  readonly processNames = new Set<string>();
  private readonly expressions: ExpressionChecker;
  private readonly topProcesses: ProcessScopes = new Map();
  private testProcesses: ProcessScopes | undefined;
  private loops = 0;
  private inFunction = false;

  /** @param known a file that was bound before, for an expression about it */
  constructor(
    readonly problems: Problems,
    known?: BoundFile,
  ) {
    this.expressions = new ExpressionChecker(this);
    for (const [name, info] of known?.functions ?? []) this.functions.set(name, info);
    for (const block of known?.processes.keys() ?? []) this.processNames.add(block.name);
  }

  bind(elements: readonly Element[]): void {
    for (const element of elements) if (element.$type === 'FunctionDeclaration') this.declareFunction(element);
    for (const element of elements) this.collectProcesses(element);
    this.statements(
      elements.filter((element) => isStatement(element)),
      this.top,
    );
    this.checkTests(elements);
    for (const { node, body, storage } of this.functions.values()) this.functionBody(node, body, storage);
  }

  /** For an expression that is typed while the scenario runs. */
  bindExpression(expression: Expression, scope: Scope): void {
    this.expressions.type(expression, scope, true);
  }

  /** For statements that are typed while the scenario runs. */
  bindTyped(statements: readonly Statement[], scope: Scope): void {
    this.statements(statements, scope);
  }

  private declareFunction(node: FunctionDeclaration): void {
    if (node.name === undefined) return;
    if (this.functions.has(node.name)) this.problems.error(node, `there is already a function ${node.name}`);
    if (signatures.has(node.name))
      this.problems.error(node, `${node.name} is a function of the language`, 'choose another name');
    const storage = new Storage(false, frameHeader);
    const scope = new Scope(undefined, storage);
    const named = node.parameters.filter(({ name }) => name !== undefined);
    const parameters = named.map((parameter) => {
      if (scope.own.has(parameter.name)) this.problems.error(parameter, `there are two parameters ${parameter.name}`);
      const variable = scope.declare(parameter.name, parameter);
      variable.inspected = true;
      this.declarations.set(parameter, variable);
      return variable;
    });
    this.functions.set(node.name, { name: node.name, node, body: node.body, parameters, storage });
  }

  private functionBody(node: FunctionDeclaration, body: Block | undefined, storage: Storage): void {
    const own = new Map(this.functions.get(node.name)?.parameters.map((parameter) => [parameter.name, parameter]));
    this.inFunction = true;
    this.block(body, new Scope(this.top, storage, own));
    this.inFunction = false;
  }

  private checkTests(elements: readonly Element[]): void {
    const seen = new Set<string>();
    const lastTest = elements.findLastIndex((element) => element.$type === 'TestBlock');
    elements.forEach((element, index) => {
      if (element.$type === 'TestBlock') {
        if (seen.has(element.name)) this.problems.error(element, `there is already a test "${element.name}"`);
        seen.add(element.name);
        this.test(element);
      } else if (isStatement(element) && index > lastTest && lastTest >= 0) {
        this.problems.warning(
          element,
          'this never runs: what stands outside of tests is done before each test below it',
          'move it before the tests or into one',
        );
      }
    });
  }

  private test(test: TestBlock): void {
    this.testProcesses = new Map();
    this.block(test.body, new Scope(this.top, this.globals));
    this.testProcesses = undefined;
  }

  private collectProcesses(node: Element | Statement): void {
    if (node.$type === 'ProcessBlock' && node.name !== undefined) this.processNames.add(node.name);
    for (const block of blocksOf(node)) for (const statement of block.statements) this.collectProcesses(statement);
  }

  private block(block: Block | undefined, scope: Scope): void {
    this.statements(block?.statements ?? [], scope);
  }

  private statements(statements: readonly Statement[], scope: Scope): void {
    let previous: Statement | undefined;
    let ended = false;
    for (const statement of statements) {
      if (ended) {
        this.problems.warning(statement, 'this is never reached');
        ended = false;
      }
      this.scopes.set(statement, scope);
      if (statement.$type === 'ExpectStatement') this.expect(statement, previous, scope);
      else this.statement(statement, scope);
      if (statement.$type !== 'ExpectStatement' || !this.outcomes.has(statement)) previous = statement;
      ended =
        statement.$type === 'ReturnStatement' ||
        statement.$type === 'BreakStatement' ||
        statement.$type === 'ContinueStatement';
    }
  }

  private statement(statement: Exclude<Statement, ExpectStatement>, scope: Scope): void {
    switch (statement.$type) {
      case 'LetStatement':
        return this.let(statement, scope);
      case 'IfStatement':
        return this.if(statement, scope);
      case 'WhileStatement':
        return this.while(statement, scope);
      case 'ForStatement':
        return this.for(statement, scope);
      case 'BreakStatement':
      case 'ContinueStatement':
        if (this.loops === 0)
          this.problems.error(
            statement,
            `${statement.$type === 'BreakStatement' ? 'break' : 'continue'} stands outside of a loop`,
          );
        return;
      case 'ReturnStatement':
        return this.return(statement, scope);
      case 'PrintStatement':
        for (const value of statement.values) this.expressions.type(value, scope, true);
        return;
      case 'ProcessBlock':
        return this.process(statement, scope);
      case 'ExpressionStatement':
        return this.expression(statement, scope);
    }
  }

  private let(statement: LetStatement, scope: Scope): void {
    const type = this.expressions.type(statement.value, scope, false);
    if (statement.name === undefined) return;
    if (this.functions.has(statement.name)) {
      this.problems.warning(
        statement,
        `${statement.name} is also a function: ${statement.name}(…) still calls the function`,
      );
    }
    const known = scope.own.has(statement.name);
    const variable = scope.declare(statement.name, statement);
    this.declarations.set(statement, variable);
    this.assign(variable, type, !known);
  }

  /** A variable's type is that of all its values, else unknown. */
  private assign(variable: Variable, type: StaticType, first: boolean): void {
    if (first) variable.type = type;
    else if (!sameType(variable.type, type)) variable.type = unknownType;
  }

  private if(statement: IfStatement, scope: Scope): void {
    this.expressions.type(statement.condition, scope, true);
    this.block(statement.then, new Scope(scope, scope.storage));
    const { otherwise } = statement;
    if (otherwise === undefined) return;
    if (otherwise.$type === 'Block') this.block(otherwise, new Scope(scope, scope.storage));
    else this.statements([otherwise], scope);
  }

  private while(statement: WhileStatement, scope: Scope): void {
    this.expressions.type(statement.condition, scope, true);
    this.loop(statement.body, new Scope(scope, scope.storage));
  }

  private for(statement: ForStatement, scope: Scope): void {
    for (const bound of [statement.from, statement.to, statement.by])
      if (bound !== undefined) this.expressions.type(bound, scope, true);
    const inner = new Scope(scope, scope.storage);
    if (statement.variable !== undefined) {
      const variable = inner.declare(statement.variable, statement);
      if (statement.to !== undefined) variable.type = { kind: 'integer' };
      this.declarations.set(statement, variable);
    }
    this.loop(statement.body, inner);
  }

  private loop(body: Block | undefined, scope: Scope): void {
    this.loops++;
    this.block(body, scope);
    this.loops--;
  }

  private return(statement: ReturnStatement, scope: Scope): void {
    if (!this.inFunction) this.problems.error(statement, 'return stands outside of a function');
    if (statement.value !== undefined) this.expressions.type(statement.value, scope, true);
  }

  private process(block: ProcessBlock, scope: Scope): void {
    if (block.name === undefined) return;
    this.processes.set(block, processSettings(block, this.problems));
    this.block(block.body, this.processScope(block, scope));
  }

  private processScope(block: ProcessBlock, scope: Scope): Scope {
    if (this.inFunction) return new Scope(scope, scope.storage);
    const shared = new Scope(scope, this.globals, ownOf(this.topProcesses, block.name));
    if (this.testProcesses === undefined) return shared;
    return new Scope(shared, this.globals, ownOf(this.testProcesses, block.name));
  }

  private expression(statement: ExpressionStatement, scope: Scope): void {
    const { expression, operator, value } = statement;
    if (expression === undefined) return;
    if (operator === undefined || value === undefined) {
      this.expressions.type(expression, scope, false);
      if (!this.expressions.hasEffect(expression)) {
        this.problems.warning(
          statement,
          'this does nothing',
          'to show a value, write print; to check one, write expect',
        );
      }
      return;
    }
    const type = this.expressions.type(value, scope, operator !== '=');
    const variable = this.expressions.assigned(expression, scope);
    if (variable !== undefined)
      this.assign(variable, expression.$type === 'NameReference' && operator === '=' ? type : variable.type, false);
  }

  private expect(statement: ExpectStatement, previous: Statement | undefined, scope: Scope): void {
    const { condition } = statement;
    if (condition === undefined) return;
    if (!isOutcome(condition, scope)) {
      this.expressions.type(condition, scope, true);
      return;
    }
    this.outcomes.add(statement);
    if (mayFollow(previous)) this.expressions.outcome(condition, outcomeStructOf(previous), scope);
    else
      this.problems.error(
        statement,
        'this expectation speaks of a call, and none stands before it',
        'write it behind the call: open("/dev/vfio/9") expect EBUSY',
      );
  }
}

export function isStatement(element: Element): element is Statement {
  switch (element.$type) {
    case 'Include':
    case 'KernelVersion':
    case 'MachineBlock':
    case 'ModuleBlock':
    case 'FunctionDeclaration':
    case 'TestBlock':
      return false;
    default:
      return true;
  }
}

/** The blocks right inside a statement or element. */
export function blocksOf(node: Element | Statement): Block[] {
  const blocks: (Block | undefined)[] = [];
  if ('body' in node) blocks.push(node.body);
  if (node.$type === 'IfStatement') {
    blocks.push(node.then);
    if (node.otherwise?.$type === 'Block') blocks.push(node.otherwise);
    else if (node.otherwise !== undefined) blocks.push(...blocksOf(node.otherwise));
  }
  return blocks.filter((block) => block !== undefined);
}

function ownOf(scopes: ProcessScopes, name: string): Map<string, Variable> {
  let own = scopes.get(name);
  if (own === undefined) scopes.set(name, (own = new Map<string, Variable>()));
  return own;
}
