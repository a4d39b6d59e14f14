/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** A file that is no recording, or a broken one: what is wrong, where, and what to do. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';

  constructor(
    readonly problem: string,
    /** Path in the JSON: `steps[3].arg.iova`; empty for the whole file. */
    readonly path: string,
    readonly hint: string,
  ) {
    super(`${path === '' ? '' : `${path}: `}${problem}. ${hint}`);
  }
}

/** Line and column of a syntax error, from the position that the engine's message names. */
function placeOfSyntaxError(text: string, message: string): string {
  const found = /position (\d+)/.exec(message);
  const position = found === null ? text.length : Number(found[1]);
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** @throws RecordingError when the text is not JSON */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RecordingError(
      `not JSON: ${message.replace(/ in JSON| \(line.*| at position.*/g, '')} at ${placeOfSyntaxError(text, message)}`,
      '',
      text.trim() === '' ? 'The file is empty; give it a recording.' : 'Correct the file there, or record it again.',
    );
  }
}

const kindOf = (value: Json | undefined): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
};

/** A place in the JSON of a recording, with the value there; its methods demand a kind of value. */
export class Place {
  constructor(
    readonly value: Json | undefined,
    readonly path: string,
  ) {}

  fail(problem: string, hint: string): never {
    throw new RecordingError(problem, this.path, hint);
  }

  private wanted(what: string): never {
    return this.fail(`${what} is needed, not ${kindOf(this.value)}`, 'See FORMAT.md of the recordings for this key.');
  }

  get present(): boolean {
    return this.value !== undefined;
  }

  at(key: string): Place {
    const value = Object.hasOwn(this.object(), key) ? this.object()[key] : undefined;
    return new Place(value, this.path === '' ? key : `${this.path}.${key}`);
  }

  object(): JsonObject {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.wanted('An object');
    return value as JsonObject;
  }

  list(): Place[] {
    if (!Array.isArray(this.value)) return this.wanted('A list');
    return (this.value as readonly Json[]).map((item, index) => new Place(item, `${this.path}[${index}]`));
  }

  string(): string {
    return typeof this.value === 'string' ? this.value : this.wanted('A string');
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.wanted('true or false');
  }

  oneOf<T extends string>(known: readonly T[]): T {
    const value = this.string();
    const found = known.find((candidate) => candidate === value);
    return found ?? this.fail(`${JSON.stringify(value)} is not known here`, `Known: ${known.join(', ')}.`);
  }

  /** An integer: a JSON number, or a string of hex digits with 0x. */
  integer(): bigint {
    const { value } = this;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value === 'string' && /^-?0x[0-9a-f]+$/i.test(value)) {
      return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
    }
    return this.wanted('An integer (a number, or hex as a string: "0x1000")');
  }

  /** An integer from 0 that a JavaScript number holds exactly. */
  count(): number {
    const value = this.integer();
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) return this.wanted('A number from 0 to 2^53');
    return Number(value);
  }

  /** Bytes as hex digits, two each. */
  bytes(): Uint8Array {
    const text = this.string();
    if (!/^([0-9a-f]{2})*$/i.test(text)) return this.wanted('Bytes as pairs of hex digits');
    return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
      Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
    );
  }

  /** Refuses keys that nobody reads: a misspelt option must not be passed over. */
  onlyKeys(known: readonly string[]): void {
    for (const key of Object.keys(this.object())) {
      if (!known.includes(key)) this.at(key).fail('this key is not known here', `Known: ${known.join(', ')}.`);
    }
  }
}

/** Hex digits of bytes, two each. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
