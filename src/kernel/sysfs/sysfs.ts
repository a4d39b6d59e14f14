import { Entity } from '../../history';
import { EACCES, EINVAL, EISDIR, EIO, ELOOP, ENOENT, ENOTDIR } from '../errno';
import type { Answer } from '../file';
import type { Kernel } from '../kernel';
import type { Process } from '../process';
import { relativeText, type SysfsNode } from './node';
import { sysfsRoot } from './root';

/** A place that a path leads to: the node, and where it really stands. */
interface Place {
  readonly node: SysfsNode;
  /** Path without links. */
  readonly path: string;
}

/** Links that a path may go through at most. */
const linkLimit = 40;
/** A `write` gives at most this many bytes to a file's store. */
const pageSize = 4096;

/** `/sys`, as far as VFIO and its users look at it. It has no state of its own: every node shows the kernel's objects. */
export class Sysfs extends Entity {
  private readonly root: SysfsNode;

  constructor(kernel: Kernel) {
    super(kernel.journal);
    this.root = sysfsRoot(kernel);
  }

  /** Whether the path leads somewhere (following a last link too). */
  exists(path: string): boolean {
    return typeof this.walk(path, true) !== 'number';
  }

  /** Contents of a file, or a negative error. */
  read(process: Process, path: string): Uint8Array | number {
    const place = this.walk(path, true);
    if (typeof place === 'number') return place;
    const { node } = place;
    if (node.kind === 'directory') return -EISDIR;
    if (node.kind === 'link') return -EINVAL;
    if (!mayAccess(process, node.mode, 4)) return -EACCES;
    if (node.show === undefined) return -EIO;
    const shown = node.show(process);
    return typeof shown === 'string' ? new TextEncoder().encode(shown) : shown;
  }

  /** One `write` of `text`: 0 or a negative error, or a wait. */
  write(process: Process, path: string, text: string): Answer {
    const place = this.walk(path, true);
    if (typeof place === 'number') return place;
    const { node } = place;
    if (node.kind === 'directory') return -EISDIR;
    if (node.kind === 'link') return -EINVAL;
    if (!mayAccess(process, node.mode, 2)) return -EACCES;
    if (text.length === 0) return 0;
    return node.store?.(process, text.slice(0, pageSize)) ?? -EIO;
  }

  /** Text of a link, or -EINVAL for what is no link. */
  readlink(path: string): string | number {
    const place = this.walk(path, false);
    if (typeof place === 'number') return place;
    if (place.node.kind !== 'link') return -EINVAL;
    return relativeText(parent(place.path), place.node.target);
  }

  /** Names in a directory, or a negative error. */
  list(path: string): string[] | number {
    const place = this.walk(path, true);
    if (typeof place === 'number') return place;
    return place.node.kind === 'directory' ? [...place.node.names()] : -ENOTDIR;
  }

  private walk(path: string, followLast: boolean): Place | number {
    return this.resolve(
      path.split('/').filter((part) => part !== '' && part !== '.'),
      followLast,
      0,
    );
  }

  private resolve(parts: readonly string[], followLast: boolean, links: number): Place | number {
    if (parts[0] !== 'sys') return -ENOENT;
    if (links > linkLimit) return -ELOOP;
    let trail: Place[] = [{ node: this.root, path: '/sys' }];
    for (let index = 1; index < parts.length; index++) {
      const part = parts[index]!;
      const { node, path } = trail.at(-1)!;
      if (node.kind !== 'directory') return -ENOTDIR;
      if (part === '..') {
        trail = trail.length > 1 ? trail.slice(0, -1) : trail;
        continue;
      }
      const child = node.child(part);
      if (child === undefined) return -ENOENT;
      const last = index === parts.length - 1;
      if (child.kind === 'link' && (!last || followLast)) {
        return this.resolve([...child.target.split('/').slice(1), ...parts.slice(index + 1)], followLast, links + 1);
      }
      trail.push({ node: child, path: `${path}/${part}` });
    }
    return trail.at(-1)!;
  }
}

/** sysfs asks for the mode's bits even of root (`kernfs_fop_open`); others need the bits for everybody. */
function mayAccess(process: Process, mode: number, wanted: 2 | 4): boolean {
  if ((mode & (wanted * 0o111)) === 0) return false;
  if (process.uid === 0 || process.capable('dac_override')) return true;
  return (mode & wanted) !== 0;
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
