import { EINVAL, ERANGE } from '../errno';

/**
 * `kstrtoul` and its narrower siblings with base 0: decimal, `0x` hexadecimal or `0` octal, one `+` before and one
 * newline after allowed.
 * @param bits width of the type
 * @returns the number, or -EINVAL for other text, -ERANGE when it does not fit
 */
export function parseUnsigned(text: string, bits: number): number {
  const digits = text.replace(/^\+/, '').replace(/\n$/, '');
  const form = /^0x[0-9a-f]+$/i.test(digits)
    ? digits
    : /^0[0-7]+$/.test(digits)
      ? `0o${digits}`
      : /^(0|[1-9][0-9]*)$/.test(digits)
        ? digits
        : null;
  if (form === null) return -EINVAL;
  const value = BigInt(form);
  return value >> BigInt(bits) === 0n ? Number(value) : -ERANGE;
}

/** `kstrtobool`: by the first letters; undefined for text that is neither. */
export function parseBoolean(text: string): boolean | undefined {
  const start = text.slice(0, 2).toLowerCase();
  if (/^[y1]/.test(start) || start === 'on') return true;
  if (/^[n0]/.test(start) || start === 'of') return false;
  return undefined;
}
