/** A word of the language. Its functions are in the signatures of the scenario room. */
export interface KnownWord {
  /** As it is written: `let name = value`. */
  readonly form: string;
  readonly does: string;
}

/** What the language server tells about the words of the language, by the word. docs/language.md is the reference. */
export const knownWords: Readonly<Record<string, KnownWord>> = {
  include: { form: 'include "FILE"', does: 'Takes in functions and machines of another file.' },
  kernel: {
    form: 'kernel 5.7 without COMMIT',
    does: 'The kernel that runs. `without` takes back a change of its history.',
  },
  machine: {
    form: 'machine q35-intel { … }',
    does: 'The machine: a preset, a description, or a preset with additions.',
  },
  module: { form: 'module vfio_pci { enable_sriov = true }', does: 'Parameters of a kernel module.' },
  function: { form: 'function name(parameter) { … }', does: 'Statements with a name.' },
  test: {
    form: 'test "name" { … }',
    does: 'Runs on a fresh machine and passes when all of its expectations hold.',
  },
  process: {
    form: 'process name (uid 1000, memlock 64M) { … }',
    does: 'What a process does. Several blocks of one name are the same process.',
  },
  let: { form: 'let name = value', does: 'Names a value.' },
  if: { form: 'if condition { … } else { … }', does: 'Runs what the condition chooses.' },
  while: { form: 'while condition { … }', does: 'Repeats while the condition holds.' },
  for: {
    form: 'for i in 0..64 step 2 { … }',
    does: 'Repeats for each number; the last one is left out.',
  },
  break: { form: 'break', does: 'Leaves the innermost loop.' },
  continue: { form: 'continue', does: 'Goes on with the next turn of the innermost loop.' },
  return: { form: 'return value', does: 'Leaves the function.' },
  print: { form: 'print value, value', does: 'Writes values to the debug console.' },
  expect: {
    form: 'call(…) expect EEXIST, or: expect condition',
    does: 'Says what a call answers or what holds. A test fails where it is not so.',
  },
  bind: {
    form: 'bind 00:04.0 vfio-pci',
    does: 'Gives a device to a driver, as an administrator does.',
  },
  unbind: {
    form: 'unbind 00:04.0',
    does: 'Takes a device from its driver. Waits while a process uses it.',
  },
  modprobe: { form: 'modprobe vfio-pci { ids = "…" }', does: 'Loads a kernel module.' },
  kill: { form: 'kill name', does: 'Ends a process; the kernel cleans up after it.' },
};

/** Words that cannot name anything. */
export const languageWords: ReadonlySet<string> = new Set([
  ...Object.keys(knownWords),
  ...['NULL', 'and', 'echo', 'else', 'false', 'has', 'in', 'mapping', 'not', 'null', 'or', 'true'],
]);
