import type { AstNode } from 'langium';
import type { Range } from './problem';
import { Span } from './syntax/source-text';

const nowhere: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** The part of its text that a node was read from; undefined for a node that no text has. */
export function spanOf(node: AstNode | undefined): Span | undefined {
  const span: unknown = node?.$cstNode;
  return span instanceof Span ? span : undefined;
}

/** Where a node stands. */
export function rangeOf(node: AstNode): Range {
  return spanOf(node)?.range ?? nowhere;
}

/** The node as it is written. */
export function textOfNode(node: AstNode): string {
  return spanOf(node)?.text ?? '';
}

/** From the start of the node to its body: what a debugger marks as the statement. */
export function headOf(node: AstNode, body: AstNode | undefined): Range {
  const { start, end } = rangeOf(node);
  return { start, end: spanOf(body)?.range.start ?? end };
}

/** The closing brace of a block. */
export function endOf(node: AstNode): Range {
  const { end } = rangeOf(node);
  return { start: { line: end.line, character: Math.max(0, end.character - 1) }, end };
}

/** Says which file a text is. All nodes that were read from it stand there. */
export function setUri(root: AstNode, uri: string): void {
  const span = spanOf(root);
  if (span !== undefined) span.source.uri = uri;
}

/** The file that a node stands in; empty for an expression that was typed. */
export function uriOf(node: AstNode): string {
  return spanOf(node)?.source.uri ?? '';
}
