/** What the adapter needs of the place it runs in: Node, the extension host, a browser. */
export interface AdapterHost {
  /**
   * The text of a file.
   * @param path a path of the system, or a URI, as debug clients name sources
   * @throws Error when there is no such file
   */
  readFile(path: string): Promise<string>;
  /** One spelling for each file, so that a breakpoint's path is found again. */
  normalize(path: string): string;
}

/** The path of an included file, which is written relative to the including one. */
export function includedPath(from: string, included: string): string {
  if (/^([a-z][a-z0-9+.-]*:|\/|\\)/i.test(included)) return included;
  const [, prefix = '', rest = ''] = /^([a-z][a-z0-9+.-]+:\/\/[^/]*)?(.*)$/is.exec(from) ?? [];
  const parts = rest.split(/[\\/]/).slice(0, -1);
  for (const part of included.split(/[\\/]/)) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return prefix + parts.join(rest.includes('\\') ? '\\' : '/');
}

/** The last part of a path or URI. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
