import { constantValues, errnoNumbers, ioctls } from '../kernel';
import type { Call, FileReference, IoctlCall, Outcome, Recording, Step } from './calls';
import type { Json, JsonObject } from './json';
import { callText, fieldNumber, integer, quoted, structOfRequest, type Names } from './scenario-calls';

/** Words of the language that cannot name a variable. */
const reserved = new Set(
  (
    'include kernel machine module function test process let if else while for in break continue return print expect ' +
    'has and or not true false null NULL mapping group echo bind unbind modprobe kill out errno process_name ok ' +
    'blocked busy unlimited bad_pointer ' +
    // Functions that a recording's calls become, and those of their expectations.
    'open close dup ioctl mmap munmap mprotect peek poke peek32 poke32 pread pwrite eventfd read write cat catx ' +
    'readlink stat memlock capdrop setuid status sleep exit bytes u8 u32 s32 len late dmesg recorded kernel_log'
  ).split(' '),
);

/** Gives recorded names words that the language accepts, each its own. */
class Words {
  private readonly words = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** The word for what `key` stands for, made from `name`. */
  of(key: string, name: string): string {
    const known = this.words.get(key);
    if (known !== undefined) return known;
    let word = name.replaceAll(/[.-]/g, '_');
    while (this.taken.has(word) || isWordOfLanguage(word)) word += '_';
    this.words.set(key, word);
    this.taken.add(word);
    return word;
  }
}

const isWordOfLanguage = (word: string): boolean =>
  reserved.has(word) || Object.hasOwn(errnoNumbers, word) || constantValues.has(word);

/** What a process of the recording has named so far. */
class ProcessNames implements Names {
  /** Variables that have been declared. */
  readonly declared = new Set<string>();
  private readonly words = new Words();
  private readonly files = new Set<string>();
  private readonly memories = new Set<string>();
  /** A blocked call of this process whose answer has not been looked at: null when none is recorded. */
  waiting: { readonly late: JsonObject | null } | null = null;

  /** @param process what the process is called in the scenario */
  constructor(readonly process: string) {}

  file(reference: FileReference): string {
    if (typeof reference === 'number') return String(reference);
    return this.files.has(reference) ? this.words.of(`file ${reference}`, reference) : '-1';
  }

  memory(name: string): string {
    return this.memories.has(name) ? this.words.of(`memory ${name}`, name) : '0';
  }

  /** Notes what a call that succeeded names, and hands back the variable that takes it. */
  bind(call: Call): string | null {
    if (call.call === 'close' && typeof call.fd === 'string') this.files.delete(call.fd);
    if (!('as' in call) || call.as === null) return null;
    if (call.call === 'mmap') {
      this.memories.add(call.as);
      return this.memory(call.as);
    }
    this.files.add(call.as);
    return this.file(call.as);
  }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A recorded string; anything else as JSON writes it. */
const plain = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** A recorded number or string as the language writes it. */
function literal(value: Json | undefined): string {
  if (typeof value === 'number') return integer(value);
  if (typeof value !== 'string') return plain(value);
  return /^0x[0-9a-f]+$/.test(value) ? value : quoted(value);
}

/** What the call's value is compared with, when the recording says more than that it succeeded. */
function expectedValue(call: Call, result: JsonObject): string | null {
  switch (call.call) {
    case 'pread':
    case 'peek':
    case 'catx':
      return `bytes(${quoted(plain(result.out))})`;
    case 'cat':
    case 'readlink':
      return quoted(plain(result.text));
    case 'readev':
    case 'peek32':
      return literal(result.value);
    case 'ioctl':
      return call.argument.kind === 'struct' || makesFile(call) ? null : literal(result.ret);
    case 'pwrite':
    case 'writeev':
      return literal(result.ret);
    default:
      return null;
  }
}

const makesFile = ({ request }: IoctlCall): boolean =>
  typeof request === 'string' && ioctls.get(request)?.makesFile === true;

const isBusy = ({ result }: Outcome): boolean => isObject(result) && result.busy === true;

class ScenarioWriter {
  private readonly lines: string[] = [];
  private readonly names = new Map<string, ProcessNames>();
  private readonly processes = new Words();
  /** The process of the scenario whose block is open. */
  private open: string | null = null;
  /** Processes that the scenario has. */
  private readonly started = new Set<string>();
  private statuses = 0;
  private logLines = 0;

  constructor(private readonly recording: Recording) {}

  write(): string {
    const { name, about, kernel, machine, steps } = this.recording;
    this.lines.push(
      `// ${(about === '' ? name : about).replaceAll(/\s+/g, ' ')}`,
      `// What Linux ${kernel} answered, call by call (recording ${name}).`,
      '',
      'kernel 5.7',
      `machine ${machine}`,
      '',
      `test ${quoted(name)} {`,
    );
    for (const [index, step] of steps.entries()) this.step(step, index);
    this.enter(null);
    for (const names of this.names.values()) this.late(names, '  ');
    this.lines.push(
      '  // Nothing else came into the kernel log.',
      `  expect len(recorded(kernel_log())) == ${this.logLines}`,
      '}',
      '',
    );
    return this.lines.join('\n');
  }

