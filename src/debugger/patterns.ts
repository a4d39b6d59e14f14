import type { CallName, CallReport } from '../scenario';

/** What the name of a function breakpoint can mean. */
export type FunctionPattern =
  /** A call: by name (`mmap`), by request (`VFIO_IOMMU_MAP_DMA`), or with a path (`open /dev/vfio/*`). */
  | { readonly kind: 'call'; readonly name?: string; readonly request?: string; readonly path?: RegExp }
  /** A function of the kernel: `vfio_iommu_type1_attach_group`. */
  | { readonly kind: 'kernel'; readonly name: string }
  /** A line of the kernel log: `dmesg:VF token`. */
  | { readonly kind: 'log'; readonly text: string };

/** The calls that a scenario can make, by the names that it gives them. */
export const callNames: ReadonlySet<string> = new Set(
  (
    'open close dup ioctl mmap munmap mprotect peek poke peek32 poke32 pread pwrite eventfd read_eventfd ' +
    'write_eventfd cat catx echo readlink stat memlock capdrop setuid status sleep exit kill bind unbind modprobe'
  ).split(' '),
);

/**
 * Reads the name of a function breakpoint.
 * @param requests the names of all ioctls; a name that looks like one must be among them
 * @returns the pattern, or why there is none
 */
export function parsePattern(
  text: string,
  requests: ReadonlySet<string>,
): FunctionPattern | { readonly problem: string } {
  const trimmed = text.trim();
  if (trimmed.startsWith('dmesg:')) {
    const wanted = trimmed.slice('dmesg:'.length).trim();
    return wanted === '' ? { problem: 'Say which text: dmesg:VF token' } : { kind: 'log', text: wanted };
  }
  const [name = '', ...rest] = trimmed.split(/\s+/);
  const path = rest.join(' ');
  if (name.startsWith('VFIO_')) {
    return requests.has(name)
      ? { kind: 'call', name: 'ioctl', request: name }
      : { problem: `No ioctl is called ${name}` };
  }
  if (callNames.has(name)) return path === '' ? { kind: 'call', name } : { kind: 'call', name, path: glob(path) };
  if (path !== '')
    return { problem: `No call is called ${name}: a path can only follow a call, as in open /dev/vfio/*` };
  if (/^[a-z_][a-z0-9_]*$/.test(name)) return { kind: 'kernel', name };
  return { problem: `${trimmed} is no ioctl, no call, no kernel function, and no dmesg:text` };
}

/** Whether a call that is about to be made may match: certain knowledge comes only with the call. */
export function mayMatch(pattern: FunctionPattern, site: CallName): boolean {
  if (pattern.kind !== 'call') return false;
  if (pattern.name !== undefined && pattern.name !== site.name) return false;
  if (pattern.request !== undefined && site.request !== undefined && pattern.request !== site.request) return false;
  return pattern.path === undefined || site.path === undefined || pattern.path.test(site.path);
}

/** Whether {@link mayMatch} is already certain. */
export function isCertain(pattern: FunctionPattern, site: CallName): boolean {
  if (pattern.kind !== 'call') return false;
  const requestKnown = pattern.request === undefined || site.request !== undefined;
  return requestKnown && (pattern.path === undefined || site.path !== undefined);
}

export function matchesCall(pattern: FunctionPattern, call: CallReport): boolean {
  if (pattern.kind !== 'call') return false;
  if (pattern.name !== undefined && pattern.name !== call.name) return false;
  if (pattern.request !== undefined && pattern.request !== call.request) return false;
  return pattern.path === undefined || (call.path !== undefined && pattern.path.test(call.path));
}

/** A shell pattern as a regular expression: `*` for anything but `/` at the end of names, `?` for one character. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`);
}

/** When a breakpoint that was reached so many times stops: `5`, `>= 5`, `> 5`, `% 5` (every fifth). */
export function parseHitCondition(text: string): ((hits: number) => boolean) | { readonly problem: string } {
  const match = /^\s*(==|=|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(text);
  if (match === null) return { problem: `Not a hit count: ${text}. Write 5, >= 5 or % 5` };
  const wanted = Number(match[2]);
  switch (match[1]) {
    case '>=':
      return (hits) => hits >= wanted;
    case '>':
      return (hits) => hits > wanted;
    case '<=':
      return (hits) => hits <= wanted;
    case '<':
      return (hits) => hits < wanted;
    case '%':
      return wanted === 0 ? { problem: 'Every 0th time is never' } : (hits) => hits % wanted === 0;
    default:
      return (hits) => hits === wanted;
  }
}
