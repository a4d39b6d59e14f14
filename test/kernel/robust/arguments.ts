import fc from 'fast-check';
import { constantValues, ioctls, structs, UserBuffer, type StructName, type UserArgument } from '../../../src/kernel';

/** Numbers that programs get wrong: small, at the edges of their types, anywhere. */
export const anyU64: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 64 }).map((page) => BigInt(page) * 4096n) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 260 }).map(BigInt) },
  fc.constantFrom(
    2n ** 31n,
    2n ** 32n,
    2n ** 39n,
    2n ** 47n,
    2n ** 48n,
    2n ** 60n,
    2n ** 63n,
    2n ** 64n - 4096n,
    2n ** 64n - 1n,
  ),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

/** The same with negative ones, as a signed argument would be. */
export const anyS64: fc.Arbitrary<bigint> = fc.oneof(
  anyU64,
  anyU64.map((value) => BigInt.asIntN(64, value)),
);

export const anyU32: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 70 }) },
  fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe),
  fc.nat(0xffffffff),
);

/** Mostly descriptors that may be open. */
export const anyFd: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 3, max: 11 }) },
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(-1, -2, 999, 2 ** 31 - 1, -(2 ** 31)),
);

/** Lengths as JavaScript can carry them: up to the largest safe integer, and negative. */
export const anyLength: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  fc.constantFrom(-1, 2 ** 24, 2 ** 31, 2 ** 31 - 4096, 2 ** 32, 2 ** 47, Number.MAX_SAFE_INTEGER),
);

/** An address: in the process's memory (`offset` from its start), or anywhere. */
export type AddressChoice = { readonly offset: bigint } | { readonly absolute: bigint };

export const anyAddress: fc.Arbitrary<AddressChoice> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 70_000 }).map((offset) => ({ offset: BigInt(offset) })) },
  anyS64.map((absolute) => ({ absolute })),
);

const structNames = Object.keys(structs) as StructName[];

/** A structure whose first words look right more often than not, and more bytes behind it. */
const anyStruct: fc.Arbitrary<(memory: bigint) => UserArgument> = fc
  .record({
    name: fc.constantFrom(...structNames),
    argsz: fc.option(anyU32, { nil: undefined, freq: 2 }),
    words: fc.array(fc.oneof({ weight: 3, arbitrary: anyU32 }, fc.integer({ min: 0, max: 9 })), { maxLength: 12 }),
    wide: fc.array(fc.tuple(fc.constantFrom(8, 16, 24), fc.oneof(anyU64, anyAddress)), { maxLength: 3 }),
    extra: fc.integer({ min: 0, max: 48 }),
  })
  .map(({ name, argsz, words, wide, extra }) => (memory) => {
    const buffer = new UserBuffer(new Uint8Array(structs[name].size + extra));
    const { view } = buffer;
    words.forEach((word, index) => {
      if (4 * index + 4 <= view.byteLength) view.setUint32(4 * index, word, true);
    });
    for (const [offset, value] of wide) {
      if (offset + 8 <= view.byteLength) view.setBigUint64(offset, BigInt.asUintN(64, addressOf(value, memory)), true);
    }
    if (view.byteLength >= 4) view.setUint32(0, argsz ?? view.byteLength, true);
    return buffer;
  });

/** The number that a choice stands for. */
export function addressOf(choice: bigint | AddressChoice, memory: bigint): bigint {
  if (typeof choice === 'bigint') return choice;
  return 'offset' in choice ? memory + choice.offset : choice.absolute;
}

const words = [
  '0000:00:04.0',
  '0000:01:00.0',
  '0000:01:00.1',
  '0000:02:00.0',
  'vfio-pci',
  'pci-stub',
  'nvme',
  '8086 100e',
  '1234 11e8',
];

/** What people write into sysfs, right and wrong. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...words,
      '0',
      '1',
      '2',
      '4',
      'Y',
      'N',
      '',
      '\n',
      '-1',
      '0x',
      '99999999999999999999',
      '0x10 0x20 zz',
    ),
  },
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constant('a'.repeat(5000)),
);

/** The third argument of an ioctl. */
export const anyArgument: fc.Arbitrary<(memory: bigint) => UserArgument> = fc.oneof(
  { weight: 6, arbitrary: anyStruct },
  anyS64.map((value) => () => value),
  anyAddress.map(
    (choice) =>
      (memory: bigint): bigint =>
        addressOf(choice, memory),
  ),
  anyFd.map((fd) => () => {
    const buffer = new UserBuffer(new Uint8Array(4));
    buffer.view.setInt32(0, fd, true);
    return buffer;
  }),
  fc
    .tuple(
      fc.constantFrom(...words),
      fc.constantFrom('', ' vf_token=', ' vf_token=11111111-2222-3333-4444-555555555555'),
    )
    .map(
      ([name, options]) =>
        () =>
          UserBuffer.ofString(name + options),
    ),
  anyText.map((text) => () => UserBuffer.ofString(text)),
);

/** Small values that flags, indexes and counts have. */
const plausible = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }) },
  fc.constantFrom(9, 10, 12, 17, 18, 20, 33, 34, 36, 0x10000, 0x20000, 0x40000),
  anyU32,
);

/** A structure as its request wants it, with values that may pass the first tests. */
function aimedStruct(name: StructName): fc.Arbitrary<(memory: bigint) => UserArgument> {
  const { fields, size } = structs[name];
  const values = fields.map((field) =>
    field.size === 8
      ? fc.oneof(
          anyAddress,
          anyU64.map((absolute) => ({ absolute })),
        )
      : field.name === 'argsz'
        ? fc.oneof({ weight: 9, arbitrary: fc.constant(size + 16) }, anyU32)
        : plausible,
  );
  return fc.tuple(...values).map((chosen) => (memory) => {
    const buffer = new UserBuffer(new Uint8Array(size + 16));
    fields.forEach((field, index) => {
      const value = chosen[index]!;
      if (typeof value !== 'number')
        buffer.view.setBigUint64(field.offset, BigInt.asUintN(64, addressOf(value, memory)), true);
      else if (field.size === 4) buffer.view.setUint32(field.offset, value, true);
    });
    return buffer;
  });
}

/** A request of VFIO with its own structure. */
export const aimedRequest: fc.Arbitrary<readonly [number, (memory: bigint) => UserArgument]> = fc.oneof(
  ...[...ioctls.values()].flatMap(({ number, argument }) => {
    const kind = argument.kind;
    return kind === 'struct' ? [fc.tuple(fc.constant(number), aimedStruct(argument.struct))] : [];
  }),
);

/** Numbers of ioctls: those of VFIO, other constants, anything. */
export const anyRequest: fc.Arbitrary<number> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...[...ioctls.values()].map(({ number }) => number)) },
  fc.constantFrom(...[...constantValues.values()].map(Number)),
  anyU32,
);
