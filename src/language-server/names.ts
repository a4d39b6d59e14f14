import type { Mention, Position } from '../scenario';
import { contains, type Analysis } from './analysis';
import { languageWords } from './words';

/** The name at a place. */
export function mentionAt(analysis: Analysis, { line, character }: Position): Mention | undefined {
  return analysis.ownMentions.find(({ range }) => contains(range, line, character));
}

/** Every place where the name at a place is written, in all files that are read with this one. */
export function sameThing(analysis: Analysis, position: Position): Mention[] {
  const { thing } = mentionAt(analysis, position) ?? {};
  return thing === undefined ? [] : analysis.mentions.filter((mention) => mention.thing === thing);
}

/** Where the name at a place is declared: a variable and a function once, a process where it first appears. */
export function definitionOf(analysis: Analysis, position: Position): Mention | undefined {
  return sameThing(analysis, position).find(({ declares }) => declares);
}

/** Why a name cannot be given to what is at a place; undefined when it can. */
export function refusalOf(analysis: Analysis, position: Position, name: string): string | undefined {
  const here = mentionAt(analysis, position);
  if (here?.thing === undefined) return 'Only variables, functions and processes of the scenario have names to change.';
  if (!/^[A-Za-z_]\w*$/.test(name)) return `"${name}" is no name: letters, digits and _, not a digit first.`;
  if (languageWords.has(name)) return `"${name}" is a word of the language.`;
  const taken = analysis.mentions.some(({ thing }) => thing?.name === name && thing !== here.thing);
  return taken ? `There is already a ${name} in this scenario.` : undefined;
}
