import type { Expression } from '../generated/ast';
import { Binder } from '../check/binder';
import { Problems } from '../check/problems';
import type { Execution } from '../execution/execution';
import { ExecutionFrame } from '../execution/frames';
import { parseText } from '../parser';
import { ScenarioError, type Range } from '../problem';
import type { ScenarioFrame } from '../report';
import type { Value } from '../value';
import { callsFunction } from './children';
import { ExpressionCompiler } from './expressions';
import type { Evaluate } from './program';

const start: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** Compiled expressions, by scope and text: conditions of breakpoints are evaluated at every step. */
const compiled = new WeakMap<object, Map<string, Evaluate>>();

/** More texts than this are forgotten together. */
const keptTexts = 200;

/** The value of an expression as seen from a frame. Whatever it does is taken back. */
export function evaluateText(x: Execution, text: string, frame?: ScenarioFrame): Value {
  const seen = frame instanceof ExecutionFrame ? frame : x.frames()[0];
  const scope = seen instanceof ExecutionFrame ? seen.statement.scope : x.program.bound.top;
  let texts = compiled.get(scope);
  if (texts === undefined || texts.size > keptTexts) compiled.set(scope, (texts = new Map<string, Evaluate>()));
  let run = texts.get(text);
  if (run === undefined) texts.set(text, (run = compileText(x, text, scope)));
  const evaluate = run;
  return x.journal.rehearse(() => {
    const { report } = x;
    x.report = { calls: [], printed: [], failures: [] };
    if (seen instanceof ExecutionFrame) {
      x.base = seen.base;
      x.process = seen.process;
    }
    try {
      return evaluate(x);
    } finally {
      x.report = report;
    }
  });
}

/** Why a text cannot be an expression, whatever its names mean; undefined when it can. */
export function expressionProblem(text: string): string | undefined {
  return parseText<Expression>(withProcessName(text), 'Expression').errors[0]?.message;
}

function compileText(x: Execution, text: string, scope: Parameters<Binder['bindExpression']>[1]): Evaluate {
  const { node, errors } = parseText<Expression>(withProcessName(text), 'Expression');
  const [wrong] = errors;
  if (wrong !== undefined) throw new ScenarioError(wrong.message, wrong.range, '', wrong.hint);
  const problems = new Problems();
  const { bound } = x.program;
  const binder = new Binder(problems, bound);
  binder.bindExpression(node, scope);
  const problem = problems.list.find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new ScenarioError(problem.message, problem.range, '', problem.hint);
  const names = {
    targets: binder.targets,
    templates: binder.templates,
    structs: binder.structs,
    functions: bound.functions,
  };
  if (callsFunction(node, names)) throw new ScenarioError('functions of the scenario cannot be called here', start, '');
  return new ExpressionCompiler(names).whole(node);
}

/** `process == "qemu"` reads well in a condition, but `process` begins a block in the grammar. */
function withProcessName(text: string): string {
  return text.replaceAll(/"(?:\\.|[^"\\])*"|(?<![\w.])process(?!\w)/g, (found) =>
    found === 'process' ? 'process_name' : found,
  );
}
