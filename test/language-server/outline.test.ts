import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldsOf } from '../../src/language-server/folding';
import { outlineOf, type Block } from '../../src/language-server/outline';
import { tokensOf } from '../../src/language-server/tokens';

interface Named {
  [name: string]: Named;
}

function names(blocks: readonly Block[]): Named {
  return Object.fromEntries(blocks.map((block) => [`${block.kind} ${block.name}`, names(block.children)]));
}

function outlined(text: string): Named {
  return names(outlineOf(tokensOf(text), text.length));
}

function folded(text: string): string[] {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length - 1;
  return foldsOf(tokensOf(text), lineOf).map(({ start, end, kind }) => `${start}-${end} ${kind ?? 'code'}`);
}

describe('outline', () => {
  test('nests tests, processes, functions and devices', () => {
    const text = `
      machine q35-intel { root-port 00:08.0 { acs nvme 01:00.0 { vfs 4 } } edu 00:04.0 }
      module vfio_pci { enable_sriov = true }
      function set_up(bdf) { if bdf { } }
      test "a VF opens" { process qemu (uid 1) { let x = { test: 1 } } process dpdk { } }`;
    expect(outlined(text)).toEqual({
      'machine q35-intel': { 'device root-port 00:08.0': { 'device nvme 01:00.0': {} }, 'device edu 00:04.0': {} },
      'module vfio_pci': {},
      'function set_up': {},
      'test a VF opens': { 'process qemu': {}, 'process dpdk': {} },
    });
  });

  test('keeps names that look like keywords out', () => {
    expect(outlined('let process = 1\nprint process.test, test\nlet machine = 2')).toEqual({});
  });

  test('reaches to the end of an unfinished text', () => {
    const text = 'test "a" {\n  process qemu {\n    let';
    const [block] = outlineOf(tokensOf(text), text.length);
    expect(block?.end).toBe(text.length);
    expect(block?.children[0]?.end).toBe(text.length);
  });

  test('takes any text', () => {
    const piece = fc.constantFrom(
      'test',
      '"a"',
      '{',
      '}',
      'process',
      'x',
      'machine',
      'edu',
      '00:04.0',
      '-',
      '(',
      '\n',
      ' ',
      '//',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join(' ');
        outlined(text);
        folded(text);
      }),
    );
  });
});

describe('folding', () => {
  test('folds braces up to the line before the closing one', () => {
    expect(folded('test "a" {\n  let x = [\n    1\n  ]\n}')).toEqual(['1-2 code', '0-3 code']);
  });

  test('folds comments and regions', () => {
    expect(folded('// one\n// two\nlet a = 1 // no\n/* x\ny */')).toEqual(['0-1 comment', '3-4 comment']);
    expect(folded('// #region a\nlet a = 1\n// #endregion')).toEqual(['0-2 region']);
  });
});
