import type { AstNode } from 'langium';
import type { Problem, Range } from '../problem';
import { rangeOf, uriOf } from '../source';

/** Collects what is wrong, each with its place. */
export class Problems {
  readonly list: Problem[] = [];

  error(node: AstNode, message: string, hint?: string): void {
    this.add('error', node, rangeOf(node), message, hint);
  }

  warning(node: AstNode, message: string, hint?: string): void {
    this.add('warning', node, rangeOf(node), message, hint);
  }

  /** At a part of the node. */
  errorAt(node: AstNode, range: Range, message: string, hint?: string): void {
    this.add('error', node, range, message, hint);
  }

  private add(severity: Problem['severity'], node: AstNode, range: Range, message: string, hint?: string): void {
    this.list.push({ uri: uriOf(node), range, severity, message, ...(hint === undefined ? {} : { hint }) });
  }
}
