import { tokensOf, type Token } from '../../src/language-server/tokens';

/** A text with the cursor written as `<|>`: its tokens and the cursor's offset. */
export function marked(text: string): { tokens: Token[]; offset: number; text: string } {
  const offset = text.indexOf('<|>');
  if (offset < 0) throw new Error('the text has no <|>');
  const plain = text.replace('<|>', '');
  return { tokens: tokensOf(plain), offset, text: plain };
}
