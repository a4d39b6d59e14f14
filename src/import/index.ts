export { readDump } from './read-dump';
export { Dump } from './dump';
export type { ImportMessage } from './dumped-function';
export { importMachine, type ImportedMachine } from './import-machine';
export { compareGroups, type GroupComparison, type GroupDifference } from './compare-groups';
export { machineText } from './machine-text';
