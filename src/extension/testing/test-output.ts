/** A line of `vfio-lab test --json`. */
export interface TestOutcome {
  readonly file: string;
  /** Name of the `test` block; null for the whole file. */
  readonly test: string | null;
  readonly passed: boolean;
  /** In milliseconds. */
  readonly duration: number;
  readonly failures: readonly OutcomeFailure[];
}

export interface OutcomeFailure {
  readonly file: string;
  /** From 1; left out when it is no place of a text. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Takes lines out of a stream of pieces and reads each as a test's outcome. */
export class OutcomeReader {
  private rest = '';

  constructor(private readonly take: (outcome: TestOutcome) => void) {}

  read(piece: string): void {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.take(JSON.parse(line) as TestOutcome);
  }
}

/** Whether a scenario without `test` blocks is a test: it expects something. */
export function expectsSomething(text: string): boolean {
  const code = text.replaceAll(/"(?:\\.|[^"\\\n])*"|\/\/.*|\/\*[^]*?\*\//g, ' ');
  return /\bexpect\b/.test(code);
}
