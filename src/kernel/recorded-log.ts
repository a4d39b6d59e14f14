/** Lines that recordings leave out: they speak of the emulated hardware's timing or of other drivers' insides. */
const leftOut =
  /enabling device|can't change power state|VF reports bogus INTx pin|not ready \d+ms|handling fault status reg|^pci \S+: \[[0-9a-f]{4}:[0-9a-f]{4}\] type|^nvme nvme/;

/** A line without what differs from run to run: process numbers, pointers, registers of a fault. */
const unvarying = (line: string): string =>
  line
    .replace(/^(general protection fault),.*/, '$1')
    .replace(/\((\S+):\d+\)/g, '($1:PID)')
    .replace(/token [0-9a-f]{8,16}\b/g, 'token PTR');

/** Lines of the kernel log as recordings of a real kernel have them: what is the same in every run of the same calls. */
export function recordedLines(lines: Iterable<string>): string[] {
  const kept: string[] = [];
  for (const line of lines) if (!leftOut.test(line)) kept.push(unvarying(line));
  return kept;
}
