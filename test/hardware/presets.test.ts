import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Machine, presets, resourcesOf, type PciFunction } from '../../src/hardware';
import { Journal } from '../../src/history';

interface RecordedFunction {
  readonly config: string;
  readonly class: string;
  readonly irq: string;
  readonly resource: readonly string[];
  readonly driver?: string;
}

const machines = new URL('../recordings/machines/', import.meta.url);

function recorded(name: string): Record<string, RecordedFunction> {
  return (
    JSON.parse(readFileSync(new URL(`${name}.json`, machines), 'utf8')) as { devices: Record<string, RecordedFunction> }
  ).devices;
}

const hex = (value: bigint | number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** Rows of 16 bytes that are not zero, so that a difference shows where it is. */
function rows(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    if (row.some((byte) => byte !== 0)) lines.push(`${hex(at, 3)}: ${Buffer.from(row).toString('hex')}`);
  }
  return lines;
}

function configuration(fn: PciFunction): Uint8Array {
  return Uint8Array.from({ length: fn.configSize }, (_, offset) => fn.configRead(offset, 1));
}

function padded(text: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(text, 'hex'));
  return bytes;
}

describe.each(Object.keys(presets))('%s', (name) => {
  const machine = Machine.build(new Journal(), presets[name]!);
  const devices = recorded(name);

  it('has the recorded functions in their order', () => {
    expect([...machine.functions].map((fn) => fn.bdf)).toEqual(Object.keys(devices).sort());
  });

  describe.each(Object.keys(devices))('%s', (bdf) => {
    const fn = machine.function(bdf)!;
    const device = devices[bdf]!;

    it('has the recorded configuration space', () => {
      expect(rows(configuration(fn))).toEqual(rows(padded(device.config, fn.configSize)));
    });

    it('has the recorded resources, class and interrupt', () => {
      const lines = resourcesOf(fn).map(
        ({ start, end, flags }) => `${hex(start, 16)} ${hex(end, 16)} ${hex(flags, 16)}`,
      );
      expect(lines).toEqual(device.resource);
      expect(hex(fn.classCode, 6)).toBe(device.class);
      expect(String(fn.irq)).toBe(device.irq);
    });
  });
});
