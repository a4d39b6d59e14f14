import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/history';
import type { MoveKind } from '../../src/debugger';
import { call, engineOf, FakeExecution, lineOf, type FakeStatement } from './fake';

const count: FakeStatement = {
  run: (fake) => {
    fake.state.x++;
    return undefined;
  },
};

/** main calls a function of two statements on lines 2 and 3, between lines 1 and 4. */
const withFunction: FakeStatement[] = [count, count, { ...count, depth: 1 }, { ...count, depth: 1 }, count, count];

/** Counts to `times` on line 1. */
const loop = (times: bigint): FakeStatement[] => [
  count,
  {
    run: (fake) => {
      if (++fake.state.x < times) fake.state.pc = 1;
      return undefined;
    },
  },
  count,
];

const map = { name: 'ioctl', request: 'VFIO_IOMMU_MAP_DMA' };

/** A call whose kernel function refuses: what a failing map looks like. */
const failing: FakeStatement = {
  calls: [map],
  run: ({ story, state }) => {
    story.enter('vfio_iommu_type1_ioctl', () => ({ cmd: 15217 }));
    story.enter('vfio_dma_do_map', () => ({ iova: 0x1000n }));
    state.x = 5n;
    story.note(() => 'page mask 0xfff');
    story.refuse('vfio_dma_do_map/3', 17, () => 'something is mapped there');
    story.leave('vfio_iommu_type1_ioctl', -17);
    return { calls: [call('ioctl', -17, { ...map, errno: 'EEXIST' })] };
  },
};

async function lines(engine: ReturnType<typeof engineOf>['engine'], moves: MoveKind[]): Promise<number[]> {
  const seen: number[] = [];
  for (const kind of moves) {
    await engine.move(kind);
    seen.push(lineOf(engine));
  }
  return seen;
}

describe('moving', () => {
  it('steps into, over and out of functions, in both directions', async () => {
    const { engine } = engineOf(new FakeExecution(withFunction));
    expect(await lines(engine, ['next', 'into', 'next', 'out'])).toEqual([1, 2, 3, 4]);
    expect(await lines(engine, ['back', 'next', 'backInto', 'back', 'back', 'into', 'backOut'])).toEqual([
      1, 4, 3, 2, 1, 2, 1,
    ]);
    expect((await engine.move('reverse')).reason).toBe('start');
    expect((await engine.move('continue')).reason).toBe('end');
    expect(lineOf(engine)).toBe(-1);
    expect(await lines(engine, ['back'])).toEqual([5]);
  });

  it('says that it is in the past, and not when it stands at the newest moment', async () => {
    const { engine } = engineOf(new FakeExecution(withFunction));
    await lines(engine, ['next', 'into']);
    expect(engine.standing).toEqual({ step: 2, known: 2, first: 0, past: false, inside: false });
    await engine.move('back');
    expect(engine.standing).toMatchObject({ step: 1, past: true });
  });

  it('brings the world back with it', async () => {
    const fake = new FakeExecution(loop(100n));
    const { engine } = engineOf(fake);
    await engine.move('continue');
    await lines(engine, ['back', 'back', 'back']);
    expect(engine.inspect(() => fake.state.x)).toBe(98n);
    expect(engine.evaluate('x')).toBe(98n);
  });

  it('runs each step once, however often it is passed', async () => {
    const { engine, reports } = engineOf(new FakeExecution(loop(50n)));
    await lines(engine, ['continue', 'reverse', 'continue', 'reverse', 'next', 'continue']);
    expect(reports).toHaveLength(51);
  });

  it('n steps forward and n back is where it began', async () => {
    const kinds = fc.array(fc.constantFrom<MoveKind>('next', 'into', 'out', 'back', 'backInto', 'backOut'), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(kinds, fc.nat(8), async (walk, n) => {
        const fake = new FakeExecution([...withFunction, failing, ...withFunction]);
        const { engine } = engineOf(fake);
        engine.setFilters(new Map());
        for (const kind of walk) await engine.move(kind);
        while (engine.standing.inside) await engine.move('out');
        const before = { step: engine.standing.step, x: engine.inspect(() => fake.state.x) };
        let moved = 0;
        while (moved < n && lineOf(engine) >= 0) {
          await engine.move('into');
          moved++;
        }
        for (let i = 0; i < moved; i++) await engine.move('backInto');
        expect({ step: engine.standing.step, x: engine.inspect(() => fake.state.x) }).toEqual(before);
      }),
    );
  });
});

