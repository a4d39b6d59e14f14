import type { ScenarioFile, Statement, TestBlock } from '../generated/ast';
import { isStatement } from '../check/binder';
import { boundFileOf } from '../parse';
import { endOf, headOf, rangeOf, uriOf } from '../source';
import type { BoundFile } from '../names/bound';
import { Emitter } from './emitter';
import { FunctionCode } from './function-code';
import type { Program, TestPlan } from './program';
import { StatementCompiler } from './statements';

export type { Program, TestPlan } from './program';

/**
 * Makes a file ready to run. A file with tests runs each of them on a machine of its own, after the statements that
 * stand outside of tests and above it; a file without tests runs from top to bottom.
 */
export function compile(file: ScenarioFile): Program {
  const bound = boundFileOf(file);
  const emitter = new Emitter();
  const functions = new Map<string, FunctionCode>();
  for (const { name, node, storage } of bound.functions.values())
    functions.set(name, new FunctionCode(name, headOf(node, node.body), uriOf(node), storage));
  const tests =
    bound.tests.length === 0
      ? [wholeFile(bound, emitter, functions)]
      : bound.tests.map((test) => planOf(test, bound, emitter, functions));
  for (const { name, body, storage } of bound.functions.values()) {
    const code = functions.get(name)!;
    code.start = emitter.position;
    new StatementCompiler({ bound, emitter, functions, testName: null, functionName: name, storage }).function(body);
  }
  const { instructions, statements } = emitter;
  return {
    bound,
    machine: bound.machine,
    tests,
    instructions,
    statements,
    globalSize: bound.globals.size,
    keepsCalls: bound.looksAtCalls,
  };
}

function wholeFile(bound: BoundFile, emitter: Emitter, functions: ReadonlyMap<string, FunctionCode>): TestPlan {
  const start = emitter.position;
  const compiler = new StatementCompiler({
    bound,
    emitter,
    functions,
    testName: null,
    functionName: null,
    storage: bound.globals,
  });
  compiler.statements(
    bound.elements.filter((element) => isStatement(element)),
    bound.top,
  );
  const end = emitter.position;
  const range = rangeOf(bound.file);
  const uri = uriOf(bound.file);
  emitter.begin({
    range: { start: range.end, end: range.end },
    uri,
    calls: [],
    testName: null,
    functionName: null,
    nest: [],
    scope: bound.top,
  });
  emitter.add((x) => x.finish());
  return { name: null, range, uri, start, end };
}

function planOf(
  test: TestBlock,
  bound: BoundFile,
  emitter: Emitter,
  functions: ReadonlyMap<string, FunctionCode>,
): TestPlan {
  const start = emitter.position;
  const range = headOf(test, test.body);
  const uri = uriOf(test);
  const { name } = test;
  const place = { uri, calls: [], testName: name, functionName: null, nest: [], scope: bound.top };
  emitter.begin({ ...place, range });
  emitter.act((x) => {
    x.report.testStarted = { name };
  });
  const compiler = new StatementCompiler({
    bound,
    emitter,
    functions,
    testName: name,
    functionName: null,
    storage: bound.globals,
  });
  compiler.statements(statementsAbove(test, bound), bound.top);
  compiler.block(test.body);
  const end = emitter.position;
  emitter.begin({ ...place, range: endOf(test), scope: compiler.scopeOf(test.body) ?? bound.top });
  emitter.add((x) => x.finish());
  return { name, range, uri, start, end };
}

/** What a test's world is set up with. */
function statementsAbove(test: TestBlock, { elements }: BoundFile): Statement[] {
  return elements.slice(0, elements.indexOf(test)).filter((element) => isStatement(element));
}
