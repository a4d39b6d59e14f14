import type { Process } from '../../kernel';
import type {
  Block,
  ExpectStatement,
  Expression,
  ExpressionStatement,
  ForStatement,
  IfStatement,
  LetStatement,
  PrintStatement,
  ProcessBlock,
  ReturnStatement,
  Statement,
  WhileStatement,
} from '../generated/ast';
import { subjectOf } from '../check/outcomes';
import type { BoundFile } from '../names/bound';
import type { Scope, Storage, Variable } from '../names/scope';
import { arithmetic, elementOf, toInteger, truth, ValueError, withPart } from '../execution/operators';
import type { Execution } from '../execution/execution';
import type { MadeCall } from '../execution/call-report';
import { headOf, rangeOf, textOfNode, uriOf } from '../source';
import { kindOf, textOf, type Value } from '../value';
import { callsFunction, childrenOf, ownFunction } from './children';
import { callNamesIn } from './call-names';
import { Label, type Emitter } from './emitter';
import { compileExpect, compileOutcome, unexpected, type OutcomeCheck } from './expectations';
import { ExpressionCompiler } from './expressions';
import { failure, guarded } from './failure';
import type { FunctionCode } from './function-code';
import type { Evaluate, Nesting, StatementInfo } from './program';

/** What is compiled, and where to. */
export interface Unit {
  readonly bound: BoundFile;
  readonly emitter: Emitter;
  readonly functions: ReadonlyMap<string, FunctionCode>;
  readonly testName: string | null;
  readonly functionName: string | null;
  /** Where temporaries get their slots. */
  readonly storage: Storage;
}

/** Inside a loop: where break and continue lead to. */
interface Loop {
  readonly out: Label;
  readonly again: Label;
  /** Process blocks that were open when it began. */
  readonly processes: number;
}

/** A place that an instruction can put a value. */
type Store = (x: Execution, value: Value) => void;

/** Turns statements into instructions; functions that an expression calls are entered before the rest of it. */
export class StatementCompiler {
  private readonly expressions: ExpressionCompiler;
  private readonly emitter: Emitter;
  private readonly loops: Loop[] = [];
  /** For each open process block: where the process that was there before is kept. */
  private readonly processes: number[] = [];
  /** Loops and process blocks that are open. */
  private nest: readonly Nesting[] = [];
  /** Instruction at which the current statement begins. */
  private statementStart = 0;

  constructor(private readonly unit: Unit) {
    this.expressions = new ExpressionCompiler(unit.bound);
    this.emitter = unit.emitter;
  }

  function(body: Block | undefined): void {
    this.block(body);
    this.emitter.add((x) => x.return(null));
  }

  block(block: Block | undefined): void {
    this.statements(block?.statements ?? []);
  }

  /** The scope inside of a block. */
  scopeOf(block: Block | undefined): Scope | undefined {
    const [first] = block?.statements ?? [];
    return first === undefined ? undefined : this.unit.bound.scopes.get(first);
  }

  statements(statements: readonly Statement[], _scope?: Scope): void {
    for (let index = 0; index < statements.length; index++) {
      const statement = statements[index]!;
      const outcomes = this.outcomesBehind(statements, index);
      index += outcomes.length;
      this.statement(statement, outcomes);
    }
  }

  /** The expectations behind a statement that speak of its call. */
  private outcomesBehind(statements: readonly Statement[], index: number): ExpectStatement[] {
    const found: ExpectStatement[] = [];
    if (subjectOf(statements[index]) === undefined) return found;
    for (let at = index + 1; at < statements.length; at++) {
      const statement = statements[at]!;
      if (statement.$type !== 'ExpectStatement' || !this.unit.bound.outcomes.has(statement)) break;
      found.push(statement);
    }
    return found;
  }

  private statement(statement: Statement, outcomes: readonly ExpectStatement[]): void {
    switch (statement.$type) {
      case 'LetStatement':
        return this.let(statement, outcomes);
      case 'ExpressionStatement':
        return this.expression(statement, outcomes);
      case 'IfStatement':
        return this.if(statement);
      case 'WhileStatement':
        return this.while(statement);
      case 'ForStatement':
        return this.for(statement);
      case 'BreakStatement':
      case 'ContinueStatement':
        return this.leaveLoop(statement);
      case 'ReturnStatement':
        return this.return(statement);
      case 'PrintStatement':
        return this.print(statement);
      case 'ExpectStatement':
        return this.expect(statement);
      case 'ProcessBlock':
        return this.process(statement);
    }
  }

  // ---- where statements begin

