import type { Answer } from '../file';
import type { Process } from '../process';

/** A directory of sysfs. Its entries are made when they are looked at. */
export interface SysfsDirectory {
  readonly kind: 'directory';
  child(name: string): SysfsNode | undefined;
  names(): Iterable<string>;
}

/** A file of sysfs. */
export interface SysfsAttribute {
  readonly kind: 'attribute';
  /** Whose bits decide even for root: reading a write-only file is refused. */
  readonly mode: number;
  show?(process: Process): string | Uint8Array;
  /** One `write`: 0 or a negative error, or a wait. */
  store?(process: Process, text: string): Answer;
}

/** A symbolic link; `target` is the absolute path that its relative text stands for. */
export interface SysfsLink {
  readonly kind: 'link';
  readonly target: string;
}

export type SysfsNode = SysfsDirectory | SysfsAttribute | SysfsLink;

/** A directory with fixed entries, made on demand. */
export function directory(entries: Readonly<Record<string, () => SysfsNode | undefined>>): SysfsDirectory {
  return {
    kind: 'directory',
    child: (name) => (Object.hasOwn(entries, name) ? entries[name]!() : undefined),
    names: () => Object.keys(entries).filter((name) => entries[name]!() !== undefined),
  };
}

/** A directory whose entries are looked up. */
export function lookup(child: (name: string) => SysfsNode | undefined, names: () => Iterable<string>): SysfsDirectory {
  return { kind: 'directory', child, names };
}

/** A file that can only be read. */
export function readOnly(show: (process: Process) => string | Uint8Array): SysfsAttribute {
  return { kind: 'attribute', mode: 0o444, show };
}

/** A file that can only be written, by root. */
export function writeOnly(store: (process: Process, text: string) => Answer): SysfsAttribute {
  return { kind: 'attribute', mode: 0o200, store };
}

/** A file that all read and root writes. */
export function readWrite(show: () => string, store: (process: Process, text: string) => Answer): SysfsAttribute {
  return { kind: 'attribute', mode: 0o644, show, store };
}

export function link(target: string): SysfsLink {
  return { kind: 'link', target };
}

/** The relative text of a link that stands in `directory`, as kernfs makes it: up to the common part, then down. */
export function relativeText(from: string, target: string): string {
  const start = from.split('/');
  const end = target.split('/');
  let common = 0;
  while (common < start.length && common < end.length && start[common] === end[common]) common++;
  return [...start.slice(common).map(() => '..'), ...end.slice(common)].join('/');
}
