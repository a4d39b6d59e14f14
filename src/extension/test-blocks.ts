/** Where a `test` block of a scenario begins. */
export interface TestBlock {
  readonly name: string;
  /** Line of the word `test`, counted from 0. */
  readonly line: number;
}

/**
 * The `test` blocks of a scenario, found by a scan that is cheap enough for every key stroke and never fails on
 * unfinished text. Tests stand at the beginning of a line; those in comments do not count.
 */
export function findTestBlocks(text: string): TestBlock[] {
  const blocks: TestBlock[] = [];
  let inComment = false;
  text.split('\n').forEach((whole, line) => {
    const code: string | undefined = inComment ? afterComment(whole) : whole;
    inComment = code === undefined || leavesCommentOpen(code);
    const name = code === undefined ? undefined : testName(code.trimStart());
    if (name !== undefined) blocks.push({ name, line });
  });
  return blocks;
}

/** Line of the first word that is no comment, counted from 0; 0 for a file without any. */
export function firstCodeLine(text: string): number {
  let inComment = false;
  const lines = text.split('\n');
  for (const [line, whole] of lines.entries()) {
    const code: string | undefined = (inComment ? afterComment(whole) : whole)?.trim();
    inComment = code === undefined || leavesCommentOpen(code);
    if (code !== undefined && code !== '' && !code.startsWith('//') && !code.startsWith('/*')) return line;
  }
  return 0;
}

/** What follows the end of a block comment; undefined when it does not end in this line. */
function afterComment(line: string): string | undefined {
  const end = line.indexOf('*/');
  return end < 0 ? undefined : line.slice(end + 2);
}

/** Whether a block comment begins in the line and does not end in it. Strings are stepped over. */
function leavesCommentOpen(code: string): boolean {
  for (let at = 0; at < code.length; at++) {
    const pair = code.slice(at, at + 2);
    if (pair === '//') return false;
    if (code[at] === '"') at = endOfString(code, at);
    else if (pair === '/*') {
      const end = code.indexOf('*/', at + 2);
      if (end < 0) return true;
      at = end + 1;
    }
  }
  return false;
}

/** Index of the closing quote, or the end of the line. */
function endOfString(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === '"') return at;
  }
  return code.length;
}

/** The name in `test "name"`, when the code begins so. */
function testName(code: string): string | undefined {
  if (!code.startsWith('test')) return undefined;
  const quoted = code.slice('test'.length).trimStart();
  if (!quoted.startsWith('"')) return undefined;
  const end = endOfString(quoted, 0);
  return end < quoted.length ? unescape(quoted.slice(1, end)) : undefined;
}

/** Takes the backslashes away that protect quotes and backslashes. */
function unescape(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}
