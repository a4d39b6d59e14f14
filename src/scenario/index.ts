export { parse, type IncludeReader, type ParsedScenario } from './parse';
export type { Include, ScenarioFile } from './generated/ast';
export { ScenarioError, type Fix, type Position, type Problem, type Range } from './problem';
export { Bdf, FileValue, formatValue, ObjectValue, StructValue, textOf, type Value } from './value';
export { compile, type Program, type TestPlan } from './compile/compile';
export { expressionProblem } from './compile/evaluate';
export type { Performed } from './compile/perform-text';
export { Cells } from './execution/cells';
export { Execution, type ExecutionOptions } from './execution/execution';
export type {
  CallName,
  CallReport,
  ExpectationFailure,
  NextStatement,
  FrameVariable,
  ScenarioFrame,
  StepReport,
} from './report';
export { signatures, usageOf, type Signature } from './names/signatures';
export { outcomeWords } from './names/words';
export { format } from './format';
export { mentionsOf, type Mention, type NamedThing } from './names/mentions';
export { mistakesOf } from './mistakes/mistakes';
export { describedMachine } from './parse';
