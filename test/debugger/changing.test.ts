import { describe, expect, it } from 'vitest';
import { watchPlace } from '../../src/debugger';
import { engineOf, FakeExecution, lineOf, type FakeStatement } from './fake';

const count: FakeStatement = {
  run: (fake) => {
    fake.state.x++;
    return undefined;
  },
};
const idle: FakeStatement = {};

describe('data breakpoints', () => {
  const program = [idle, count, idle, idle, count, idle];
  const watched = (): { engine: ReturnType<typeof engineOf>['engine']; fake: FakeExecution } => {
    const fake = new FakeExecution(program);
    const { engine } = engineOf(fake);
    const { state } = fake;
    const place = { label: 'x', owner: state, key: 'x', read: () => String(state.x) };
    engine.dataBreakpoints.set([{ watch: watchPlace(place) }]);
    return { engine, fake };
  };

  it('stop behind the step that writes, and before it on the way back', async () => {
    const { engine } = watched();
    const stop = await engine.move('continue');
    expect([stop.reason, stop.text, lineOf(engine)]).toEqual(['data breakpoint', 'x changes from 0 to 1', 2]);
    await engine.move('continue');
    expect(lineOf(engine)).toBe(5);
    expect((await engine.move('continue')).reason).toBe('end');
    expect((await engine.move('reverse')).reason).toBe('data breakpoint');
    expect(lineOf(engine)).toBe(4);
    await engine.move('reverse');
    expect(lineOf(engine)).toBe(1);
    expect((await engine.move('reverse')).reason).toBe('start');
  });

  it('obey conditions', async () => {
    const { engine } = watched();
    engine.dataBreakpoints.set([]);
    expect((await engine.move('continue')).reason).toBe('end');
  });
});

describe('changing the course of things', () => {
  it('is a step of its own, and can be taken back', async () => {
    const fake = new FakeExecution([count, count, count]);
    const { engine } = engineOf(fake);
    await engine.move('next');
    engine.perform('x = 40');
    expect(engine.standing).toMatchObject({ step: 2, known: 2, past: false });
    await engine.move('next');
    expect(engine.evaluate('x')).toBe(41n);
    await engine.move('back');
    await engine.move('back');
    expect(engine.evaluate('x')).toBe(1n);
    await engine.move('continue');
    expect(engine.evaluate('x')).toBe(42n);
  });

  it('in the past forgets what lay ahead', async () => {
    const fake = new FakeExecution([count, count, count, count]);
    const { engine } = engineOf(fake);
    await engine.move('continue');
    engine.goto(1);
    expect(engine.ahead).toBe(3);
    engine.perform('x = 10');
    expect(engine.standing).toMatchObject({ step: 2, known: 2 });
    await engine.move('continue');
    expect(engine.evaluate('x')).toBe(13n);
    await engine.move('reverse');
    expect(engine.evaluate('x')).toBe(0n);
  });

  it('that changes nothing forgets nothing', async () => {
    const fake = new FakeExecution([count, count]);
    const { engine } = engineOf(fake);
    await engine.move('continue');
    engine.goto(1);
    engine.perform('x = 1');
    expect(engine.standing).toMatchObject({ step: 1, known: 2 });
  });

  it('lets another statement come next', async () => {
    const fake = new FakeExecution([count, count, count]);
    const { engine } = engineOf(fake);
    engine.jump(2);
    expect(lineOf(engine)).toBe(2);
    await engine.move('next');
    expect(engine.evaluate('x')).toBe(1n);
  });

  it('is refused without history, and for what cannot be read', () => {
    const { engine } = engineOf(new FakeExecution([count]));
    expect(() => engine.perform('nonsense')).toThrow('cannot read nonsense');
  });
});

describe('going to moments', () => {
  it('finds the nearest on a line, both ways', async () => {
    const loop: FakeStatement = {
      run: (fake) => {
        if (++fake.state.x < 3n) fake.state.pc = 0;
        return undefined;
      },
    };
    const { engine } = engineOf(new FakeExecution([idle, loop, idle]));
    await engine.move('continue');
    engine.goto(3);
    expect(engine.momentsAt('fake.vfio', 0)).toEqual({ before: 2, after: 4 });
    expect(engine.momentsAt('fake.vfio', 9)).toEqual({});
    expect(() => engine.goto(99)).toThrow('has not come yet');
  });

  it('restarts a frame', async () => {
    const deep = { ...count, depth: 1 };
    const { engine } = engineOf(new FakeExecution([count, count, deep, deep, deep, count]));
    engine.breakpoints.setLines('fake.vfio', [{ line: 4 }]);
    await engine.move('continue');
    engine.restartFrame(0);
    expect(lineOf(engine)).toBe(2);
    engine.restartFrame(1);
    expect(lineOf(engine)).toBe(0);
  });
});