  private begin(statement: Statement, expressions: readonly (Expression | undefined)[], body?: Block): StatementInfo {
    const info: StatementInfo = {
      range: body === undefined ? rangeOf(statement) : headOf(statement, body),
      uri: uriOf(statement),
      calls: expressions.flatMap((expression) =>
        expression === undefined ? [] : callNamesIn(expression, this.unit.bound),
      ),
      testName: this.unit.testName,
      functionName: this.unit.functionName,
      nest: this.nest,
      scope: this.unit.bound.scopes.get(statement) ?? this.unit.bound.top,
    };
    this.statementStart = this.emitter.position;
    this.emitter.begin(info);
    return info;
  }

  // ---- expressions whose functions are entered first

  /** Emits what must run before, and gives what works out the value then. */
  private value(node: Expression): Evaluate {
    const { bound } = this.unit;
    if (!callsFunction(node, bound)) return this.expressions.whole(node);
    if (node.$type === 'BinaryExpression' && ['and', '&&', 'or', '||'].includes(node.operator))
      return this.shortCircuit(node);
    const name = ownFunction(node, bound);
    const parts = this.values(childrenOf(node, bound));
    if (name !== undefined) return this.callFunction(node, this.unit.functions.get(name)!, parts);
    return this.expressions.build(node, parts);
  }

  /** Values that stand before a function's call are worked out and kept before it is entered. */
  private values(nodes: readonly Expression[]): Evaluate[] {
    const { bound } = this.unit;
    return nodes.map((node, index) => {
      const value = this.value(node);
      return nodes.slice(index + 1).some((later) => callsFunction(later, bound)) ? this.keep(value) : value;
    });
  }

  private shortCircuit(node: Expression & { $type: 'BinaryExpression' }): Evaluate {
    const { load, store } = this.temporary();
    const end = new Label();
    const goesOn = node.operator === 'and' || node.operator === '&&';
    const left = guarded(node.left, this.truthOf(this.value(node.left)));
    this.emitter.act((x) => store(x, left(x)));
    this.emitter.unless((x) => load(x) === goesOn, end);
    const right = guarded(node.right, this.truthOf(this.value(node.right)));
    this.emitter.act((x) => store(x, right(x)));
    this.emitter.place(end);
    return load;
  }

  private truthOf(value: Evaluate): Evaluate {
    return (x) => truth(value(x));
  }

  private callFunction(node: Expression, code: FunctionCode, args: readonly Evaluate[]): Evaluate {
    const statement = this.statementStart;
    const back = this.emitter.position + 1;
    this.emitter.add((x) =>
      x.call(
        code,
        args.map((argument) => argument(x)),
        back,
        statement,
        node,
      ),
    );
    return this.keep((x) => x.returned);
  }

  private keep(value: Evaluate): Evaluate {
    const { load, store } = this.temporary();
    this.emitter.act((x) => store(x, value(x)));
    return load;
  }

  private temporary(): { load: Evaluate; store: Store } {
    const { storage } = this.unit;
    const slot = storage.take();
    if (storage.global)
      return { load: (x) => x.cells.get(slot) as Value, store: (x, value) => x.cells.set(slot, value) };
    return { load: (x) => x.cells.get(x.base + slot) as Value, store: (x, value) => x.cells.set(x.base + slot, value) };
  }

  // ---- statements

  private let(statement: LetStatement, outcomes: readonly ExpectStatement[]): void {
    this.begin(statement, [statement.value]);
    const variable = this.unit.bound.declarations.get(statement);
    if (variable === undefined) return;
    const value = this.value(statement.value);
    const store = storeOf(variable);
    this.withOutcome(statement.value, value, store, outcomes, variable.inspected);
  }

  private expression(statement: ExpressionStatement, outcomes: readonly ExpectStatement[]): void {
    const { expression, operator, value: given } = statement;
    this.begin(statement, [expression, given]);
    if (operator === undefined || given === undefined) {
      const value = this.value(expression);
      this.withOutcome(expression, value, null, outcomes, false);
      return;
    }
    const changed =
      operator === '=' ? this.value(given) : this.combined(statement, this.value(expression), this.value(given));
    const { store, variable } = this.target(expression);
    this.withOutcome(given, changed, store, outcomes, operator !== '=' || variable?.inspected === true);
  }

  private combined(statement: ExpressionStatement, left: Evaluate, right: Evaluate): Evaluate {
    const operator = statement.operator!.slice(0, -1);
    return guarded(statement.expression, (x) => arithmetic(operator, left(x), right(x)));
  }