  /** Opens a block of the process, or closes the one that is open. */
  private enter(process: string | null): void {
    if (process === this.open) return;
    if (this.open !== null) this.lines.push('  }');
    this.open = process;
    if (process === null) return;
    const options = this.started.has(process) ? '' : ' (command "agent")';
    this.started.add(process);
    this.lines.push(`  process ${process}${options} {`);
  }

  private step({ proc, call, expected }: Step, index: number): void {
    const names = this.namesOf(proc);
    if (call.call === 'kill' && this.started.has(names.process)) {
      this.enter(null);
      this.lines.push(`  kill ${names.process}`);
      this.log(expected, '  ');
    } else if (call.call !== 'kill') {
      this.enter(names.process);
      if (!isBusy(expected)) this.late(names, '    ');
      for (const line of this.statements(names, call, expected)) this.lines.push(`    ${line}`);
      this.log(expected, '    ');
      const { result, late } = expected;
      if (isObject(result) && result.blocked === true) names.waiting = { late: isObject(late) ? late : null };
    }
    if (this.ends({ proc, call, expected }, index)) this.renew(proc, index);
  }

  private namesOf(proc: string): ProcessNames {
    let names = this.names.get(proc);
    if (names === undefined) this.names.set(proc, (names = new ProcessNames(this.processes.of(proc, proc))));
    return names;
  }

  /** Whether the process is gone after this step. One that is killed while it cannot be woken stays, and is busy. */
  private ends({ proc, call, expected }: Step, index: number): boolean {
    if (call.call === 'exit') return isObject(expected.result) && expected.result.ret === 0;
    if (call.call !== 'kill') return false;
    const next = this.recording.steps.slice(index + 1).find((step) => step.proc === proc && step.call.call !== 'kill');
    return next === undefined || !isBusy(next.expected);
  }

  /** The next call of that name is made by another process. */
  private renew(proc: string, index: number): void {
    this.names.set(proc, new ProcessNames(this.processes.of(`${proc} ${index}`, proc)));
  }

  /** What a call that had been blocked has answered by now. */
  private late(names: ProcessNames, indent: string): void {
    if (names.waiting === null) return;
    const { late } = names.waiting;
    names.waiting = null;
    this.lines.push(`${indent}expect late(${names.process}) == ${late === null ? 'null' : lateAnswer(late)}`);
  }

  private log({ dmesg = [] }: Outcome, indent: string): void {
    this.logLines += dmesg.length;
    if (dmesg.length === 0) return;
    if (dmesg.length === 1) {
      this.lines.push(`${indent}expect recorded(dmesg()) == [${quoted(dmesg[0] ?? '')}]`);
      return;
    }
    const lines = dmesg.map((line) => `${indent}  ${quoted(line)},`);
    this.lines.push(`${indent}expect recorded(dmesg()) == [`, ...lines, `${indent}]`);
  }

  private statements(names: ProcessNames, call: Call, { result }: Outcome): string[] {
    const text = callText(names, call);
    if (!isObject(result)) return [text];
    const failure = failureWord(result);
    if (failure !== null) return [`${text}  expect ${failure}`, ...structExpectations(call, result)];
    const name = names.bind(call);
    if (name !== null) return [assignment(names, name, text), ...structExpectations(call, result)];
    if (call.call === 'status') {
      const status = `status_${++this.statuses}`;
      return [
        `let ${status} = ${text}`,
        `expect ${status}.vmlck == ${literal(result.vmlck)} and ${status}.vmpin == ${literal(result.vmpin)}`,
      ];
    }
    const value = expectedValue(call, result);
    return [value === null ? text : `expect ${text} == ${value}`, ...structExpectations(call, result)];
  }
}

const lateAnswer = (late: JsonObject): string =>
  typeof late.errno === 'string' ? `-${late.errno}` : literal(late.ret);

function assignment(names: ProcessNames, name: string, text: string): string {
  if (names.declared.has(name)) return `${name} = ${text}`;
  names.declared.add(name);
  return `let ${name} = ${text}`;
}

/** How the language says that a call did not succeed; null when it did. */
function failureWord(result: JsonObject): string | null {
  if (result.blocked === true) return 'blocked';
  if (result.busy === true) return 'busy';
  const word = result.errno ?? result.signal;
  return typeof word === 'string' ? word : null;
}

/** What a call with a structure returned, the structure after it, and what stood behind that. */
function structExpectations(call: Call, { out, ret }: JsonObject): string[] {
  if (!isObject(out) || call.call !== 'ioctl') return [];
  const struct = structOfRequest(call.request);
  const { tail, ...fields } = out;
  const parts = Object.entries(fields).map(
    ([name, value]) => `${name}: ${fieldNumber(struct, name, BigInt(plain(value)))}`,
  );
  const lines = [`expect { ${parts.join(', ')} }`];
  if (typeof ret === 'number' && ret >= 0) lines.unshift(`expect ${ret}`);
  if (typeof tail === 'string') lines.push(`expect out.tail == bytes("${tail}")`);
  return lines;
}

/**
 * The recording as a scenario whose expectations are the recorded answers.
 * Names of the recording become variables; a name that is bound to nothing becomes -1, an invalid file.
 */
export function recordingToScenario(recording: Recording): string {
  return new ScenarioWriter(recording).write();
}
