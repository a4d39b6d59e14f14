/** Calls that reach sites of the kernel at which it refuses, or prints. */
export interface ErrnoCase {
  readonly name: string;
  /** Sites (`function/order`) that the calls reach. */
  readonly reaches: readonly string[];
  /** Makes the calls on machines of its own. */
  run(): void;
}

export function reach(name: string, reaches: readonly string[], run: () => void): ErrnoCase {
  return { name, reaches, run };
}
