import { compareGroups, Dump, importMachine, machineText, readDump, type GroupComparison } from '../import';
import { basename } from 'node:path';
import { count, printError } from './console';
import { writeText } from './output-file';
import { readText } from './scenarios';

export interface ImportOptions {
  readonly output?: string;
}

/** Makes one machine of all files. @returns whether there was something to import */
export function importFiles(paths: readonly string[], { output }: ImportOptions): boolean {
  const dump = new Dump();
  for (const path of paths) {
    const before = dump.messages.length;
    readDump(readText(path), dump);
    for (const { line, text } of dump.messages.slice(before))
      printError(`${path}:${line === 0 ? '' : `${line}:`} ${text}`);
  }
  if (dump.functions.size === 0) return false;
  const told = dump.messages.length;
  const machine = importMachine(dump, basename(paths[0]!).replace(/\.\w+$/, ''));
  for (const { line, text } of dump.messages.slice(told)) printError(`${paths[0]!}:${line}: ${text}`);
  writeText(machineText(machine), output);
  reportGroups(compareGroups(machine));
  return true;
}

function reportGroups({ groups, functions, differences }: GroupComparison): void {
  if (groups === 0) return;
  const same = `${count(groups, 'IOMMU group')} with ${count(functions, 'function')} in the dump`;
  printError(
    differences.length === 0
      ? `${same}: the simulated kernel makes the same`
      : `${same}: ${differences.length} differ in the simulated kernel`,
  );
  for (const { group, dumped, simulated, explanation } of differences) {
    printError(`  group ${group}: ${dumped.join(' ')}`);
    printError(`    simulated: ${simulated.map((members) => members.join(' ')).join(' | ')}`);
    printError(`    ${explanation}`);
  }
}