  /** How to put a value where the left side of an assignment says. */
  private target(node: Expression): { store: Store; variable: Variable | undefined } {
    if (node.$type === 'NameReference') {
      const target = this.unit.bound.targets.get(node);
      if (target?.kind === 'variable') return { store: storeOf(target.variable), variable: target.variable };
    } else if (node.$type === 'MemberAccess' || node.$type === 'IndexAccess') {
      const { store, variable } = this.target(node.object);
      const whole = this.value(node.object);
      const key: Evaluate = node.$type === 'MemberAccess' ? () => node.member : this.value(node.index);
      const changed = (x: Execution, part: Value): Value => guarded(node, () => withPart(whole(x), key(x), part))(x);
      return { store: (x, part) => store(x, changed(x, part)), variable };
    }
    const error = failure(node, 'a value can only be given to a variable, a field or an element');
    return {
      store: () => {
        throw error;
      },
      variable: undefined,
    };
  }

  /**
   * Works out a value, keeps it, and looks at how the call in it went: as the expectations behind it say, or, when
   * there are none and nothing else looks at the result, that it did not fail.
   */
  private withOutcome(
    node: Expression,
    value: Evaluate,
    store: Store | null,
    outcomes: readonly ExpectStatement[],
    inspected: boolean,
  ): void {
    const checks = outcomes.map((outcome) => compileOutcome(outcome, this.expressions));
    const makesCall = isCall(node, this.unit.bound);
    const own = ownFunction(node, this.unit.bound) !== undefined;
    if (checks.length === 0 && makesCall && !inspected) checks.push(noFailure(node));
    this.emitter.act((x) => {
      const before = x.report.calls.length;
      const result = value(x);
      store?.(x, result);
      if (checks.length === 0) return;
      const call = !own && x.report.calls.length > before ? x.last : null;
      for (const check of checks) {
        const failed = check(x, call, result);
        if (failed !== null) x.fail(failed);
      }
    });
  }

  private if(statement: IfStatement): void {
    this.begin(statement, [statement.condition], statement.then);
    const otherwise = new Label();
    const end = new Label();
    this.emitter.unless(this.condition(statement.condition), otherwise);
    this.block(statement.then);
    if (statement.otherwise === undefined) {
      this.emitter.place(otherwise);
      return;
    }
    this.emitter.jump(end);
    this.emitter.place(otherwise);
    if (statement.otherwise.$type === 'Block') this.block(statement.otherwise);
    else this.if(statement.otherwise);
    this.emitter.place(end);
  }

  private condition(node: Expression): (x: Execution) => boolean {
    const value = this.value(node);
    const test = guarded(node, (x) => truth(value(x)));
    return (x) => test(x) === true;
  }

  private while(statement: WhileStatement): void {
    const loop: Loop = { out: new Label(), again: new Label(), processes: this.processes.length };
    this.emitter.place(loop.again);
    this.begin(statement, [statement.condition], statement.body);
    this.emitter.unless(this.condition(statement.condition), loop.out);
    this.loopBody(loop, statement.body);
    this.emitter.jump(loop.again);
    this.emitter.place(loop.out);
  }

  private loopBody(loop: Loop, body: Block): void {
    this.loops.push(loop);
    this.inside({ process: false }, body);
    this.loops.pop();
  }

  /** The first step works out the bounds and enters; each further one goes on to the next value. */
  private for(statement: ForStatement): void {
    const { from, to, by } = statement;
    const info = this.begin(statement, [from, to, by], statement.body);
    const loop: Loop = { out: new Label(), again: new Label(), processes: this.processes.length };
    const [first, limit, stride] = this.values([from, to, by].filter((node) => node !== undefined));
    const counter = this.temporary();
    const bound = this.temporary();
    const test = new Label();
    const items = to === undefined;
    this.emitter.act(
      guardedAction(from, (x) => {
        counter.store(x, items ? 0n : toInteger(first!(x)));
        bound.store(x, items ? listOf(first!(x)) : toInteger(limit!(x)));
      }),
    );
    const step = stride === undefined ? undefined : this.keep(stride);
    this.emitter.jump(test);
    this.emitter.place(loop.again);
    this.statementStart = this.emitter.position;
    this.emitter.begin(info);
    this.emitter.act(
      guardedAction(by ?? from, (x) =>
        counter.store(x, toInteger(counter.load(x)) + (step === undefined ? 1n : toInteger(step(x)))),
      ),
    );
    this.emitter.place(test);
    const variable = storeOf(this.unit.bound.declarations.get(statement)!);
    this.emitter.unless((x) => {
      const at = counter.load(x) as bigint;
      const end = bound.load(x);
      const goesOn =
        typeof end === 'bigint'
          ? step !== undefined && toInteger(step(x)) < 0n
            ? at > end
            : at < end
          : at < BigInt((end as readonly Value[]).length);
      if (goesOn) variable(x, typeof end === 'bigint' ? at : elementOf(end, at));
      return goesOn;
    }, loop.out);
    this.loopBody(loop, statement.body);
    this.emitter.jump(loop.again);
    this.emitter.place(loop.out);
  }

