/** Text of attributes and elements as XML. Control characters and lone surrogates, which XML cannot hold, become U+FFFD. */
export function escapeText(text: string): string {
  let out = '';
  for (const character of text) out += escapeCharacter(character);
  return out;
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeCharacter(character: string): string {
  const entity = named[character];
  if (entity !== undefined) return entity;
  const code = character.codePointAt(0)!;
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd ? ' ' : '\ufffd';
  return (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xdfff) || (code & 0xfffe) === 0xfffe
    ? '\ufffd'
    : character;
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Pixels with at most two decimals. */
export function pixels(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** An element; `content` is markup already. Attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) open += ` ${key}="${typeof value === 'number' ? pixels(value) : escapeText(value)}"`;
  }
  return content.length === 0 ? `${open}/>` : `${open}>${content.join('')}</${name}>`;
}

/** A line of text. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(content));
}

export interface Described {
  /** Shown while the pointer rests on it, and read by screen readers. */
  readonly label: string;
  readonly class: string;
  /** `data-*`, without the prefix: what a click leads to. */
  readonly data?: Readonly<Record<string, string | number | undefined>>;
}

/** A part of a picture that has a meaning of its own: it can be named, focused and clicked. */
export function part({ label, class: name, data = {} }: Described, ...content: readonly string[]): string {
  const attributes: Record<string, string | number | undefined> = {
    class: `part ${name}`,
    role: 'img',
    'aria-label': label,
  };
  for (const [key, value] of Object.entries(data))
    attributes[`data-${key}`] = value === undefined ? undefined : String(value);
  return element('g', attributes, element('title', {}, escapeText(label)), ...content);
}

/** The first of the texts that fits; empty when none does. */
export function firstFitting(texts: readonly string[], width: number, characterWidth: number): string {
  return texts.find((content) => content.length * characterWidth <= width) ?? '';
}

/** `1 fault`, `65,535 mappings`. */
export function counted(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}

/** Shortens a text to about `width` pixels of our monospaced font, with an ellipsis. */
export function fitted(content: string, width: number, characterWidth: number): string {
  const most = Math.floor(width / characterWidth);
  const characters = [...content];
  if (characters.length <= most) return content;
  return most < 2 ? '' : `${characters.slice(0, most - 1).join('')}…`;
}
