import { KernelLog, Story } from '../../../src/kernel';

/** What the kernels that ran meanwhile refused and printed. */
export interface Observed {
  /** Sites by `function/order`. */
  readonly sites: ReadonlySet<string>;
  /** Lines of the log, each once, with the site that refused right after (`message @ site`), when one did. */
  readonly lines: ReadonlySet<string>;
}

/** Runs `act` and notes every site that any kernel in it reaches, and every line that it prints. */
export function observe(act: () => void): Observed {
  const sites = new Set<string>();
  const lines = new Set<string>();
  const { refuse } = Story.prototype;
  const { print } = KernelLog.prototype;
  let last: string | null = null;
  Story.prototype.refuse = function (site, errno, text) {
    if (last !== null) lines.add(`${last} @ ${site}`);
    last = null;
    sites.add(site);
    // What is said about it is part of what is tested.
    text();
    return refuse.call(this, site, errno, text);
  };
  KernelLog.prototype.print = function (level, text) {
    lines.add(text);
    last = text;
    print.call(this, level, text);
  };
  try {
    act();
  } finally {
    Story.prototype.refuse = refuse;
    KernelLog.prototype.print = print;
  }
  return { sites, lines };
}
