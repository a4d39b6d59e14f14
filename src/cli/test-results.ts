/** Something that went wrong in a test. */
export interface TestFailure {
  /** The file it is in: an included file has its own. */
  readonly file: string;
  /** From 1; undefined when it is no place of a text. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
  /** As text, where something was compared. */
  readonly expected?: string;
  readonly actual?: string;
}

/** How one test went. */
export interface TestResult {
  readonly file: string;
  /** Name of the `test` block; null for a file without any, which is one test. */
  readonly test: string | null;
  readonly failures: readonly TestFailure[];
  /** How long it took, in milliseconds. */
  readonly duration: number;
}

export const titleOf = ({ file, test }: TestResult): string => (test === null ? file : `${file}: ${test}`);

/** `a.vfio:2:3: expected EBUSY: expected EBUSY, got 0` */
export function failureText({ file, line, column, message, expected, actual }: TestFailure): string {
  const place = line === undefined ? '' : `${file}:${line}:${column ?? 1}: `;
  return `${place}${message}${expected === undefined ? '' : `: expected ${expected}, got ${actual ?? ''}`}`;
}
