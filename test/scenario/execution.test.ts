import { describe, expect, test } from 'vitest';
import { formatValue } from '../../src/scenario';
import { printedBy, run, start } from './samples';

describe('the language', () => {
  test.each([
    ['print 2 + 3 * 4, 7 / 2, 7 % 2, 1 << 12, 0xff & 0x0f | 0x10', '14 3 1 4096 31'],
    ['let s = { a: 1, b: [1, 2] } let t = s t.a = 5 t.b[1] = 9 print s.a, t.a, t.b[1]', '1 5 9'],
    ['print not 1 == 2, "a" + 1, "x${1 + 1}y", len([1, 2])', 'true a1 x2y 2'],
    ['print 01:00.0 == "0000:01:00.0", hex(4K)', 'true 0x1000'],
    ['let n = 0 for i in 0..10 step 3 { n += i } print n', '18'],
    ['let n = 0 for i in [5, 6] { n += i } print n', '11'],
    ['let n = 0 while true { n += 1 if n < 3 { continue } break } print n', '3'],
    ['function f(n) { if n <= 1 { return 1 } return n * f(n - 1) } print f(10) + f(3)', '3628806'],
    ['function t() { print "t" return true } print false and t(), true or t()', 'false true'],
    ['print bytes("0102") == [1, 2], peekless()\nfunction peekless() { return u16(0x102) }', 'false bytes("0201")'],
  ])('%s', (text, wanted) => expect(printedBy(text)).toEqual([wanted]));

  test('processes keep their variables, and have their own', () => {
    expect(
      printedBy('process a { let x = 1 } process b { let x = 2 } process a { print x } process b { print x }'),
    ).toEqual(['1', '2']);
  });

  test('break out of a process block goes back to the process before', () => {
    expect(printedBy('process a { for i in 0..3 { process b { break } } print process_name }')).toEqual(['a']);
  });

  test('each test has a machine of its own', () => {
    const { passed, failed } = run(
      'test "a" { process r { open("/dev/vfio/vfio") } } test "b" { process r { let c = open("/dev/vfio/vfio") expect c.fd == 3 } }',
    );
    expect([passed, failed]).toEqual([['a', 'b'], []]);
  });
});

describe('failures', () => {
  test('a failed call that nobody looks at', () => {
    const { failures } = run('process a { let g = open("/dev/vfio/77") ioctl(g, VFIO_GROUP_GET_STATUS) }');
    expect(failures.map(({ message, range }) => [message, range.start.character])).toEqual([
      ['open failed with ENOENT, and nothing expected it', 20],
    ]);
  });

  test('is none when its result is looked at', () => {
    expect(
      run('process a { let g = open("/dev/vfio/77") if g < 0 { print "no" } if open("/x") < 0 { } }').failures,
    ).toEqual([]);
  });

  test('is none when the return value in the structure is looked at', () => {
    const text =
      'process a { let g = open("/dev/vfio/vfio") let info = ioctl(g, VFIO_IOMMU_GET_INFO) expect info.ret == -EINVAL }';
    expect(run(text).failures).toEqual([]);
    expect(run(text.replace('info.ret == -EINVAL', 'info.flags == 0')).failures).toHaveLength(1);
  });

  test('a call that waits does not pass for one that gave 0', () => {
    const { failures } = run(`
      process driver {
        bind 00:04.0 vfio-pci
        let container = open("/dev/vfio/vfio")
        let group = open(group_of(00:04.0))
        ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
        ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
        let device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:04.0")
      }
      process root { unbind 00:04.0 expect blocked }
      expect late(root) == 0
      expect late(root) >= 0
      expect late(root) == null
      process driver { exit() }
      expect late(root) == 0
      process root { unbind 00:04.0 expect ENODEV }
      expect late(root) == 0`);
    expect(failures.map(({ message }) => message)).toEqual([
      'expected late(root) == 0, but late(root) is null',
      'expected late(root) >= 0, but late(root) is null',
    ]);
  });

  test('expectations tell both sides', () => {
    const { failures } = run('process a { open("/dev/vfio/77") expect EBUSY\n let x = 5\n expect x == 6 }');
    expect(failures.map(({ expected, actual }) => [expected, actual])).toEqual([
      ['EBUSY', 'ENOENT'],
      ['6', '5'],
    ]);
  });

  test('an error ends its test only', () => {
    const { errors, passed, failed } = run('test "a" { let x = 1 / 0 print x } test "b" { print 1 }');
    expect(errors.map(({ message, range }) => [message, range.start.character])).toEqual([['division by zero', 19]]);
    expect([passed, failed]).toEqual([['b'], ['a']]);
  });

  test('endless recursion is an error', () => {
    expect(run('function f() { return f() } f()').errors[0]?.message).toMatch(/10000 functions deep/);
  });

  test('a file of another process', () => {
    expect(run('let f = 0 process a { f = open("/dev/vfio/vfio") } process b { close(f) }').errors[0]?.message).toMatch(
      /open in process a/,
    );
  });
});

describe('stepping', () => {
  test('one statement a step, into functions too', () => {
    const x = start('function f(n) {\n  let m = n\n  return m\n}\nprocess a {\n  let y = f(2)\n  print y\n}');
    const lines: string[] = [];
    while (!x.ended) {
      lines.push(`${x.next!.range.start.line + 1}/${x.next!.functionDepth}`);
      x.step();
    }
    expect(lines).toEqual(['6/0', '2/1', '3/1', '7/0', '8/0']);
  });

  test('frames and evaluation leave no trace', () => {
    const x = start('function f(n) {\n  let m = n + 1\n  return m\n}\nprocess a { let y = 7 print f(2) }');
    for (let step = 0; step < 3; step++) x.step();
    expect(x.frames().map(({ name, processName }) => `${name} ${processName}`)).toEqual(['f a', 'test.vfio a']);
    expect(
      x
        .frames()[0]!
        .variables()
        .map(({ name, value }) => `${name}=${formatValue(value)}`),
    ).toEqual(['y=7', 'n=2', 'm=3'].slice(1));
    const { position } = x.journal;
    expect(x.evaluate('n + m')).toBe(5n);
    expect(x.evaluate('y * 2', x.frames()[1])).toBe(14n);
    expect(x.evaluate('process == "a"')).toBe(true);
    expect(x.journal.position).toBe(position);
    expect(() => x.evaluate('nowhere')).toThrow(/not known/);
    expect(() => x.evaluate('1 +')).toThrow(/value is expected/);
  });

  test('says which calls come next', () => {
    const x = start('process a { let c = open("/dev/vfio/vfio") ioctl(c, VFIO_GET_API_VERSION) }');
    expect(x.next).toMatchObject({ processName: 'a', calls: [{ name: 'open', path: '/dev/vfio/vfio' }] });
    x.step();
    expect(x.next?.calls).toEqual([{ name: 'ioctl', request: 'VFIO_GET_API_VERSION' }]);
    const [call] = x.step().calls;
    expect(call).toMatchObject({ process: 'a', name: 'ioctl', request: 'VFIO_GET_API_VERSION', result: { ret: 0 } });
  });
});
