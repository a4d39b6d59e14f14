import { writeFileSync } from 'node:fs';
import { text as readStream } from 'node:stream/consumers';
import { format } from '../scenario';
import { attempt, flush, printError, printLine, UserError } from './console';
import { findScenarios, readText } from './scenarios';

export interface FmtOptions {
  /** Change nothing; tell which files are not formatted. */
  readonly check?: boolean;
}

/** `vfio-lab fmt`: whether all files are formatted now, or were with `--check`. `-` stands for standard input. */
export async function fmt(paths: readonly string[], options: FmtOptions): Promise<boolean> {
  if (paths.length === 1 && paths[0] === '-') return formatInput(options);
  let good = true;
  for (const file of findScenarios(paths)) good = (await attempt(() => formatFile(file, options))) && good;
  flush();
  return good;
}

function formatFile(file: string, { check }: FmtOptions): boolean {
  const text = readText(file);
  const made = formatted(text, file);
  if (made === text) return true;
  printLine(file);
  if (check === true) return false;
  try {
    writeFileSync(file, made);
  } catch (error) {
    throw new UserError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return true;
}

async function formatInput({ check }: FmtOptions): Promise<boolean> {
  const text = await readStream(process.stdin);
  try {
    const made = formatted(text, '<stdin>');
    if (check === true) return made === text;
    process.stdout.write(made);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printError(error.message);
    return false;
  }
}

function formatted(text: string, file: string): string {
  const made = format(text);
  if (made === undefined) throw new UserError(`${file}: not formatted: vfio-lab check ${file} tells what is wrong`);
  return made;
}
