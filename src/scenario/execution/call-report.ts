import {
  decodeStruct,
  errnoName,
  nameFieldValue,
  structs,
  type CallResult,
  type FieldValue,
  type Kernel,
  type StructName,
} from '../../kernel';
import type { CallSite } from '../compile/program';
import type { Range } from '../problem';
import type { CallReport } from '../report';
import { FileValue, formatValue, StructValue, type Value } from '../value';

const noLines: readonly string[] = [];

/** The structure that an ioctl was given a pointer to. */
export interface ArgumentBuffer {
  readonly struct: StructName;
  readonly bytes: Uint8Array;
}

/** A call that was made. Texts and decoded structures are made when somebody looks. */
export class MadeCall implements CallReport {
  readonly log: readonly string[];

  constructor(
    private readonly site: CallSite,
    readonly process: string,
    private readonly args: readonly Value[],
    private readonly argument: ArgumentBuffer | null,
    readonly result: CallResult,
    kernel: Kernel,
    logStart: number,
  ) {
    const { lines } = kernel.log;
    this.log = lines.length === logStart ? noLines : kernel.log.textsFrom(logStart);
  }

  get name(): string {
    return this.site.name;
  }

  get request(): string | undefined {
    return this.site.request;
  }

  get path(): string | undefined {
    const path = this.args.find((value) => typeof value === 'string' && value.startsWith('/'));
    return this.site.path ?? (path as string | undefined);
  }

  get range(): Range {
    return this.site.range;
  }

  get uri(): string {
    return this.site.uri;
  }

  /** Whether the file that it was made on is one whose opening failed. */
  get onFailedFile(): boolean {
    const [file] = this.args;
    return file instanceof FileValue && file.fd < 0;
  }

  get failed(): boolean {
    const { ret, blocked, busy, signal } = this.result;
    return signal !== undefined || busy === true || (blocked !== true && isError(ret));
  }

  get errno(): string | undefined {
    const { ret, blocked, busy } = this.result;
    if (blocked === true || busy === true || !isError(ret)) return undefined;
    return errnoName(Number(ret)) ?? String(-ret);
  }

  /** What came of it, for people: `EEXIST`, `0`, `blocked`. */
  get outcome(): string {
    const { ret, blocked, busy, signal } = this.result;
    if (blocked) return 'blocked';
    if (busy) return 'busy';
    return signal ?? this.errno ?? formatValue(BigInt(ret));
  }

  get out(): StructValue | undefined {
    if (this.argument === null) return undefined;
    const { struct, bytes } = this.argument;
    const { size } = structs[struct];
    if (bytes.length < size) return undefined;
    const decoded = decodeStruct(struct, new DataView(bytes.buffer, bytes.byteOffset, size));
    const fields = new Map<string, Value>();
    for (const { name, type } of structs[struct].fields)
      if (type.kind !== 'flexible') fields.set(name, valueOfField(decoded[name] ?? 0));
    return new StructValue(struct, fields, BigInt(this.result.ret), bytes.subarray(size));
  }

  get text(): string {
    const { name } = this.site;
    if (name === 'echo') return `echo ${formatValue(this.args[1] ?? '')} > ${formatValue(this.args[0] ?? '')}`;
    const args = this.args.map((value, index) =>
      index === 1 && this.site.request !== undefined ? this.site.request : argumentText(value),
    );
    if (this.argument !== null) args[2] = structText(this.argument);
    return `${name}(${args.join(', ')})`;
  }
}

const isError = (ret: number | bigint): boolean => ret < 0 && ret >= -4095;

function argumentText(value: Value): string {
  return formatValue(value);
}

/** The structure with flags by name, as far as it was given. */
function structText({ struct, bytes }: ArgumentBuffer): string {
  const { size, fields } = structs[struct];
  if (bytes.length < size) return 'a structure';
  const decoded = decodeStruct(struct, new DataView(bytes.buffer, bytes.byteOffset, size));
  const parts: string[] = [];
  for (const { name, type } of fields) {
    const value = decoded[name];
    if (type.kind === 'flexible' || value === undefined || name === 'argsz') continue;
    const named = typeof value === 'number' && value !== 0 ? nameFieldValue(struct, name, value) : undefined;
    parts.push(`${name}: ${named ?? formatValue(valueOfField(value))}`);
  }
  return `{ ${parts.join(', ')} }`;
}

/** A field's value in the language. */
export function valueOfField(value: FieldValue): Value {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value;
  if (isArray(value)) return value.map(valueOfField);
  return new StructValue('', new Map(Object.entries(value).map(([name, field]) => [name, valueOfField(field)])));
}

const isArray = (value: FieldValue): value is readonly FieldValue[] => Array.isArray(value);
