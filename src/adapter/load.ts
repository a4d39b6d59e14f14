import { compile, parse, type Problem, type Program } from '../scenario';
import { Failure } from './failure';
import { baseName, includedPath, type AdapterHost } from './host';

/** A scenario that can be run. */
export interface Loaded {
  readonly uri: string;
  readonly program: Program;
}

/** How many problems of a file are told when a launch fails: the editor lists them all. */
const mostProblems = 10;

/**
 * Reads a scenario with all that it includes.
 * @throws Failure with one message that names every problem and its place
 */
export async function load(program: string | undefined, host: AdapterHost): Promise<Loaded> {
  if (program === undefined || program.trim() === '') {
    throw new Failure('The launch configuration names no scenario: set "program" to a .vfio file', true);
  }
  const uri = host.normalize(program);
  const texts = new Map<string, string>([[uri, await read(uri, host)]]);
  refuseForeignFiles(uri, texts.get(uri)!);
  const unreadable = new Set<string>();
  for (;;) {
    const missing = new Set<string>();
    const parsed = parse(texts.get(uri)!, uri, (path, from) => {
      const found = host.normalize(includedPath(from, path));
      const text = texts.get(found);
      if (text !== undefined) return { uri: found, text };
      if (!unreadable.has(found)) missing.add(found);
      return undefined;
    });
    if (missing.size === 0) {
      refuseProblems(parsed.problems);
      return { uri, program: compile(parsed.file) };
    }
    for (const path of missing) {
      try {
        texts.set(path, await host.readFile(path));
      } catch {
        unreadable.add(path);
      }
    }
  }
}

async function read(uri: string, host: AdapterHost): Promise<string> {
  try {
    return await host.readFile(uri);
  } catch {
    throw new Failure(`There is no file ${uri}`, true);
  }
}

/** A person picked the wrong file: better said in one sentence than in a list of syntax errors. */
function refuseForeignFiles(uri: string, text: string): void {
  if (text.includes('\0')) throw new Failure(`${baseName(uri)} is not a scenario: it is no text`, true);
  if (/\.vfio$/i.test(uri)) return;
  throw new Failure(`${baseName(uri)} is not a scenario: the name of a scenario ends in .vfio`, true);
}

function refuseProblems(problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const shown = errors.slice(0, mostProblems).map(problemText);
  const more = errors.length > mostProblems ? [`… and ${errors.length - mostProblems} more`] : [];
  throw new Failure([...shown, ...more].join('\n'), true);
}

/** `vf-token.vfio:12:5: unknown name "grop" (did you mean group?)`. */
function problemText({ uri, range, message, hint }: Problem): string {
  const place = `${baseName(uri)}:${range.start.line + 1}:${range.start.character + 1}`;
  return hint === undefined ? `${place}: ${message}` : `${place}: ${message} (${hint})`;
}