  private inside(nesting: Nesting, body: Block): void {
    const { nest } = this;
    this.nest = [...nest, nesting];
    this.block(body);
    this.nest = nest;
  }

  private leaveLoop(statement: Statement): void {
    this.begin(statement, []);
    const loop = this.loops.at(-1);
    if (loop === undefined) return;
    this.emitter.act(() => undefined);
    if (this.processes.length > loop.processes) this.restoreProcess(this.processes[loop.processes]!);
    this.emitter.jump(statement.$type === 'BreakStatement' ? loop.out : loop.again);
  }

  private return(statement: ReturnStatement): void {
    this.begin(statement, [statement.value]);
    const value = statement.value === undefined ? undefined : this.value(statement.value);
    this.emitter.add((x) => x.return(value?.(x) ?? null));
  }

  private print(statement: PrintStatement): void {
    this.begin(statement, statement.values);
    const values = this.values(statement.values);
    this.emitter.act((x) => x.print(values.map((value) => textOf(value(x))).join(' ')));
  }

  private expect(statement: ExpectStatement): void {
    this.begin(statement, [statement.condition]);
    if (!callsFunction(statement.condition, this.unit.bound)) {
      this.emitter.act(guardedAction(statement.condition, compileExpect(statement, this.expressions)));
      return;
    }
    const value = this.value(statement.condition);
    const place = { range: rangeOf(statement.condition), uri: uriOf(statement) };
    const text = textOfNode(statement.condition);
    this.emitter.act(
      guardedAction(statement.condition, (x) => {
        if (!truth(value(x))) x.fail({ ...place, message: `expected ${text}`, expected: 'true', actual: 'false' });
      }),
    );
  }

  private process(block: ProcessBlock): void {
    const slot = this.unit.storage.take();
    const { global } = this.unit.storage;
    const { name } = block;
    const settings = this.unit.bound.processes.get(block);
    this.emitter.act((x) => {
      x.cells.set(global ? slot : x.base + slot, x.process);
      x.process = x.processNamed(name, settings);
    });
    this.processes.push(slot);
    this.inside({ process: true }, block.body);
    this.processes.pop();
    this.restoreProcess(slot);
  }

  private restoreProcess(slot: number): void {
    const { global } = this.unit.storage;
    this.emitter.act((x) => {
      x.process = x.cells.get(global ? slot : x.base + slot) as Process | null;
    });
  }
}

function storeOf({ slot, global }: Variable): Store {
  return global ? (x, value) => x.cells.set(slot, value) : (x, value) => x.cells.set(x.base + slot, value);
}

function listOf(value: Value): readonly Value[] {
  if (value instanceof Uint8Array) return [...value].map(BigInt);
  if (Array.isArray(value)) return value as readonly Value[];
  throw new ValueError(`for goes through an array or a range a..b, not ${kindOf(value)}`);
}

/** A call by itself: an ioctl, a function, a shell form. */
function isCall(node: Expression, bound: BoundFile): boolean {
  return callNamesIn(node, bound).length > 0 || ownFunction(node, bound) !== undefined;
}

/** Gives errors their place. */
function guardedAction(node: Expression, act: (x: Execution) => void): (x: Execution) => void {
  const run = guarded(node, (x) => {
    act(x);
    return null;
  });
  return (x) => {
    run(x);
  };
}

/** Reports a failed call that nothing speaks of. */
function noFailure(node: Expression): OutcomeCheck {
  const range = rangeOf(node);
  const uri = uriOf(node);
  return (x, call: MadeCall | null, value) => {
    const actual = unexpected(call, value);
    // On a file whose open failed and was reported, EBADF is no news.
    if (actual === null || (actual === 'EBADF' && x.failed && call?.onFailedFile === true)) return null;
    const name = call?.request ?? call?.name ?? 'the call';
    const how =
      actual === 'blocked'
        ? 'waits'
        : actual === 'busy'
          ? 'was not made, because its process still waits or has ended'
          : `failed with ${actual}`;
    return { range, uri, message: `${name} ${how}, and nothing expected it`, expected: 'ok', actual };
  };
}
