import { Bdf, FileValue, type Value } from '../scenario';

/**
 * Puts values in the place of names: a condition on a call may speak of `iova` and `errno`, which the scenario itself
 * does not know there. Members (`x.iova`), fields (`iova:`) and what stands in strings keep their meaning.
 */
export function withNames(expression: string, names: ReadonlyMap<string, Value>): string {
  return expression.replaceAll(/"(?:\\.|[^"\\])*"|(?<![\w.])[a-zA-Z_]\w*(?!\w|\s*[:(])/g, (word) => {
    const value = names.get(word);
    return value === undefined ? word : (literal(value) ?? word);
  });
}

/** A value as the language writes it; undefined for what has no short form. */
function literal(value: Value): string | undefined {
  if (typeof value === 'bigint') return value < 0n ? `(${value})` : String(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('$', '\\$');
  if (value instanceof Bdf) return value.text;
  if (value instanceof FileValue) return value.fd < 0 ? `(${value.fd})` : String(value.fd);
  return value === null ? 'null' : undefined;
}
