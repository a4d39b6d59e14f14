import { attempt, flush, printLine } from './console';
import { findScenarios, problemText, readScenario } from './scenarios';

/** `vfio-lab check`: whether no file has an error. */
export async function check(paths: readonly string[]): Promise<boolean> {
  let good = true;
  for (const file of findScenarios(paths)) good = (await attempt(() => checkFile(file))) && good;
  flush();
  return good;
}

function checkFile(file: string): boolean {
  const read = readScenario(file);
  const problems = [...read.problems, ...read.mistakes()];
  for (const problem of problems) printLine(problemText(problem));
  return problems.every(({ severity }) => severity !== 'error');
}
