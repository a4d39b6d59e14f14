import type { AstNode } from 'langium';
import type { Expression, ScenarioFile } from './generated/ast';
import type { Range } from './problem';
import { FileParser } from './syntax/file-parser';
import { unreadable } from './syntax/messages';
import { SourceText } from './syntax/source-text';

/** What the grammar alone says about a text. */
export interface ParsedText<Node extends AstNode> {
  readonly node: Node;
  readonly errors: { readonly range: Range; readonly message: string; readonly hint?: string }[];
}

/** Errors of one text that are told; the rest usually follow from them. */
const errorLimit = 50;

/**
 * Parses a whole text, or one expression. Always gives a tree: where the text is wrong, parts of it are missing.
 *
 * scenario.langium is the grammar. Langium makes the types of the tree and the TextMate grammar from it; reading is
 * done by a parser of our own in syntax/, because building Langium's takes longer than the command line has for
 * everything, and it reads a text twenty times slower. test/scenario/grammar.test.ts compares the two.
 */
export function parseText<Node extends Expression | ScenarioFile>(
  text: string,
  rule: Node extends ScenarioFile ? 'ScenarioFile' : 'Expression',
  firstLine = 0,
): ParsedText<Node> {
  const source = new SourceText(text);
  source.firstLine = firstLine;
  const parser = new FileParser(source);
  const node = rule === 'ScenarioFile' ? parser.file() : parser.wholeExpression();
  const errors: ParsedText<Node>['errors'] = [];
  for (const { offset, length } of parser.lexicalErrors.slice(0, errorLimit))
    errors.push({ range: source.rangeOf(offset, offset + length), ...unreadable(text, offset) });
  for (const { offset, end, message, hint } of parser.errors.slice(0, errorLimit))
    errors.push({ range: source.rangeOf(offset, end), message, ...(hint === undefined ? {} : { hint }) });
  return { node: node as Node, errors };
}
