/** An element of a picture, as a strict reader of XML sees it. */
export interface Markup {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Markup[];
  text: string;
}

const token = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const attribute = /([a-zA-Z-]+)="([^"<]*)"/g;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** @throws Error with the place at which a text is no well-formed XML of the kind that pictures use */
export function readMarkup(xml: string): Markup {
  // Throws for lone surrogates.
  encodeURIComponent(xml);
  const forbidden = [...xml].find((character) => character < ' ' && !'\t\n\r'.includes(character));
  if (forbidden !== undefined) throw new Error(`XML cannot hold the character ${forbidden.charCodeAt(0)}`);
  const root: Markup = { name: '', attributes: {}, children: [], text: '' };
  const open: Markup[] = [root];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    if (match === null) throw new Error(`no XML at ${at}: ${xml.slice(at, at + 60)}`);
    readToken(match, open);
  }
  if (open.length !== 1 || root.children.length !== 1)
    throw new Error('elements are not closed, or there are several roots');
  return root.children[0]!;
}

function readToken([, closing, name, attributes, empty, text]: RegExpExecArray, open: Markup[]): void {
  const top = open.at(-1)!;
  if (text !== undefined) top.text += decode(text);
  else if (closing === '/') {
    if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
    open.pop();
  } else {
    const node: Markup = { name: name!, attributes: readAttributes(attributes!), children: [], text: '' };
    top.children.push(node);
    if (empty === '') open.push(node);
  }
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(attribute)) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`${name} stands there twice`);
    attributes[name!] = decode(value!);
  }
  return attributes;
}

function decode(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const character = entities[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`${whole} is no entity`);
    return character;
  });
}

/** All elements whose class holds the name. */
export function withClass(markup: Markup, name: string): Markup[] {
  const own = (markup.attributes.class ?? '').split(' ').includes(name) ? [markup] : [];
  return [...own, ...markup.children.flatMap((child) => withClass(child, name))];
}
