import { ioctls, type Ioctl } from '../kernel/uapi';
import { signatures, usageOf } from '../scenario';
import { ioctlGuides } from './ioctl-guide';
import { placeAt } from './position';
import type { Token } from './tokens';

export interface SignatureHint {
  /** `open(path, flags?)` */
  readonly label: string;
  readonly documentation: string;
  /** Parts of the label. */
  readonly parameters: readonly { readonly label: string; readonly documentation?: string }[];
  readonly active: number;
}

/** The call whose parentheses are open at an offset. */
export function signatureAt(tokens: readonly Token[], offset: number): SignatureHint | undefined {
  const place = placeAt(tokens, offset);
  if (place.call === undefined) return undefined;
  if (place.call === 'ioctl' && place.ioctl !== undefined) return ioctlHint(place.ioctl, place.argument);
  const signature = signatures.get(place.call);
  if (signature === undefined) return declaredHint(tokens, place.call, place.argument);
  return {
    label: usageOf(signature),
    documentation: signature.about,
    parameters: signature.parameters.map(({ name, optional }) => ({ label: name + (optional ? '?' : '') })),
    active: place.argument,
  };
}

function ioctlHint(ioctl: Ioctl, active: number): SignatureHint {
  const argument = argumentOf(ioctl);
  const parts = [ioctl.file, ioctl.name, ...(argument === undefined ? [] : [argument])];
  return {
    label: `ioctl(${parts.join(', ')})`,
    documentation: ioctlGuides[ioctl.name]?.does ?? '',
    parameters: parts.map((label) => ({ label })),
    active,
  };
}

function argumentOf({ argument, name }: Ioctl): string | undefined {
  switch (argument.kind) {
    case 'none':
      return undefined;
    case 'value':
      return 'number';
    case 'string':
      return name === 'VFIO_GROUP_GET_DEVICE_FD' ? '"0000:bb:dd.f"' : '"string"';
    case 'int pointer':
      return argument.file ? '&container' : '&number';
    case 'struct':
      return `struct ${argument.struct}`;
  }
}

/** A function that the text declares. */
function declaredHint(tokens: readonly Token[], name: string, active: number): SignatureHint | undefined {
  const at = tokens.findIndex(({ text }, index) => text === name && tokens[index - 1]?.text === 'function');
  if (at < 0 || ioctls.has(name)) return undefined;
  const close = tokens.findIndex(({ text }, index) => index > at && text === ')');
  const parameters = tokens.slice(at + 2, Math.max(at + 2, close)).filter(({ kind }) => kind === 'word');
  return {
    label: `${name}(${parameters.map(({ text }) => text).join(', ')})`,
    documentation: '',
    parameters: parameters.map(({ text }) => ({ label: text })),
    active,
  };
}
