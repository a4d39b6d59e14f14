import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallResult } from '../../../src/kernel';
import { snapshot } from '../snapshot';
import { boot } from '../world';
import { anyCall, prepare } from './calls';

const machines = ['q35-intel', 'q35-intel-39', 'q35-intel-noir', 'q35-amd', 'q35-none'];
/** Real milliseconds that one call may take at most. */
const longest = 3000;
const runs = Number(process.env.ROBUST_RUNS ?? 20);

const step = fc.tuple(fc.constantFrom(0, 0, 0, 1, 2), anyCall);

/** An answer is a number from the kernel: a value, or an errno; with a signal or a wait beside it. */
function isAnswer({ ret }: CallResult): boolean {
  if (typeof ret === 'bigint') return ret >= 0n;
  return Number.isInteger(ret) && (ret >= 0 || (ret < 0 && ret > -4096));
}

describe.each(machines)('anything that programs may do on %s', (machine) => {
  it('is answered, soon, and undone leaves the start', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100, size: 'max' }), (steps) => {
        const { journal, kernel, calls } = boot(machine);
        const users = ['a', 'b', 'c'].map((name) => {
          const user = kernel.spawn({ name });
          return { user, memory: BigInt(calls.mmap(user, { length: 65536, prot: 'rw' }).ret) };
        });
        prepare(calls, kernel, users[0]!.user);
        const start = journal.position;
        const before = snapshot(kernel);
        for (const [who, call] of steps) {
          const { user, memory } = users[who]!;
          const began = performance.now();
          const result = call(calls, user, memory);
          expect(performance.now() - began).toBeLessThan(longest);
          expect(isAnswer(result), `answer ${String(result.ret)}`).toBe(true);
        }
        const end = journal.position;
        const after = snapshot(kernel);
        journal.goto(start);
        expect(snapshot(kernel) === before, 'undone, it is as before').toBe(true);
        journal.goto(end);
        expect(snapshot(kernel) === after, 'redone, it is as after').toBe(true);
      }),
      { numRuns: runs },
    );
  });
});