describe('long runs', () => {
  const endless: FakeStatement[] = [
    {
      run: (fake) => {
        fake.state.pc = 0;
        return undefined;
      },
    },
  ];

  it('pauses an endless loop', async () => {
    const { engine } = engineOf(new FakeExecution(endless));
    const stop = engine.move('continue');
    engine.pause();
    expect((await stop).reason).toBe('pause');
    expect(engine.running).toBe(false);
  });

  it('forgets what lies behind the horizon, and says so there', async () => {
    const fake = new FakeExecution(loop(200_000n), new Journal({ limit: 100_000 }));
    const { engine } = engineOf(fake);
    await engine.move('continue');
    expect((await engine.move('reverse')).reason).toBe('horizon');
    expect(engine.standing.first).toBeGreaterThan(50_000);
    expect((await engine.move('continue')).reason).toBe('end');
  });

  it('runs without history, and has no way back then', async () => {
    const { engine } = engineOf(new FakeExecution(loop(10_000n), new Journal({ recording: false })));
    engine.breakpoints.setLines('fake.vfio', [{ line: 2 }]);
    expect((await engine.move('continue')).reason).toBe('breakpoint');
    expect((await engine.move('back')).reason).toBe('horizon');
    expect((await engine.move('continue')).reason).toBe('end');
  });
});

describe('breakpoints', () => {
  it('stop on lines while stepping and backwards', async () => {
    const { engine } = engineOf(new FakeExecution(withFunction));
    const [breakpoint] = engine.breakpoints.setLines('fake.vfio', [{ line: 3 }]);
    await engine.move('next');
    const stop = await engine.move('next');
    expect([stop.reason, stop.breakpoints, lineOf(engine)]).toEqual(['breakpoint', [breakpoint!.id], 3]);
    await engine.move('continue');
    expect(await lines(engine, ['reverse'])).toEqual([3]);
  });

  it('move to the next statement, or say why they cannot', () => {
    const { engine } = engineOf(new FakeExecution(withFunction));
    const made = engine.breakpoints.setLines('fake.vfio', [{ line: 2, character: 4 }, { line: 99 }]);
    expect(made.map(({ verified, place, problem }) => [verified, place?.line, problem])).toEqual([
      [true, 2, undefined],
      [false, undefined, 'No statement stands here or below'],
    ]);
    expect(engine.breakpoints.setLines('other.vfio', [{ line: 0 }])[0]).toMatchObject({ verified: false });
  });

  it.each([
    [{ condition: 'x == 40' }, 40n],
    [{ hitCondition: '7' }, 7n],
    [{ hitCondition: '>= 9' }, 9n],
    [{ condition: 'x > 10', hitCondition: '% 3' }, 13n],
  ])('obey %j', async (guard, x) => {
    const { engine } = engineOf(new FakeExecution(loop(100n)));
    engine.breakpoints.setLines('fake.vfio', [{ line: 1, ...guard }]);
    expect((await engine.move('continue')).reason).toBe('breakpoint');
    expect(engine.evaluate('x')).toBe(x);
  });

  it('write instead of stopping, and tell a condition without value once', async () => {
    const { engine, logged } = engineOf(new FakeExecution(loop(3n)));
    engine.breakpoints.setLines('fake.vfio', [
      { line: 1, logMessage: 'x is {x}, y is {y}' },
      { line: 1, condition: 'z == 1' },
    ]);
    expect((await engine.move('continue')).reason).toBe('end');
    expect(logged).toEqual([
      'x is 1, y is {unknown name y}',
      'Condition "z == 1" of a breakpoint: unknown name z',
      'x is 2, y is {unknown name y}',
    ]);
  });

  it.each(['VFIO_IOMMU_MAP_DMA', 'ioctl'])('stop at calls: %s', async (name) => {
    const { engine } = engineOf(new FakeExecution([count, count, failing, count]));
    engine.breakpoints.setFunctions([{ name, condition: 'errno == EEXIST' }]);
    const stop = await engine.move('continue');
    expect([stop.reason, lineOf(engine)]).toEqual(['function breakpoint', 2]);
    expect(engine.evaluate('x')).toBe(2n);
  });

  it('match paths', async () => {
    const open = (path: string): FakeStatement => ({
      calls: [{ name: 'open' }],
      run: () => ({ calls: [call('open', 3, { path })] }),
    });
    const { engine } = engineOf(new FakeExecution([open('/etc/passwd'), open('/dev/vfio/9'), count]));
    engine.breakpoints.setFunctions([{ name: 'open /dev/vfio/*' }]);
    await engine.move('continue');
    expect(lineOf(engine)).toBe(1);
  });

  it('stop inside of calls at functions of the kernel, from both sides', async () => {
    const { engine } = engineOf(new FakeExecution([count, failing, count]));
    engine.breakpoints.setFunctions([{ name: 'vfio_dma_do_map' }]);
    await engine.move('continue');
    expect(engine.kernelFrames().map(({ name }) => name)).toEqual([
      'vfio_dma_do_map',
      'vfio_iommu_type1_ioctl',
      map.request,
    ]);
    expect((await engine.move('continue')).reason).toBe('end');
    await engine.move('reverse');
    expect(engine.kernelFrames()).toHaveLength(3);
  });

  it('stop at lines of the kernel log', async () => {
    const warning: FakeStatement = {
      calls: [map],
      run: () => ({ calls: [call('ioctl', 0, { log: ['vfio-pci: VF token required'] })] }),
    };
    const { engine } = engineOf(new FakeExecution([count, warning, count]));
    engine.breakpoints.setFunctions([{ name: 'dmesg:VF token' }]);
    expect((await engine.move('continue')).reason).toBe('function breakpoint');
    expect(lineOf(engine)).toBe(1);
    expect((await engine.move('continue')).reason).toBe('end');
  });

  it.each([
    ['VFIO_IOMMU_MAP', 'No ioctl is called VFIO_IOMMU_MAP'],
    ['Foo Bar', 'No call is called Foo: a path can only follow a call, as in open /dev/vfio/*'],
    ['dmesg:', 'Say which text: dmesg:VF token'],
  ])('refuse the name %s', (name, problem) => {
    const { engine } = engineOf(new FakeExecution([count]));
    expect(engine.breakpoints.setFunctions([{ name }])[0]).toMatchObject({ verified: false, problem });
  });
});

