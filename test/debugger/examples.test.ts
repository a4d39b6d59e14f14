import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containersOf, Engine, groupsOf, textOfProgram, tokensOf } from '../../src/debugger';
import { Journal } from '../../src/history';
import { compile, Execution, formatValue, parse } from '../../src/scenario';

const folder = join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.vfio'));

function engineOf(name: string): Engine {
  const { file } = parse(readFileSync(join(folder, name), 'utf8'), name);
  const program = compile(file);
  const listener = { ran: () => undefined, logged: () => undefined };
  const engine = new Engine(new Execution(new Journal(), program), textOfProgram(program), listener, {
    requestNames: new Set(),
  });
  engine.setFilters(new Map());
  return engine;
}

/** All that a person can see of a moment, without what is marked as changed. */
function seen(engine: Engine): string {
  const frames = engine.scenarioFrames().map((frame) => {
    const variables = engine.variables(frame).map(({ name, value }) => `${name} ${formatValue(value)}`);
    return [frame.name, frame.range, variables];
  });
  const trees = [groupsOf(engine), containersOf(engine, {}), tokensOf(engine)];
  return JSON.stringify([engine.standing.step, engine.statement?.range, frames, trees], (key, value: unknown) =>
    key === 'changed' ? undefined : value,
  );
}

describe.each(examples)('%s', (name) => {
  it('n steps forward and n back is where it began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 40 }), async (start, n) => {
        const engine = engineOf(name);
        for (let i = 0; i < start && engine.statement !== null; i++) {
          await engine.move('into');
          while (engine.standing.inside) await engine.move('out');
        }
        const before = seen(engine);
        const { step } = engine.standing;
        for (let i = 0; i < n && engine.statement !== null; i++) await engine.move('into');
        while (engine.standing.step > step || engine.standing.inside) await engine.move('backInto');
        expect(seen(engine)).toBe(before);
      }),
      { numRuns: 15 },
    );
  });

  it('looks the same on the way back as on the way there', async () => {
    const engine = engineOf(name);
    const there: string[] = [];
    while (engine.statement !== null) {
      there.push(seen(engine));
      await engine.move('next');
    }
    for (const moment of there.reverse()) {
      await engine.move('back');
      expect(seen(engine)).toBe(moment);
    }
  });
});
