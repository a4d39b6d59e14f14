import type { CallResult, Process } from '../../kernel';
import type { CallSite } from '../compile/program';
import { FileValue, ObjectValue, type Value } from '../value';
import { MadeCall, type ArgumentBuffer } from './call-report';
import type { Execution } from './execution';

/** How long a call is waited for before it counts as blocked, in virtual milliseconds: as in recordings. */
const patience = 2500;
/** How often it is looked whether the call has come back meanwhile, in virtual milliseconds. */
const glance = 50;

/** Makes a call and notes it. */
export function perform(
  x: Execution,
  site: CallSite,
  args: readonly Value[],
  argument: ArgumentBuffer | null,
  act: (process: Process) => CallResult,
): MadeCall {
  const process = x.caller;
  const { kernel } = x;
  const logStart = kernel.log.lines.length;
  let result = act(process);
  if (result.blocked === true) result = waitFor(x, process, result);
  const call = new MadeCall(site, process.name, args, argument, result, kernel, logStart);
  x.made(call);
  return call;
}

function waitFor(x: Execution, process: Process, blocked: CallResult): CallResult {
  x.lateAnswers.delete(process);
  for (let waited = 0; waited < patience && process.blocked !== null; waited += glance) x.kernel.sleep(glance);
  const { finished } = x.kernel;
  for (const done of finished) {
    if (done.process !== process) continue;
    finished.remove(done);
    return { ret: done.answer };
  }
  return blocked;
}

/** What a call gives in the language; a failed one -errno. */
export type Give = 'number' | 'file' | 'text' | 'bytes' | 'value' | 'status' | 'struct';

export function given(call: MadeCall, give: Give): Value {
  const { ret, blocked, busy, signal } = call.result;
  if (give === 'file') return fileOf(call);
  if (blocked === true || busy === true || signal !== undefined) return null;
  if (ret < 0) return give === 'struct' ? (call.out ?? BigInt(ret)) : BigInt(ret);
  return succeeded(call, give);
}

function succeeded(call: MadeCall, give: Give): Value {
  const { ret, text, bytes, value, vmlck, vmpin } = call.result;
  switch (give) {
    case 'text':
      return text ?? BigInt(ret);
    case 'bytes':
      return bytes ?? BigInt(ret);
    case 'value':
      return value === undefined ? BigInt(ret) : BigInt(value);
    case 'status':
      return new ObjectValue(
        'status',
        new Map([
          ['vmlck', BigInt(vmlck ?? 0)],
          ['vmpin', BigInt(vmpin ?? 0)],
        ]),
      );
    case 'struct':
      return call.out ?? BigInt(ret);
    default:
      return BigInt(ret);
  }
}

function fileOf(call: MadeCall): FileValue {
  const { ret, blocked, busy } = call.result;
  const fd = blocked === true || busy === true ? -1 : Number(ret);
  return new FileValue(call.process, fd, call.path ?? (call.name === 'ioctl' ? '[vfio-device]' : call.name));
}
