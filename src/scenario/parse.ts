import { changeNamed, kernelChanges } from '../kernel';
import type { MachineDescription } from '../hardware';
import type { Element, Include, KernelVersion, MachineBlock, ScenarioFile } from './generated/ast';
import { Binder } from './check/binder';
import { machineOf, parameterText } from './check/machine';
import { Problems } from './check/problems';
import type { BoundFile, KernelSettings } from './names/bound';
import { nearest } from './names/words';
import { parseText } from './parser';
import type { Problem } from './problem';
import { setUri } from './source';

/** A file that was read, with everything that is wrong with it. */
export interface ParsedScenario {
  readonly file: ScenarioFile;
  readonly problems: Problem[];
}

/** Gives the text of an included file, or undefined when there is none. `path` is as written, seen from `from`. */
export type IncludeReader = (
  path: string,
  from: string,
) => { readonly uri: string; readonly text: string } | string | undefined;

/** Longer texts are refused: reading takes some seconds a million characters, and an editor reads after each letter. */
const textLimit = 3 * 1024 * 1024;

const boundFiles = new WeakMap<ScenarioFile, BoundFile>();

/**
 * Reads a file: its tree, and every problem that shows without running it. Never throws; where the text is wrong,
 * the tree has gaps and the rest is still checked.
 * @param include reads the files that `include` names; left out, there are none
 */
export function parse(text: string, uri: string, include?: IncludeReader): ParsedScenario {
  const problems = new Problems();
  const reader = new FileReader(problems, include);
  const file = reader.read(text, uri);
  const binder = new Binder(problems);
  binder.bind(reader.elements);
  const machine = machineOf(only(reader.elements, 'MachineBlock', problems), problems);
  boundFiles.set(file, {
    file,
    elements: reader.elements,
    tests: reader.elements.filter((element) => element.$type === 'TestBlock'),
    machine,
    kernel: kernelOf(reader.elements, problems),
    functions: binder.functions,
    globals: binder.globals,
    top: binder.top,
    targets: binder.targets,
    templates: binder.templates,
    declarations: binder.declarations,
    scopes: binder.scopes,
    processes: binder.processes,
    outcomes: binder.outcomes,
    looksAtCalls: binder.looksAtCalls,
    structs: binder.structs,
  });
  return { file, problems: problems.list };
}

/** What `parse` found out about the file's names. */
export function boundFileOf(file: ScenarioFile): BoundFile {
  const bound = boundFiles.get(file);
  if (bound === undefined) throw new TypeError('the file was not read by parse()');
  return bound;
}

/** Reads a file and those that it includes, each once. */
class FileReader {
  readonly elements: Element[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly problems: Problems,
    private readonly include: IncludeReader | undefined,
  ) {}

  read(text: string, uri: string): ScenarioFile {
    this.seen.add(uri);
    const tooLong = text.length > textLimit;
    const { node, errors } = parseFile(tooLong ? '' : text);
    setUri(node, uri);
    if (tooLong) {
      const size = (text.length / 1024 / 1024).toFixed(1);
      this.problems.error(
        node,
        `the file is too long: ${size} million characters, at most ${textLimit / 1024 / 1024} million are read`,
        'use loops and functions',
      );
    }
    for (const { range, message, hint } of errors) this.problems.errorAt(node, range, message, hint);
    for (const element of node.elements) {
      if (element.$type === 'Include') this.included(element, uri);
      else this.elements.push(element);
    }
    return node;
  }

  private included(node: Include, from: string): void {
    if (node.path === undefined) return;
    const found = this.include?.(node.path, from);
    if (found === undefined) {
      this.problems.error(
        node,
        `the file "${node.path}" cannot be read`,
        'the path is seen from the file that includes it',
      );
      return;
    }
    const { uri, text } = typeof found === 'string' ? { uri: node.path, text: found } : found;
    if (!this.seen.has(uri)) this.read(text, uri);
  }
}

/** The parser calls itself for each level of nesting; a text that is nested too deeply is as good as empty. */
function parseFile(text: string): ReturnType<typeof parseText<ScenarioFile>> {
  try {
    return parseText<ScenarioFile>(text, 'ScenarioFile');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const start = { line: 0, character: 0 };
    const nested = {
      range: { start, end: start },
      message: 'the file is nested too deeply',
      hint: 'a few hundred levels can be read',
    };
    return { node: parseText<ScenarioFile>('', 'ScenarioFile').node, errors: [nested] };
  }
}

function only(elements: readonly Element[], type: 'MachineBlock', problems: Problems): MachineBlock | undefined;
function only(elements: readonly Element[], type: 'KernelVersion', problems: Problems): KernelVersion | undefined;
function only(
  elements: readonly Element[],
  type: 'MachineBlock' | 'KernelVersion',
  problems: Problems,
): Element | undefined {
  const found = elements.filter((element) => element.$type === type);
  const [first, second] = found;
  if (second !== undefined)
    problems.error(
      second,
      type === 'MachineBlock' ? 'there is already a machine' : 'there is already a kernel',
      'a file has one',
    );
  return first;
}

/** The one version that is simulated. */
const kernelVersion = '5.7';

function kernelOf(elements: readonly Element[], problems: Problems): KernelSettings {
  const version = only(elements, 'KernelVersion', problems);
  if (
    version?.version !== undefined &&
    version.version !== kernelVersion &&
    !version.version.startsWith(`${kernelVersion}.`)
  ) {
    problems.error(version, `the kernel ${version.version} is not simulated`, `write kernel ${kernelVersion}`);
  }
  const parameters: KernelSettings['parameters'][number][] = [];
  for (const element of elements) {
    if (element.$type !== 'ModuleBlock') continue;
    for (const { name, value } of element.parameters) {
      if (value !== undefined)
        parameters.push({ module: element.module.replaceAll('-', '_'), name, value: parameterText(value) });
    }
  }
  return { without: version === undefined ? [] : changesOf(version, problems), parameters };
}

/** The changes that the kernel is without, by their 12 digits. */
function changesOf(version: KernelVersion, problems: Problems): string[] {
  const found: string[] = [];
  for (const written of version.changes) {
    const hash = written.replaceAll('"', '');
    const change = changeNamed(hash);
    if (change === undefined) {
      const near = nearest(hash, [...kernelChanges.keys()]);
      const known = `known are ${[...kernelChanges.keys()].join(', ')}`;
      problems.error(version, `the change ${hash} is not known`, near === undefined ? known : `did you mean ${near}?`);
      continue;
    }
    if (change.shows === 'elsewhere') {
      problems.warning(version, `taking back ${change.hash} shows nothing here`, `without it, ${change.without}`);
    }
    found.push(change.hash);
  }
  return found;
}

/** The machine that the file describes, or the default one. */
export function describedMachine({ file }: Pick<ParsedScenario, 'file'>): MachineDescription {
  return boundFileOf(file).machine;
}
