import type { AstNode, CstNode } from 'langium';
import type { ScenarioAstType } from '../generated/ast';
import { lex, type LexicalError, type TokenKind, type Tokens } from './lexer';
import { closingHint, found, mismatchHint, placeNames, tokenNames, type Rule } from './messages';
import { Span, type SourceText } from './source-text';

/** A place where the text does not follow the grammar. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
}

/** What the grammar assigns to a node; any of it may be missing in a text. */
type Written<Node extends AstNode> = {
  [Key in keyof Omit<Node, `$${string}`>]: Node[Key] | undefined;
};

/** Words that can also name things: rule `Name`. */
const nameKinds: ReadonlySet<TokenKind> = new Set(['ID', 'step', 'iommu', 'driver', 'without']);

/** Rule `MemberName`. */
const memberKinds: ReadonlySet<TokenKind> = new Set([
  ...nameKinds,
  ...['kernel', 'machine', 'module', 'function', 'test', 'process', 'mapping', 'kill', 'bind', 'unbind'],
]);

/**
 * Walks along the tokens of a text and builds nodes.
 *
 * After an error it sees only `ERROR`, which nothing takes: all rules that are under way end with what they have, so
 * the tree keeps what was written, and the next list of statements goes on behind the error (`recover`).
 */
export class TokenReader {
  readonly errors: SyntaxProblem[] = [];
  protected at = 0;
  protected failing = false;
  /** Brackets of expressions that are open at the place. */
  protected readonly brackets: ('(' | '[' | '{')[] = [];
  protected readonly tokens: Tokens;

  constructor(readonly source: SourceText) {
    this.tokens = lex(source.text);
  }

  get lexicalErrors(): readonly LexicalError[] {
    return this.tokens.errors;
  }

  /** The kind of the token at the place. */
  protected get kind(): TokenKind {
    return this.failing ? 'ERROR' : (this.tokens.kinds[this.at] ?? 'EOF');
  }

  protected is(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  protected get image(): string {
    return this.source.text.slice(this.tokens.starts[this.at], this.tokens.ends[this.at]);
  }

  /** Takes the token when it is of this kind. */
  protected skip(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.at++;
    return true;
  }

  /** Takes a token that must stand here. */
  protected expect(kind: TokenKind, rule: Rule): boolean {
    if (this.skip(kind)) return true;
    const wanted = tokenNames[kind] ?? kind;
    if (this.kind === 'EOF') this.fail(`the file ends where ${wanted} is missing`, closingHint(kind));
    else this.fail(`${found(this.image)} where ${wanted} is expected`, mismatchHint(this.image, rule));
    return false;
  }

  /** Nothing that may stand here does. */
  protected unexpected(rule: Rule): void {
    const wanted = placeNames[rule];
    if (this.kind === 'EOF') this.fail(`the file ends where ${wanted} is expected`);
    else this.fail(`${found(this.image)} where ${wanted} is expected`, mismatchHint(this.image, rule));
  }

  protected fail(message: string, hint?: string): void {
    if (this.failing) return;
    this.failing = true;
    const offset = this.tokens.starts[this.at] ?? 0;
    this.errors.push({
      offset,
      end: this.tokens.ends[this.at] ?? offset,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** The text of a token that must stand here; undefined when it does not. */
  protected take(kind: TokenKind, rule: Rule): string | undefined {
    const { image } = this;
    return this.expect(kind, rule) ? image : undefined;
  }

  protected name(kinds: ReadonlySet<TokenKind> = nameKinds, rule: Rule = 'Name'): string | undefined {
    if (!kinds.has(this.kind)) {
      this.expect('ID', rule);
      return undefined;
    }
    const { image } = this;
    this.at++;
    return image;
  }

  protected memberName(): string | undefined {
    return this.name(memberKinds, 'MemberName');
  }

  /** `vfio-pci`, `q35-intel-39` */
  protected dashedName(): string | undefined {
    let name = this.take('ID', 'DashedName');
    while (name !== undefined && this.skip('-')) {
      const { image, kind } = this;
      if (kind === 'ID' || kind === 'INTEGER' || kind === 'HASH') {
        name += `-${image}`;
        this.at++;
      } else this.unexpected('DashedName');
    }
    return name;
  }

  protected driverName(): string | undefined {
    if (this.kind === 'STRING') return this.string();
    if (this.kind === 'ID') return this.dashedName();
    this.unexpected('DriverName');
    return undefined;
  }

  protected get startsName(): boolean {
    return nameKinds.has(this.kind);
  }

  /** The content of a string token. */
  protected string(): string | undefined {
    const image = this.take('STRING', 'Name');
    return image === undefined ? undefined : contentOf(image);
  }

  /** Says where a node stands that began with token `start`. */
  protected finish<Type extends keyof ScenarioAstType>(
    node: { readonly $type: Type } & Written<ScenarioAstType[Type]>,
    start: number,
  ): ScenarioAstType[Type] {
    const { starts, ends } = this.tokens;
    const offset = starts[start] ?? 0;
    const end = this.at > start ? (ends[this.at - 1] ?? offset) : offset;
    const made = node as unknown as ScenarioAstType[Type] & { $cstNode: CstNode | undefined };
    made.$cstNode = new Span(this.source, offset, end) as unknown as CstNode;
    return made;
  }
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' };

/** What a string means, without the expressions that may be in it. */
function contentOf(image: string): string {
  const inner = image.length > 1 && image.endsWith('"') ? image.slice(1, -1) : image.slice(1);
  if (!inner.includes('\\')) return inner;
  return inner.replaceAll(/\\(.)/g, (_, character: string) => escapes[character] ?? character);
}
