import type { Mention } from '../scenario';

/** The kinds that are told apart, as LSP names them; a token has the index of its kind. */
export const semanticTokenTypes = ['variable', 'parameter', 'function', 'namespace', 'enumMember', 'property'];
export const semanticTokenModifiers = ['declaration', 'defaultLibrary', 'readonly'];

const typeOf: Readonly<Record<Mention['kind'], string | undefined>> = {
  variable: 'variable',
  parameter: 'parameter',
  function: 'function',
  process: 'namespace',
  constant: 'enumMember',
  call: 'function',
  property: 'property',
  word: undefined,
};

/** Names as LSP's relative numbers: line, character, length, kind, modifiers. */
export function semanticTokensOf(mentions: readonly Mention[]): number[] {
  const data: number[] = [];
  let line = 0;
  let character = 0;
  const inOrder = mentions.toSorted(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
  for (const { range, kind, declares } of inOrder) {
    const type = typeOf[kind];
    const { start, end } = range;
    const sameLine = start.line === line;
    if (type === undefined || end.line !== start.line || (sameLine && data.length > 0 && start.character < character))
      continue;
    const modifiers = (declares ? 1 : 0) | (kind === 'call' ? 2 : 0) | (kind === 'constant' ? 4 : 0);
    data.push(
      start.line - line,
      sameLine ? start.character - character : start.character,
      end.character - start.character,
      semanticTokenTypes.indexOf(type),
      modifiers,
    );
    ({ line, character } = start);
  }
  return data;
}
