import type { FileKind, StructName } from '../../kernel';

/** What is known of an expression's value without running it. */
export type StaticType =
  | { readonly kind: 'unknown' | 'integer' | 'string' | 'boolean' | 'null' | 'bdf' | 'bytes' | 'array' | 'object' }
  /** `of`: undefined when the kind of file cannot be told. */
  | { readonly kind: 'file'; readonly of: FileKind | 'eventfd' | undefined }
  /** `name`: undefined for a structure literal. */
  | { readonly kind: 'struct'; readonly name: StructName | undefined };

export const unknownType: StaticType = { kind: 'unknown' };

export function sameType(a: StaticType, b: StaticType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'file' && b.kind === 'file') return a.of === b.of;
  return a.kind !== 'struct' || b.kind !== 'struct' || a.name === b.name;
}
