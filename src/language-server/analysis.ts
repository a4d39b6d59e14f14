import {
  mentionsOf,
  mistakesOf,
  parse,
  type Mention,
  type ParsedScenario,
  type Problem,
  type Range,
} from '../scenario';

/** Gives the text and the address of an included file; undefined when there is none. */
export type IncludedText = (path: string, from: string) => { readonly uri: string; readonly text: string } | undefined;

/** What is known about one version of a text. Each part is worked out when it is first asked for. */
export class Analysis {
  private read: ParsedScenario | undefined;
  private allProblems: Problem[] | undefined;
  private allMentions: Mention[] | undefined;

  constructor(
    readonly uri: string,
    readonly text: string,
    private readonly included: IncludedText,
  ) {}

  get parsed(): ParsedScenario {
    return (this.read ??= parse(this.text, this.uri, this.included));
  }

  /** Everything that is wrong, mistakes in the use of VFIO too, in this file. */
  get problems(): readonly Problem[] {
    this.allProblems ??= [...this.parsed.problems, ...mistakesOf(this.parsed)].filter(({ uri }) => uri === this.uri);
    return this.allProblems;
  }

  /** Names in this file and in those that it includes. */
  get mentions(): readonly Mention[] {
    return (this.allMentions ??= mentionsOf(this.parsed));
  }

  /** Names in this file, in the order of the text. */
  get ownMentions(): Mention[] {
    return this.mentions.filter(({ uri }) => uri === this.uri);
  }
}

/** Whether a place lies in a range, or right behind it. */
export function contains({ start, end }: Range, line: number, character: number): boolean {
  if (line < start.line || line > end.line) return false;
  return (line > start.line || character >= start.character) && (line < end.line || character <= end.character);
}
