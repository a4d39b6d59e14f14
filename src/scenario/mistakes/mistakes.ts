import type { Call, Element, Expression, NameReference, ProcessBlock, Statement } from '../generated/ast';
import { blocksOf, isStatement } from '../check/binder';
import { subjectOf } from '../check/outcomes';
import type { BoundFile } from '../names/bound';
import type { Variable } from '../names/scope';
import { isErrnoName } from '../names/words';
import { boundFileOf, type ParsedScenario } from '../parse';
import type { Fix, Problem } from '../problem';
import { rangeOf, uriOf } from '../source';
import { openedFile, type KnownFile } from './files';
import { IoctlMistakes } from './ioctls';

/** More work than this is not done: statements outside of tests are walked again for each test. */
const statementLimit = 200_000;

/**
 * Mistakes in the use of VFIO that show without running: calls in the wrong order, descriptors by value, structures
 * that are too small, mappings that overlap, files that are closed. Nothing is said about a call that is expected to
 * fail, and nothing that depends on a condition.
 */
export function mistakesOf({ file }: Pick<ParsedScenario, 'file'>): Problem[] {
  const bound = boundFileOf(file);
  const problems: Problem[] = [];
  const before: Element[] = [];
  const walks: (readonly Element[])[] = [];
  for (const element of bound.elements) {
    if (element.$type === 'TestBlock') walks.push([...before, element]);
    else if (isStatement(element)) before.push(element);
  }
  if (walks.length === 0) walks.push(before);
  if (walks.reduce((sum, walk) => sum + walk.length, 0) > statementLimit) return [];
  const told = new Set<string>();
  for (const walk of walks) {
    for (const problem of new Walk(bound).along(walk)) {
      const { line, character } = problem.range.start;
      const key = `${problem.uri} ${line} ${character} ${problem.message}`;
      if (!told.has(key)) problems.push(problem);
      told.add(key);
    }
  }
  return problems;
}

/** One walk along the statements in the order of time: those outside of tests, then at most one test. */
export class Walk {
  readonly problems: Problem[] = [];
  private readonly files = new Map<Variable, KnownFile>();
  /** Memory of a device's regions. */
  private readonly registers = new Map<Variable, KnownFile>();
  private readonly ended = new Set<string>();
  private readonly ioctls = new IoctlMistakes(this);
  /** Within a condition: what happens there is followed, but nothing is said about it. */
  private quiet = 0;
  private process = 'main';

  constructor(readonly bound: BoundFile) {}

  along(elements: readonly Element[]): Problem[] {
    this.statements(elements.filter((element) => isStatement(element)));
    for (const element of elements) if (element.$type === 'TestBlock') this.statements(element.body?.statements ?? []);
    return this.problems;
  }

  tell(severity: 'warning' | 'info', node: Expression | Statement, message: string, hint?: string, fix?: Fix): void {
    if (this.quiet > 0 || node === undefined) return;
    this.problems.push({
      uri: uriOf(node),
      range: rangeOf(node),
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(fix === undefined ? {} : { fix }),
    });
  }

  /** The open file that an expression names. */
  fileOf(expression: Expression | undefined): KnownFile | undefined {
    const variable = this.variableOf(expression);
    return variable === undefined ? undefined : this.files.get(variable);
  }

  variableOf(expression: Expression | undefined): Variable | undefined {
    if (expression?.$type !== 'NameReference') return undefined;
    const target = this.bound.targets.get(expression);
    return target?.kind === 'variable' ? target.variable : undefined;
  }

  private statements(statements: readonly Statement[]): void {
    statements.forEach((statement, at) => {
      const next = statements[at + 1];
      const fails = next?.$type === 'ExpectStatement' && this.bound.outcomes.has(next) && isFailure(next.condition);
      this.statement(statement, fails);
    });
  }

  private statement(statement: Statement, fails: boolean): void {
    if (statement.$type === 'ProcessBlock') return this.processBlock(statement);
    if (this.ended.has(this.process) && statement.$type !== 'ExpectStatement') {
      this.tell('warning', statement, `this is never done: the process ${this.process} has ended`);
      this.ended.delete(this.process);
    }
    const subject = subjectOf(statement);
    if (subject?.$type === 'Call' && !fails) this.call(subject, this.assigned(statement));
    else if (subject !== undefined) this.forget(statement);
    const blocks = blocksOf(statement);
    this.quiet++;
    for (const expression of conditionsOf(statement)) this.callsWithin(expression);
    for (const block of blocks) this.statements(block.statements);
    this.quiet--;
  }

  private processBlock(block: ProcessBlock): void {
    const outer = this.process;
    this.process = block.name ?? outer;
    this.statements(block.body?.statements ?? []);
    this.process = outer;
  }

  private assigned(statement: Statement): Variable | undefined {
    if (statement.$type === 'LetStatement') return this.bound.declarations.get(statement);
    return statement.$type === 'ExpressionStatement' && statement.operator === '='
      ? this.variableOf(statement.expression)
      : undefined;
  }

