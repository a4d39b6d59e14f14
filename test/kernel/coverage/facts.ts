import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../facts');

/** Files of drivers/vfio that the simulator models. */
const modelled = /^(vfio|vfio_iommu_type1|virqfd|pci\/vfio_pci|pci\/vfio_pci_(config|intrs|rdwr)|mdev\/\w+)\.c$/;

/** A place at which the kernel answers with an error. */
export interface ErrnoRow {
  readonly file: string;
  readonly line: string;
  /** `function/order`. */
  readonly site: string;
  readonly errno: string;
  readonly condition: string;
}

/** A place at which the kernel prints. */
export interface MessageRow {
  /** `file:line`, or `function` for a place outside drivers/vfio. */
  readonly id: string;
  readonly file: string;
  readonly line: string;
  readonly function: string;
  readonly kind: string;
  readonly prefix: string;
  readonly shape: string;
}

/** Why rows are out of reach; `same` and `at` join rows that one place of the simulator stands for, or tell twins apart. */
export interface Reasons {
  readonly sites: ReadonlyMap<string, string>;
  readonly messages: ReadonlyMap<string, string>;
  readonly same: Readonly<Record<string, string>>;
  readonly at: Readonly<Record<string, string>>;
}

function table(name: string): string[][] {
  const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').slice(1);
  return lines.map((line) => line.split('\t'));
}

const shortFile = (path: string): string => path.replace('drivers/vfio/', '');

/** The rows of `errno-sites.tsv` that the simulator models. */
export function errnoRows(): ErrnoRow[] {
  return table('errno-sites.tsv')
    .map(([path, name, line, , errno, condition, order]) => ({
      file: shortFile(path!),
      line: line!,
      site: `${name!}/${order!}`,
      errno: errno!,
      condition: condition!,
    }))
    .filter(({ file }) => modelled.test(file));
}

/** The rows of `messages.tsv` in those files, and of the other subsystems that the table names. */
export function messageRows(): MessageRow[] {
  return table('messages.tsv')
    .map(([path, line, name, , kind, prefix, shape]) => {
      const file = shortFile(path!);
      const outside = line === '-';
      return { id: outside ? name! : `${file}:${line!}`, file, line: line!, function: name!, kind: kind!, prefix: prefix!, shape: shape! };
    })
    .filter(({ file, line }) => modelled.test(file) || line === '-');
}

interface ReasonsFile {
  readonly reasons: Readonly<Record<string, string>>;
  readonly sites: Readonly<Record<string, readonly string[]>>;
  readonly messages: Readonly<Record<string, readonly string[]>>;
  readonly same: Readonly<Record<string, string>>;
  readonly at: Readonly<Record<string, string>>;
}

/** The reasons of `unreachable.json`, by row. */
export function reasons(): Reasons {
  const file = JSON.parse(readFileSync(join(folder, 'unreachable.json'), 'utf8')) as ReasonsFile;
  const byRow = (groups: Readonly<Record<string, readonly string[]>>): Map<string, string> => {
    const rows = new Map<string, string>();
    for (const [reason, ids] of Object.entries(groups)) {
      const text = file.reasons[reason];
      if (text === undefined) throw new Error(`unreachable.json has no reason ${reason}`);
      for (const id of ids) rows.set(id, text);
    }
    return rows;
  };
  return { sites: byRow(file.sites), messages: byRow(file.messages), same: file.same, at: file.at };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/**
 * What a line of the log looks like that comes from a row of `messages.tsv`.
 * @param site errno site that is reached right after the line, which tells places apart that print the same
 */
export function linePattern(row: MessageRow, site: string | undefined): RegExp {
  if (row.kind === 'WARN_ON') return new RegExp(`^WARNING: at drivers/vfio/${escaped(row.file)}:${row.line} `);
  if (row.kind === 'BUG_ON') return new RegExp(`^kernel BUG at drivers/vfio/${escaped(row.file)}:${row.line}!`);
  const shape = row.shape
    .replace(/ \(no newline at the end\)$/, '')
    .replace('{function}', row.function)
    .split(/\{[^}]*\}/)
    .map(escaped)
    .join('.+');
  return new RegExp(`^${prefixPattern(row.prefix)}${shape}${site === undefined ? '$' : ` @ ${escaped(site)}$`}`);
}

/** What stands before the message: nothing, a module's own prefix (`vfio_pci:`), or driver and device. */
function prefixPattern(prefix: string): string {
  if (prefix === 'none' || prefix === '-') return '';
  return prefix.includes(' ') ? '\\S+ \\S+: ' : `${prefix} `;
}
