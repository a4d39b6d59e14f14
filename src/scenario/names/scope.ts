import type { AstNode } from 'langium';
import type { Block, FunctionDeclaration } from '../generated/ast';
import { unknownType, type StaticType } from './types';

/** A name that holds a value. */
export interface Variable {
  readonly name: string;
  /** Its place: counted from the start of all storage for globals, from the frame's start in functions. */
  readonly slot: number;
  readonly global: boolean;
  readonly declaration: AstNode;
  /** What its values are, as far as it can be seen. */
  type: StaticType;
  /** Something looks at the value itself (compares, prints, expects it): a failed call in it goes unreported. */
  inspected: boolean;
}

/** A function of the scenario. */
export interface FunctionInfo {
  readonly name: string;
  readonly node: FunctionDeclaration;
  readonly body: Block;
  readonly parameters: readonly Variable[];
  /** Slots of one activation: see `frameHeader`. */
  readonly storage: Storage;
}

/** Slots at the start of a function's frame: return address, the caller's base, where the caller stands, its process. */
export const frameHeader = 4;

/** Gives out slots: one for all globals, one for each function. */
export class Storage {
  constructor(
    readonly global: boolean,
    private next: number,
  ) {}

  /** Number of slots so far. */
  get size(): number {
    return this.next;
  }

  take(): number {
    return this.next++;
  }
}

/** Names that are visible at a place: a block's own, then those around it. */
export class Scope {
  constructor(
    readonly parent: Scope | undefined,
    readonly storage: Storage,
    /** Blocks of one process share theirs. */
    readonly own: Map<string, Variable> = new Map(),
  ) {}

  find(name: string): Variable | undefined {
    return this.own.get(name) ?? this.parent?.find(name);
  }

  /** Declaring a name again in the same place gives it a new value, as recordings do. */
  declare(name: string, declaration: AstNode): Variable {
    const known = this.own.get(name);
    if (known !== undefined) return known;
    const variable: Variable = {
      name,
      slot: this.storage.take(),
      global: this.storage.global,
      declaration,
      type: unknownType,
      inspected: false,
    };
    this.own.set(name, variable);
    return variable;
  }

  /** Every visible variable, nearest first; a hidden one is left out. */
  all(): Map<string, Variable> {
    const found = new Map(this.own);
    for (const [name, variable] of this.parent?.all() ?? []) if (!found.has(name)) found.set(name, variable);
    return found;
  }
}
