import { errnoNumbers, type Errno } from '../kernel/errno';
import {
  constantValues,
  ioctls,
  namesOfField,
  structNamed,
  type Field,
  type Ioctl,
  type Layout,
  type StructName,
} from '../kernel/uapi';
import { signatures, usageOf } from '../scenario';
import { errnoMeanings } from './errno-meanings';
import { ioctlGuides } from './ioctl-guide';
import { placeAt } from './position';
import { tokenAround, type Token } from './tokens';
import { knownWords } from './words';

/** What a hover shows. */
export interface HoverText {
  readonly markdown: string;
  readonly token: Token;
}

/** What is known about the word at an offset; undefined when it is nothing known. */
export function hoverAt(tokens: readonly Token[], offset: number): HoverText | undefined {
  const token = tokenAround(tokens, offset);
  if (token?.kind !== 'word') return undefined;
  const markdown = aboutField(tokens, token) ?? aboutName(token.text);
  return markdown === undefined ? undefined : { markdown, token };
}

/** A field or the short name of a flag, which mean something only within their structure. */
function aboutField(tokens: readonly Token[], token: Token): string | undefined {
  const { struct, field } = placeAt(tokens, token.start);
  if (struct === undefined) return undefined;
  if (field === undefined) {
    const described = struct.fields.find(({ name }) => name === token.text);
    return (
      described &&
      `**${described.name}**: ${typeText(described)} at offset ${described.offset} of \`struct ${struct.name}\``
    );
  }
  const names = namesOfField(struct.name as StructName, field);
  const value = names?.values[token.text];
  if (names === undefined || value === undefined) return undefined;
  return `\`${names.constants[token.text] ?? token.text}\` = ${hex(value)}, ${names.kind === 'flags' ? 'a flag' : 'a value'} of \`${struct.name}.${field}\``;
}

function aboutName(name: string): string | undefined {
  const ioctl = ioctls.get(name);
  if (ioctl !== undefined) return aboutIoctl(ioctl);
  const struct = structNamed(name);
  if (struct !== undefined) return structTable(struct);
  if (Object.hasOwn(errnoNumbers, name)) return aboutErrno(name as Errno);
  const value = constantValues.get(name);
  if (value !== undefined) return `\`${name}\` = ${hex(value)}`;
  const signature = signatures.get(name);
  if (signature !== undefined) return codeAndSentence(usageOf(signature), signature.about);
  const word = Object.hasOwn(knownWords, name) ? knownWords[name] : undefined;
  return word && codeAndSentence(word.form, word.does);
}

function codeAndSentence(code: string, sentence: string): string {
  return `\`\`\`vfio\n${code}\n\`\`\`\n${sentence}`;
}

function aboutIoctl(ioctl: Ioctl): string {
  const guide = ioctlGuides[ioctl.name];
  const { argument } = ioctl;
  const struct = argument.kind === 'struct' ? structNamed(argument.struct) : undefined;
  return [
    `**${ioctl.name}** — request ${hex(ioctl.number)} on a ${ioctl.file}`,
    guide?.does ?? 'Not of x86: the simulated kernel answers ENOTTY.',
    struct === undefined ? `Argument: ${argumentText(ioctl)}` : structTable(struct),
    ...(guide === undefined || guide.errors.length === 0
      ? []
      : [['Fails with', ...guide.errors.map(([errno, condition]) => `- \`${errno}\`: ${condition}`)].join('\n')]),
  ].join('\n\n');
}

function argumentText({ argument }: Ioctl): string {
  switch (argument.kind) {
    case 'none':
      return 'none';
    case 'value':
      return 'a number';
    case 'string':
      return 'a string';
    case 'int pointer':
      return argument.file ? 'a pointer to a file descriptor' : 'a pointer to a 32-bit number';
    case 'struct':
      return `\`struct ${argument.struct}\``;
  }
}

function structTable({ name, size, fields }: Layout): string {
  const rows = fields.map((field) => `| ${field.name} | ${typeText(field)} | ${field.offset} | ${field.size} |`);
  return [
    `\`struct ${name}\`, ${size} bytes`,
    '',
    '| field | type | offset | size |',
    '| --- | --- | ---: | ---: |',
    ...rows,
  ].join('\n');
}

/** The C type of a field, short. */
export function typeText({ type }: Field): string {
  switch (type.kind) {
    case 'scalar':
      return type.scalar;
    case 'bytes':
      return `u8[${type.length}]`;
    case 'struct':
      return type.struct.name;
    case 'flexible':
      return `${typeof type.element === 'string' ? type.element : type.element.name}[]`;
  }
}

function aboutErrno(name: Errno): string {
  const meaning = errnoMeanings[name];
  return `**${name}** (${errnoNumbers[name]})${meaning === undefined ? '' : `: ${meaning}`}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
