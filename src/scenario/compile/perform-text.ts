import type { ScenarioFile, Statement } from '../generated/ast';
import { Binder, isStatement } from '../check/binder';
import { Problems } from '../check/problems';
import type { Execution } from '../execution/execution';
import { ExecutionFrame } from '../execution/frames';
import { Storage, type Scope } from '../names/scope';
import type { BoundFile } from '../names/bound';
import { parseText } from '../parser';
import { ScenarioError, type Range } from '../problem';
import type { ScenarioFrame, StepReport } from '../report';
import type { Value } from '../value';
import { callsFunction } from './children';
import { Emitter } from './emitter';
import { ExpressionCompiler } from './expressions';
import type { Instruction } from './program';
import { StatementCompiler } from './statements';

const start: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** What statements did that were made while a scenario stands still. */
export interface Performed {
  readonly report: StepReport;
  /** Of the last statement, when it is an expression. */
  readonly value: Value | undefined;
}

/**
 * Makes calls and assignments now, as if they stood before the next statement, in the process and with the variables
 * of a frame. What they do stays; what the scenario knows of its own last call does not change.
 * @throws ScenarioError when the text cannot be read
 */
export function performText(x: Execution, text: string, frame?: ScenarioFrame): Performed {
  const seen = frame instanceof ExecutionFrame ? frame : x.frames()[0];
  const scope = seen instanceof ExecutionFrame ? seen.statement.scope : x.program.bound.top;
  let value: Value | undefined;
  const instructions = compileStatements(x, text, scope, (last) => (value = last));
  const report = x.aside(() => {
    if (seen instanceof ExecutionFrame) {
      x.base = seen.base;
      x.process = seen.process;
    }
    for (let pc = 0; pc < instructions.length;) pc = instructions[pc]!(x);
  });
  return { report, value };
}

function compileStatements(
  x: Execution,
  text: string,
  scope: Scope,
  result: (value: Value) => void,
): readonly Instruction[] {
  const { node, errors } = parseText<ScenarioFile>(text, 'ScenarioFile');
  const [wrong] = errors;
  if (wrong !== undefined) throw new ScenarioError(wrong.message, wrong.range, '', wrong.hint);
  const statements = node.elements.filter((element) => isStatement(element));
  if (statements.length < node.elements.length) throw onlyCalls();
  const problems = new Problems();
  const known = x.program.bound;
  const binder = new Binder(problems, known);
  binder.bindTyped(statements, scope);
  const problem = problems.list.find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new ScenarioError(problem.message, problem.range, '', problem.hint);
  const { targets, templates, structs, scopes, declarations, outcomes, processes } = binder;
  const bound: BoundFile = { ...known, targets, templates, structs, scopes, declarations, outcomes, processes };
  for (const statement of statements) refuse(statement, bound);
  const emitter = new Emitter();
  const storage = new Storage(true, x.program.globalSize);
  const unit = { bound, emitter, functions: new Map(), testName: null, functionName: null, storage };
  const compiler = new StatementCompiler(unit);
  const expressions = new ExpressionCompiler(bound);
  for (const statement of statements) {
    if (statement.$type !== 'ExpressionStatement' || statement.operator !== undefined) compiler.statements([statement]);
    else {
      const evaluate = expressions.whole(statement.expression);
      emitter.act((execution) => result(evaluate(execution)));
    }
  }
  return emitter.instructions;
}

/** Only what begins and ends at once: calls, assignments, prints. */
function refuse(statement: Statement, bound: BoundFile): void {
  if (statement.$type === 'PrintStatement') return;
  if (statement.$type !== 'ExpressionStatement') {
    throw onlyCalls();
  }
  const { expression, value } = statement;
  if (callsFunction(expression, bound) || (value !== undefined && callsFunction(value, bound))) {
    throw new ScenarioError('functions of the scenario cannot be called here', start, '');
  }
}

function onlyCalls(): ScenarioError {
  return new ScenarioError('only calls, assignments and print can be made here', start, '');
}
