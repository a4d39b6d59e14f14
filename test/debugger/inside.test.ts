import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine, textOfProgram } from '../../src/debugger';
import { Journal } from '../../src/history';
import { parseRecording, recordingToScenario } from '../../src/recording';
import { compile, Execution, parse } from '../../src/scenario';

const recordings = join(import.meta.dirname, '../recordings');
const names = readdirSync(recordings).filter((name) => name.endsWith('.json') && !name.startsWith('fuzz'));

function engineOf(name: string): Engine {
  const text = recordingToScenario(parseRecording(readFileSync(join(recordings, name), 'utf8')));
  const program = compile(parse(text, name).file);
  const listener = { ran: () => undefined, logged: () => undefined };
  const engine = new Engine(new Execution(new Journal(), program), textOfProgram(program), listener, {
    requestNames: new Set(),
  });
  engine.setFilters(new Map());
  return engine;
}

/** Where the engine stands inside of a call: functions with their values, and the line of the document. */
function place(engine: Engine): string {
  const walk = engine.insideOf;
  if (walk === null) return `step ${engine.standing.step}`;
  const frames = engine.kernelFrames();
  const line = walk.text().split('\n')[walk.line(frames[0]!.event)];
  return [engine.standing.step, line, ...frames.map(({ name }) => name), engine.kernel!.log.lines.length].join(' | ');
}

/** Calls of a real kernel that fail, wait, warn and oops: the same way through them in both directions. */
describe.each(names)('%s', (name) => {
  it('is walked through forwards and backwards', async () => {
    const engine = engineOf(name);
    const there = [place(engine)];
    for (let moves = 0; engine.statement !== null && moves < 400; moves++) {
      await engine.move('into');
      there.push(place(engine));
    }
    const back = [place(engine)];
    while (engine.standing.step > 0 || engine.standing.inside) {
      await engine.move('backInto');
      back.push(place(engine));
    }
    expect(back.reverse()).toEqual(there);
  });

  it('is left by stepping out', async () => {
    const engine = engineOf(name);
    for (let steps = 0; engine.statement !== null && steps < 200; steps++) {
      const { step } = engine.standing;
      await engine.move('into');
      for (let outs = 0; engine.standing.inside; outs++) {
        expect(outs).toBeLessThan(20);
        await engine.move('out');
      }
      expect(engine.standing.step).toBe(step + 1);
    }
  });
});