describe('exceptions', () => {
  it('stops before a call that fails, tells why, and goes on', async () => {
    const { engine } = engineOf(new FakeExecution([count, failing, count, failing]));
    engine.setFilters(new Map([['callFails', 'EEXIST, EBUSY']]));
    const stop = await engine.move('continue');
    expect([stop.reason, lineOf(engine)]).toEqual(['exception', 1]);
    expect(stop.exception).toEqual({
      id: 'EEXIST',
      title: 'ioctl() fails with EEXIST',
      explanation: expect.stringMatching(
        /^vfio_dma_do_map: something is mapped there\ncalled by vfio_iommu_type1_ioctl\nWhy: .*\nRemedy: .*$/,
      ) as string,
      functions: ['vfio_dma_do_map', 'vfio_iommu_type1_ioctl'],
    });
    expect(await lines(engine, ['continue', 'continue', 'reverse', 'reverse'])).toEqual([3, -1, 3, 1]);
  });

  it.each(['EBUSY', 'errno > 20', 'process == "q"'])('does not stop when %s does not hold', async (condition) => {
    const { engine } = engineOf(new FakeExecution([failing, count]));
    engine.setFilters(new Map([['callFails', condition]]));
    expect((await engine.move('continue')).reason).toBe('end');
  });

  it('stops at failed expectations by default, and always at errors of the scenario', async () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
    const failure = { range, uri: 'fake.vfio', message: 'x is wrong', expected: '1', actual: '2' };
    const { engine } = engineOf(new FakeExecution([{ run: () => ({ failures: [failure] }) }, count]));
    expect((await engine.move('continue')).exception).toMatchObject({
      id: 'expectation',
      explanation: 'expected 1\ngot 2',
    });
    expect((await engine.move('continue')).reason).toBe('end');
  });
});

describe('inside of a call', () => {
  it('walks through the decisions with the state of each, and back out on both sides', async () => {
    const fake = new FakeExecution([count, failing, count]);
    const { engine } = engineOf(fake);
    await engine.move('next');
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await engine.move('into');
      seen.push([
        engine
          .kernelFrames()
          .map(({ name }) => name)
          .join(' < '),
        engine.inspect(() => fake.state.x),
      ]);
    }
    const outer = `vfio_iommu_type1_ioctl < ${map.request}`;
    const inner = `vfio_dma_do_map < ${outer}`;
    expect(seen).toEqual([
      [outer, 1n],
      [inner, 1n],
      [inner, 5n],
      [inner, 5n],
      [outer, 5n],
    ]);
    expect(engine.standing).toMatchObject({ past: false, inside: true });
    expect(engine.evaluate('x')).toBe(1n);
    await engine.move('back');
    expect(engine.kernelFrames().map(({ event }) => event)).toEqual([0, 0]);
    await engine.move('back');
    expect([engine.standing.inside, lineOf(engine)]).toEqual([false, 1]);
    await engine.move('into');
    await engine.move('out');
    expect([engine.standing.inside, lineOf(engine)]).toEqual([false, 2]);
  });

  it('shows the decisions as a document', async () => {
    const { engine } = engineOf(new FakeExecution([failing]));
    await engine.move('into');
    const walk = engine.insideOf!;
    expect(walk.text()).toBe(
      [
        '// p: ioctl()',
        '',
        'vfio_iommu_type1_ioctl(cmd 15217)',
        '  vfio_dma_do_map(iova 0x1000)',
        '    page mask 0xfff',
        '    something is mapped there  -> EEXIST',
        '  = -EEXIST',
        '',
      ].join('\n'),
    );
    expect(walk.line(0)).toBe(2);
  });
});
