/** A place in a text; lines and characters count from 0, as in LSP. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Something that is wrong with a file, found without running it. */
export interface Problem {
  /** The file it is in: an included file has its own. */
  readonly uri: string;
  readonly range: Range;
  /** `info`: not wrong, but often a cause of trouble later. Only editors show it. */
  readonly severity: 'error' | 'warning' | 'info';
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** A change of the text that puts it right. */
  readonly fix?: Fix;
}

export interface Fix {
  /** What it does, as the name of a command: `Write &container`. */
  readonly title: string;
  /** Replacements in the problem's file. */
  readonly edits: readonly { readonly range: Range; readonly text: string }[];
}

/** A run that cannot go on: the scenario asks for something that has no meaning. Kernel errors are results, not this. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';

  constructor(
    message: string,
    readonly range: Range,
    readonly uri: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
