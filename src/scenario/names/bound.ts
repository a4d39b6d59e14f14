import type { MachineDescription } from '../../hardware';
import type {
  Element,
  ExpectStatement,
  Expression,
  NameReference,
  ProcessBlock,
  ScenarioFile,
  Statement,
  StructLiteral,
  TestBlock,
} from '../generated/ast';
import type { StructName } from '../../kernel';
import type { ProcessSettings } from '../check/process-options';
import type { FunctionInfo, Scope, Storage, Variable } from './scope';
import type { Target } from './targets';

/** The kernel that a file asks for. */
export interface KernelSettings {
  /** Changes taken back. */
  readonly without: readonly string[];
  /** Module parameters: what to write to `/sys/module/MODULE/parameters/NAME`. */
  readonly parameters: readonly { readonly module: string; readonly name: string; readonly value: string }[];
}

/** A file with the meaning of its names: what checks find out and compilation needs. */
export interface BoundFile {
  readonly file: ScenarioFile;
  /** All elements in the order of time, included files in the place of their `include`. */
  readonly elements: readonly Element[];
  readonly tests: readonly TestBlock[];
  readonly functions: ReadonlyMap<string, FunctionInfo>;
  readonly machine: MachineDescription;
  readonly kernel: KernelSettings;
  readonly globals: Storage;
  readonly top: Scope;
  /** What names mean. */
  readonly targets: ReadonlyMap<NameReference, Target>;
  /** Names in strings: the expressions between `${` and `}`, with the text before each and after the last. */
  readonly templates: ReadonlyMap<Expression, Template>;
  /** The variables that statements and parameters declare. */
  readonly declarations: ReadonlyMap<object, Variable>;
  /** The scope that a statement stands in. */
  readonly scopes: ReadonlyMap<Statement, Scope>;
  /** First block of each process has its settings; by block. */
  readonly processes: ReadonlyMap<ProcessBlock, ProcessSettings>;
  /** Expectations that speak of the call before them. */
  readonly outcomes: ReadonlySet<ExpectStatement>;
  /** Whether `out` or `dmesg()` are used. */
  readonly looksAtCalls: boolean;
  /** Structure literals whose structure is known. */
  readonly structs: ReadonlyMap<StructLiteral, StructName>;
}

/** A string with expressions in it. */
export interface Template {
  readonly texts: readonly string[];
  readonly expressions: readonly Expression[];
}
