const units: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };

/** The largest integer: 64 bits. */
const largest = (1n << 64n) - 1n;

/** `4K`, `0x100000`, `1_000`; undefined when it does not fit in 64 bits. */
export function integerOf(text: string): bigint | undefined {
  const digits = text.replaceAll('_', '');
  const unit = units[digits.at(-1) ?? ''];
  const value = unit === undefined ? BigInt(digits) : BigInt(digits.slice(0, -1)) * unit;
  return value > largest ? undefined : value;
}

/** Pairs of hex digits as bytes, spaces allowed between them; undefined when it is something else. */
export function bytesOf(hex: string): Uint8Array | undefined {
  const digits = hex.replaceAll(/\s/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
