/** What a rule of the grammar is, for people. */
export const placeNames = {
  Statement: 'a statement',
  Block: 'a statement or }',
  Expression: 'a value',
  Name: 'a name',
  MemberName: 'the name of a field',
  DashedName: 'a name',
  DriverName: 'the name of a driver',
  MachineEntry: 'a device or a property of the machine',
  NamedEntry: 'a device or a property',
  PropertyValue: 'a number, a string, true or false',
  GroupSubject: 'the number of a group',
  Change: 'a commit',
} as const;

export type Rule = keyof typeof placeNames;

export const tokenNames: Readonly<Record<string, string>> = {
  ID: 'a name',
  STRING: 'a string',
  INTEGER: 'a number',
  BDF: 'a PCI address such as 01:00.0',
  VERSION: 'a version such as 5.7',
  HASH: 'a commit',
};

export const found = (image: string): string => `found ${image.length > 30 ? `${image.slice(0, 30)}…` : image}`;

export const closingHint = (token: string): string | undefined =>
  token === '}' ? 'a block or a structure is not closed' : undefined;

/** What people type that is right elsewhere. */
const habits: Readonly<Record<string, string>> = {
  '=': 'inside a structure a field is written name: value; two values are compared with ==',
  var: 'a variable is declared with let',
  const: 'a variable is declared with let',
  int: 'a variable is declared with let',
  fn: 'a function is declared with function',
  func: 'a function is declared with function',
  def: 'a function is declared with function',
  elif: 'write else if',
  '->': 'a field is written with a dot',
};

/** What to do about a token that cannot stand there. */
export function mismatchHint(image: string, rule: Rule): string | undefined {
  if (Object.hasOwn(habits, image)) return habits[image];
  if (/^[a-z]+$/.test(image) && rule === 'Name') return `${image} is a word of the language: choose another name`;
  return undefined;
}

/** What to say about characters that are no token. */
export function unreadable(text: string, offset: number): { message: string; hint?: string } {
  const character = text[offset] ?? '';
  if (character === '"') {
    return { message: 'this string does not end on its line', hint: 'close it with "; a quote inside is written \\"' };
  }
  if (character === "'") return { message: "' begins nothing here", hint: 'strings stand in double quotes' };
  if (text.startsWith('/*', offset)) return { message: 'this comment does not end', hint: 'close it with */' };
  return { message: `the character ${JSON.stringify(character)} has no meaning here` };
}
