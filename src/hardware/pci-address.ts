/** A place in the PCI hierarchy. */
export interface PciAddress {
  readonly segment: number;
  readonly bus: number;
  readonly slot: number;
  readonly fn: number;
}

const pattern = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i;

/** Reads `0000:00:04.0` or `00:04.0`. @throws RangeError for anything else */
export function parseAddress(text: string): PciAddress {
  const match = pattern.exec(text);
  const slot = parseInt(match?.[3] ?? '20', 16);
  if (match === null || slot > 0x1f) throw new RangeError(`'${text}' is not a PCI address like 00:04.0`);
  return {
    segment: parseInt(match[1] ?? '0', 16),
    bus: parseInt(match[2]!, 16),
    slot,
    fn: parseInt(match[4]!, 10),
  };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `0000:00:04.0`. */
export function formatAddress({ segment, bus, slot, fn }: PciAddress): string {
  return `${hex(segment, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
}
