import type { LastWriteArguments, SourcePlace } from '../../adapter';

/** What a menu entry of a node puts on the clipboard. */
export interface Copies {
  /** IOVA of a mapping or of the first mapping of a range. */
  readonly iova?: string;
  /** Address in the memory of the process. */
  readonly userAddress?: string;
  /** UUID of a VF token. */
  readonly token?: string;
  /** PCI address. */
  readonly device?: string;
}

/** One row of a view of the sidebar. It knows nothing of VS Code, so that it can be tested without an editor. */
export interface TreeNode {
  /** The same at every stop for the same thing: so it stays expanded and selected. Unique in its view. */
  readonly id: string;
  readonly label: string;
  /** Smaller text behind the label. */
  readonly description?: string;
  /** Lines of the hover. */
  readonly tooltip?: readonly string[];
  /** What a screen reader says; default: label and description. */
  readonly spoken?: string;
  /** Name of one of VS Code's icons. */
  readonly icon: string;
  /** Theme colour of the icon, when it warns. */
  readonly iconColor?: string;
  /** Whether the last step changed it. */
  readonly changed?: boolean;
  /** Kind of the node, for the `when` clauses of menus. */
  readonly context?: string;
  /** Open from the beginning. */
  readonly expanded?: boolean;
  /** Read when a person opens the node. Without it, the node is a leaf. */
  readonly children?: () => readonly TreeNode[] | Promise<readonly TreeNode[]>;
  readonly copies?: Copies;
  /** What to ask the adapter for, to learn who wrote it last. */
  readonly writer?: LastWriteArguments;
  /** Line of the scenario to which a click leads. */
  readonly place?: SourcePlace;
}

/** Theme colours of icons. */
export const warning = 'list.warningForeground';
export const error = 'list.errorForeground';
export const good = 'testing.iconPassed';

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Joins the parts that are there with a middle dot. */
export function dotted(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== '').join(' · ');
}

/** `1 mapping`, `65,535 mappings`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `65,535`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
