import { entity, JournaledMap, type Journal } from '../history';
import { EACCES, EINVAL, ERANGE } from './errno';

/** One file under `/sys/module/MODULE/parameters`. */
export class ModuleParameter extends entity({ value: 0 }) {
  constructor(
    journal: Journal,
    readonly module: string,
    readonly name: string,
    readonly type: 'bool' | 'uint',
    initial: number,
    /** File mode: 0644 or 0444. */
    readonly mode: number,
  ) {
    super(journal);
    this.value = initial;
  }

  /** Truth of a parameter of type bool. */
  get on(): boolean {
    return this.value !== 0;
  }

  /** What reading the file gives. */
  show(): string {
    return this.type === 'bool' ? (this.on ? 'Y\n' : 'N\n') : `${this.value}\n`;
  }

  /** Writing the file: 0, or -EINVAL or -ERANGE for a text that is no value, -EACCES for a read-only parameter. */
  store(text: string): number {
    if ((this.mode & 0o200) === 0) return -EACCES;
    const value = this.type === 'bool' ? parseBool(text) : parseUint(text);
    if (value < 0) return value;
    this.value = value;
    return 0;
  }
}

/** `kstrtobool`. */
function parseBool(text: string): number {
  const start = text.slice(0, 2).toLowerCase();
  if (start.startsWith('y') || start.startsWith('1') || start === 'on') return 1;
  if (start.startsWith('n') || start.startsWith('0') || start === 'of') return 0;
  return -EINVAL;
}

/** `kstrtouint` with base 0: decimal, `0x` hexadecimal, `0` octal. */
function parseUint(text: string): number {
  const digits = text.replace(/^\+/, '').replace(/\n$/, '');
  let value: number;
  if (/^0x[0-9a-f]+$/i.test(digits)) value = Number.parseInt(digits, 16);
  else if (/^0[0-7]*$/.test(digits)) value = Number.parseInt(digits, 8);
  else if (/^[1-9][0-9]*$/.test(digits)) value = Number.parseInt(digits, 10);
  else return -EINVAL;
  return value > 0xffff_ffff ? -ERANGE : value;
}

/** All module parameters that can be seen under `/sys/module`, by `module.name`. */
export class ModuleParameters {
  readonly all: JournaledMap<string, ModuleParameter>;

  constructor(private readonly journal: Journal) {
    this.all = new JournaledMap(journal);
  }

  /** A module declares a parameter (`module_param_named`). */
  register(module: string, name: string, type: 'bool' | 'uint', initial: number, mode = 0o644): ModuleParameter {
    const parameter = new ModuleParameter(this.journal, module, name, type, initial, mode);
    this.all.set(`${module}.${name}`, parameter);
    return parameter;
  }

  get(module: string, name: string): ModuleParameter | undefined {
    return this.all.get(`${module}.${name}`);
  }
}