  private forget(statement: Statement): void {
    const variable = this.assigned(statement);
    if (variable !== undefined) this.files.delete(variable);
  }

  private callsWithin(expression: Expression | undefined): void {
    if (expression === undefined) return;
    if (expression.$type === 'Call') this.call(expression, undefined);
    for (const value of Object.values(expression) as unknown[]) {
      for (const part of Array.isArray(value) ? (value as unknown[]) : [value])
        if (typeof part === 'object' && part !== null && '$type' in part) this.callsWithin(part as Expression);
    }
  }

  private call(call: Call, result: Variable | undefined): void {
    if (result !== undefined) this.files.delete(result);
    if (call.callee?.$type !== 'NameReference') return;
    const { name } = call.callee;
    if (this.bound.functions.has(name)) return this.handOver(call);
    if (this.isUsedClosed(call, name)) return;
    const opened = this.effect(call, call.callee, result);
    if (opened !== undefined && result !== undefined) this.files.set(result, opened);
  }

  /** What a function of the scenario does with a file is not followed. */
  private handOver(call: Call): void {
    for (const argument of call.arguments) {
      const inner = argument.$type === 'UnaryExpression' ? argument.operand : argument;
      const file = this.fileOf(inner);
      if (file === undefined) continue;
      file.unsure = true;
      if (file.container !== undefined) file.container.unsure = true;
    }
  }

  private isUsedClosed(call: Call, name: string): boolean {
    for (const argument of call.arguments) {
      if (this.fileOf(argument)?.closed !== true) continue;
      const used = (argument as NameReference).name;
      this.tell('warning', argument, `${used} is closed: ${name} answers EBADF`, `close it later, or open it again`);
      return true;
    }
    return false;
  }

  private effect(call: Call, { name }: NameReference, result: Variable | undefined): KnownFile | undefined {
    const [first, second, third, fourth] = call.arguments;
    switch (name) {
      case 'open':
        return openedFile(kindOfPath(first));
      case 'close':
        this.close(this.fileOf(first));
        return undefined;
      case 'exit':
        if (this.quiet === 0) this.ended.add(this.process);
        return undefined;
      case 'dup':
        this.note(first, (file) => (file.unsure = true));
        return undefined;
      case 'mmap': {
        const device = this.fileOf(third) ?? this.fileOf(fourth);
        if (device?.kind === 'device' && result !== undefined) this.registers.set(result, device);
        return undefined;
      }
      case 'pwrite':
        this.note(first, (file) => (file.written = true));
        return undefined;
      case 'poke32':
        this.register(first);
        return undefined;
      case 'ioctl':
        return this.ioctls.call(call, this.fileOf(first), second, third);
      default:
        return undefined;
    }
  }

  private note(expression: Expression | undefined, change: (file: KnownFile) => void): void {
    const file = this.fileOf(expression);
    if (file !== undefined) change(file);
  }

  private close(file: KnownFile | undefined): void {
    if (file === undefined) return;
    if (this.quiet > 0) file.unsure = true;
    else file.closed = !file.unsure;
    if (file.container !== undefined) file.container.unsure = true;
  }

  /** A register is written while memory is mapped: the device is probably told to do DMA. */
  private register(address: Expression | undefined): void {
    const base = address?.$type === 'BinaryExpression' ? address.left : address;
    const variable = this.variableOf(base);
    const device = variable === undefined ? undefined : this.registers.get(variable);
    if (address === undefined || device?.container?.mapped !== true || device.written || device.unsure) return;
    device.written = true;
    this.tell(
      'info',
      address,
      'bus mastering is off since the device was opened: its DMA and its MSIs go nowhere',
      'set bit 2 of the command register first: pwrite(device, (7 << 40) + 4, u16(6))',
    );
  }
}

function isFailure(condition: Expression | undefined): boolean {
  if (condition?.$type === 'UnaryExpression') return true;
  return condition?.$type === 'NameReference' && (isErrnoName(condition.name) || condition.name !== 'ok');
}

function kindOfPath(path: Expression | undefined): KnownFile['kind'] {
  if (path?.$type === 'Call')
    return path.callee?.$type === 'NameReference' && path.callee.name === 'group_of' ? 'group' : 'other';
  if (path?.$type !== 'StringLiteral' || path.text === undefined) return 'other';
  if (path.text === '/dev/vfio/vfio') return 'container';
  return path.text.startsWith('/dev/vfio/') ? 'group' : 'other';
}

/** The expressions of a statement that are not its call. */
function conditionsOf(statement: Statement): readonly (Expression | undefined)[] {
  switch (statement.$type) {
    case 'IfStatement':
    case 'WhileStatement':
    case 'ExpectStatement':
      return [statement.condition];
    case 'PrintStatement':
      return statement.values;
    case 'ReturnStatement':
      return [statement.value];
    default:
      return [];
  }
}
