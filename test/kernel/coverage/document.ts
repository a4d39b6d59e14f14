import { contradictions, figure, measure, type Coverage, type Covered } from './measure';

/** Names shown of what reaches a row; the rest is counted. */
const namesShown = 2;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function how({ reachedBy, reason }: Covered<unknown>): string {
  if (reachedBy.length === 0) return `out of reach: ${reason ?? 'nobody knows why'}`;
  const more = reachedBy.length - namesShown;
  return reachedBy.slice(0, namesShown).join('; ') + (more > 0 ? `; ${more} more` : '');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `docs/coverage.md`. */
function markdown(coverage: Coverage): string {
  const files = [...new Set(coverage.sites.map(({ row }) => row.file))];
  const parts = files.map((file) => {
    const rows = coverage.sites.filter(({ row }) => row.file === file);
    const lines = rows.map((covered) => [covered.row.site, covered.row.line, covered.row.errno, covered.row.condition, how(covered)]);
    return `## ${file}\n\n${table(['site', 'line', 'errno', 'when', 'reached by'], lines)}`;
  });
  const messages = coverage.messages.map((covered) => [covered.row.id, covered.row.function, covered.row.shape, how(covered)]);
  return [
    '# What the tests reach of the kernel',
    'Written by `npm run coverage:kernel`. The rows are those of `test/facts/errno-sites.tsv` (every place in Linux 5.7.14 at which VFIO, type1, vfio-pci or mdev answers with an error, or hands one on) and of `test/facts/messages.tsv` (every place at which they print). A site is called `function/order`: the order-th such place of that function. The simulator names the same sites when it refuses (`story.refuse`), which is how reaching them is counted. Reasons stand in `test/facts/unreachable.json`.',
    `- ${figure('errno sites', coverage.sites)}\n- ${figure('messages', coverage.messages)}`,
    ...parts,
    `## Messages\n\n${table(['where', 'function', 'text', 'printed by'], messages)}`,
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

/** Counts, and answers the document, the two figures, and what is wrong with them. */
export function coverageDocument(): { readonly text: string; readonly figures: readonly string[]; readonly wrong: readonly string[] } {
  const coverage = measure();
  return {
    text: markdown(coverage),
    figures: [figure('errno sites', coverage.sites), figure('messages', coverage.messages)],
    wrong: contradictions(coverage),
  };
}
