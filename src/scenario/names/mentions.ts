import type { AstNode } from 'langium';
import type { NameReference, StringLiteral } from '../generated/ast';
import { boundFileOf, type ParsedScenario } from '../parse';
import type { Range } from '../problem';
import { spanOf, uriOf } from '../source';
import type { BoundFile } from './bound';
import type { Variable } from './scope';
import { signatures } from './signatures';

/** What a mentioned name stands for; the same thing is the same object. */
export interface NamedThing {
  readonly kind: 'variable' | 'parameter' | 'function' | 'process';
  readonly name: string;
}

/** A place where a name is written. */
export interface Mention {
  readonly uri: string;
  readonly range: Range;
  /** `call`: a function that the language brings along; `property`: a field of a structure or an object. */
  readonly kind: NamedThing['kind'] | 'constant' | 'call' | 'property' | 'word';
  /** Undefined for what the scenario does not name itself. */
  readonly thing?: NamedThing;
  readonly declares: boolean;
  /** How large the whole declaration is. */
  readonly declaration?: Range;
}

/** Every name in a file and those that it includes, in the order of the text. */
export function mentionsOf({ file }: Pick<ParsedScenario, 'file'>): Mention[] {
  return new Mentions(boundFileOf(file)).list;
}

const blanks = /(?:\s|\/\*[^]*?\*\/|\/\/[^\n\r]*)*/y;

class Mentions {
  readonly list: Mention[] = [];
  private readonly variables = new Map<Variable, NamedThing>();
  private readonly named = new Map<string, NamedThing>();

  constructor(private readonly bound: BoundFile) {
    for (const element of bound.elements) this.visit(element);
  }

  private visit(node: AstNode): void {
    this.names(node);
    for (const value of Object.values(node) as unknown[]) {
      if (Array.isArray(value)) for (const part of value as unknown[]) this.part(part);
      else this.part(value);
    }
    for (const expression of this.bound.templates.get(node as StringLiteral)?.expressions ?? []) this.visit(expression);
  }

  private part(value: unknown): void {
    if (typeof value === 'object' && value !== null && '$type' in value) this.visit(value as AstNode);
  }

  private names(node: AstNode): void {
    switch (node.$type) {
      case 'LetStatement':
      case 'ForStatement':
        return this.declared(node, (node as { name?: string; variable?: string }).name ?? nameOf(node, 'variable'), 3);
      case 'Parameter':
        return this.declared(node, nameOf(node, 'name'), 0);
      case 'FunctionDeclaration':
        return this.owned(node, nameOf(node, 'name'), 'function', 'function'.length, true);
      case 'ProcessBlock':
        return this.owned(node, nameOf(node, 'name'), 'process', 'process'.length, true);
      case 'KillCall':
        return this.atEnd(node, nameOf(node, 'process'), 'process');
      case 'StructField':
        return this.property(node, nameOf(node, 'name'), 0);
      case 'MemberAccess':
        return this.atEnd(node, nameOf(node, 'member'), undefined);
      case 'NameReference':
        return this.reference(node as NameReference);
      default:
    }
  }

  private declared(node: AstNode, name: string | undefined, keyword: number): void {
    const variable = this.bound.declarations.get(node);
    if (variable === undefined || name === undefined) return;
    this.add(node, placeOf(node, keyword, name), this.variable(variable), true);
  }

  private owned(
    node: AstNode,
    name: string | undefined,
    kind: 'function' | 'process',
    keyword: number,
    declares: boolean,
  ): void {
    if (name !== undefined) this.add(node, placeOf(node, keyword, name), this.thing(kind, name), declares);
  }

  /** The name that a node ends with. */
  private atEnd(node: AstNode, name: string | undefined, kind: 'process' | undefined): void {
    const span = spanOf(node);
    if (span === undefined || name === undefined) return;
    const before = span.text.trimEnd().endsWith(')') ? span.text.lastIndexOf(name) : span.text.length - name.length;
    const range = span.source.rangeOf(span.offset + before, span.offset + before + name.length);
    if (kind === undefined) this.list.push({ uri: span.source.uri, range, kind: 'property', declares: false });
    else this.add(node, range, this.thing(kind, name), false);
  }

  private property(node: AstNode, name: string | undefined, keyword: number): void {
    const range = name === undefined ? undefined : placeOf(node, keyword, name);
    if (range !== undefined) this.list.push({ uri: uriOf(node), range, kind: 'property', declares: false });
  }

  private reference(node: NameReference): void {
    const span = spanOf(node);
    if (span === undefined || node.name === undefined) return;
    const { range } = span;
    const target = this.bound.targets.get(node);
    if (target?.kind === 'variable') return this.add(node, range, this.variable(target.variable), false);
    if (target?.kind === 'process') return this.add(node, range, this.thing('process', target.name), false);
    if (target === undefined && this.bound.functions.has(node.name))
      return this.add(node, range, this.thing('function', node.name), false);
    const kind = target?.kind === 'constant' ? 'constant' : signatures.has(node.name) ? 'call' : 'word';
    this.list.push({ uri: uriOf(node), range, kind, declares: false });
  }

  private add(node: AstNode, range: Range | undefined, thing: NamedThing, declares: boolean): void {
    if (range === undefined) return;
    const whole = declares ? spanOf(node)?.range : undefined;
    this.list.push({
      uri: uriOf(node),
      range,
      kind: thing.kind,
      thing,
      declares,
      ...(whole === undefined ? {} : { declaration: whole }),
    });
  }

  private variable(variable: Variable): NamedThing {
    let thing = this.variables.get(variable);
    if (thing === undefined) {
      const kind = variable.declaration.$type === 'Parameter' ? 'parameter' : 'variable';
      this.variables.set(variable, (thing = { kind, name: variable.name }));
    }
    return thing;
  }

  private thing(kind: 'function' | 'process', name: string): NamedThing {
    const key = `${kind} ${name}`;
    let thing = this.named.get(key);
    if (thing === undefined) this.named.set(key, (thing = { kind, name }));
    return thing;
  }
}

function nameOf(node: AstNode, key: string): string | undefined {
  const name = (node as unknown as Record<string, unknown>)[key];
  return typeof name === 'string' ? name : undefined;
}

/** Where the name stands that follows the keyword with which a node begins. */
function placeOf(node: AstNode, keyword: number, name: string): Range | undefined {
  const span = spanOf(node);
  if (span === undefined) return undefined;
  blanks.lastIndex = span.offset + keyword;
  blanks.test(span.source.text);
  const start = blanks.lastIndex;
  return span.source.text.startsWith(name, start) ? span.source.rangeOf(start, start + name.length) : undefined;
}
