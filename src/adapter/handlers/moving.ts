import type { DebugProtocol } from '@vscode/debugprotocol';
import type { MoveKind, Stop } from '../../debugger';
import type { Context } from '../context';
import { Failure } from '../failure';
import type { CustomRequests } from '../requests';
import type { Run } from '../run';

type Body<R extends DebugProtocol.Response> = R['body'];

/** Requests that go somewhere in time. */
export function movingHandlers(context: Context) {
  const { channel, host, origin } = context;
  const move = (kind: MoveKind): void => {
    const present = context.standing;
    channel.afterAnswer(() => present.move(kind));
  };
  /** Goes to a moment at once, and tells that it is there. */
  const arrive = (present: Run, go: () => Stop): void => {
    const stop = go();
    channel.afterAnswer(() => present.arrive(stop));
  };
  return {
    continue(): Body<DebugProtocol.ContinueResponse> {
      move('continue');
      return { allThreadsContinued: true };
    },
    next: (): void => move('next'),
    stepIn: (): void => move('into'),
    stepOut: (): void => move('out'),
    stepBack: (): void => move('back'),
    reverseContinue: (): void => move('reverse'),
    pause: (): void => context.started.engine.pause(),
    gotoTargets({ source, line }: DebugProtocol.GotoTargetsArguments): Body<DebugProtocol.GotoTargetsResponse> {
      const present = context.standing;
      const uri = host.normalize(source.path ?? '');
      const targets = present.destinations(uri, line - origin.line);
      return { targets: targets.map(({ id, label }) => ({ id, label, line })) };
    },
    goto({ targetId }: DebugProtocol.GotoArguments): void {
      const present = context.standing;
      const target = present.targets.get(targetId);
      if (target === undefined) throw new Failure('This place was offered at an earlier stop');
      if (target.kind === 'moment') return arrive(present, () => present.engine.goto(target.step));
      present.confirmFork(`jump ${target.statement}`);
      arrive(present, () => present.engine.jump(target.statement));
    },
    restartFrame({ frameId }: DebugProtocol.RestartFrameArguments): void {
      const present = context.standing;
      const level = present.stack.levelOf(frameId);
      if (level === undefined) throw new Failure('This frame was shown at an earlier stop, or is one of the kernel');
      arrive(present, () => present.engine.restartFrame(level));
    },
    'vfioLab/step': ({ kind }: CustomRequests['vfioLab/step']['arguments']): void => move(kind),
    'vfioLab/goto'({ step }: CustomRequests['vfioLab/goto']['arguments']): void {
      const present = context.standing;
      arrive(present, () => present.engine.goto(step));
    },
  };
}
