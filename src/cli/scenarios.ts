import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compile, mistakesOf, parse, type Problem, type Program } from '../scenario';
import { UserError } from './console';

/** A file that was read, with everything that is wrong with it. */
export interface ReadScenario {
  readonly path: string;
  readonly problems: readonly Problem[];
  /** Mistakes in the use of VFIO; worked out when asked for. */
  mistakes(): readonly Problem[];
  /** Undefined when there are errors. */
  readonly program: Program | undefined;
}

/** @throws UserError when the file cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}: ${reason(error)}`);
  }
}

/** @throws UserError when the file cannot be read or is no scenario at all */
export function readScenario(path: string): ReadScenario {
  const text = readText(path);
  if (text.includes('\0')) throw new UserError(`${path}: not a scenario: this is no text`);
  const { file, problems } = parse(text, path, (included, from) => {
    const found = join(dirname(from), included);
    try {
      return { uri: found, text: readFileSync(found, 'utf8') };
    } catch {
      return undefined;
    }
  });
  const broken = problems.some(({ severity }) => severity === 'error');
  const mistakes = (): Problem[] => mistakesOf({ file }).filter(({ severity }) => severity !== 'info');
  return { path, problems, mistakes, program: broken ? undefined : compile(file) };
}

/** `a.vfio:12:5: error: unknown name grop (did you mean group?)`. */
export function problemText({ uri, range, severity, message, hint }: Problem): string {
  const place = `${uri}:${range.start.line + 1}:${range.start.character + 1}`;
  return `${place}: ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** As `findScenarios`, but without complaints: folders may be empty for a while. */
export function scenariosIn(paths: readonly string[]): string[] {
  try {
    return findScenarios(paths);
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}

/** The scenarios below folders, in the order of their names; files stand for themselves. */
export function findScenarios(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!isFolder(path)) return [path];
    const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.vfio') && !name.split(/[\\/]/).includes('node_modules'))
      .sort()
      .map((name) => join(path, name));
    if (found.length === 0) throw new UserError(`${path}: no scenario (*.vfio) in this folder`);
    return found;
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(resolve(path)).isDirectory();
  } catch (error) {
    throw new UserError(`${path}: ${reason(error)}`);
  }
}

/** The reason of a failed system call, in words. */
function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'this is a folder, not a file';
    case 'EACCES':
      return 'no permission to read it';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
