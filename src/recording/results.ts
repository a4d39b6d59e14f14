import { errnoName, UserBuffer, type CallResult } from '../kernel';
import type { Call, IoctlCall } from './calls';
import { toHex, type Json } from './json';
import type { MarshalledIoctl } from './marshal';

/** Recordings write numbers up to this as numbers, above as hex. */
const largestPlainNumber = 1n << 32n;

function recordedNumber(value: number | bigint): Json {
  const wide = BigInt(value);
  return wide > largestPlainNumber ? `0x${wide.toString(16)}` : Number(wide);
}

/** Value of the return and name of the error. */
function recordedReturn(call: Call, ret: number | bigint): Record<string, Json> {
  if (ret < 0) return { ret: -1, errno: errnoName(Number(ret)) ?? `errno ${-Number(ret)}` };
  return { ret: answersHandle(call) ? 0 : recordedNumber(ret) };
}

/** Descriptors and addresses differ from run to run, so recordings have 0 in their place; `echo` answers no count. */
function answersHandle(call: Call): boolean {
  switch (call.call) {
    case 'open':
    case 'dup':
    case 'eventfd':
    case 'mmap':
    case 'echo':
      return true;
    case 'ioctl':
      return call.as !== null || call.request === 'VFIO_GROUP_GET_DEVICE_FD';
    default:
      return false;
  }
}

/** The structure after the call, without what is different in every run: pointers and descriptors. */
function recordedStruct(call: IoctlCall, marshalled: MarshalledIoctl): Json | undefined {
  const { layout, argument } = marshalled;
  if (layout === null || !(argument instanceof UserBuffer) || call.argument.kind !== 'struct') return undefined;
  const out: Record<string, Json> = {};
  for (const { name, offset, size, type } of layout.fields) {
    if (type.kind !== 'scalar' || type.scalar === 's32') continue;
    const given = call.argument.fields.get(name);
    if (given?.kind === 'file' || (given?.kind === 'address' && given.address.memory !== null)) continue;
    const { view } = argument;
    out[name] = recordedNumber(size === 8 ? view.getBigUint64(offset, true) : view.getUint32(offset, true));
  }
  if ((call.argument.room ?? 0) > 0) out.tail = toHex(argument.bytes.subarray(layout.size));
  return out;
}

function recordedExtras(call: Call, result: CallResult): Record<string, Json> {
  switch (call.call) {
    case 'pread':
    case 'peek':
    case 'catx':
      return { out: toHex(result.bytes ?? new Uint8Array()) };
    case 'cat':
    case 'readlink':
      return result.text === undefined ? {} : { text: result.text };
    case 'readev':
    case 'peek32':
      return { value: recordedNumber(result.value ?? 0) };
    case 'status':
      return { vmlck: result.vmlck ?? 0, vmpin: result.vmpin ?? 0 };
    default:
      return {};
  }
}

/** A result as a recording writes it. */
export function recordedResult(call: Call, result: CallResult, marshalled: MarshalledIoctl | null): Json {
  if (result.busy) return { busy: true };
  if (result.blocked) return { blocked: true };
  if (result.signal !== undefined) return { ret: -1, signal: result.signal };
  const recorded = recordedReturn(call, result.ret);
  if (call.call !== 'ioctl') return { ...recorded, ...recordedExtras(call, result) };
  const out = marshalled === null ? undefined : recordedStruct(call, marshalled);
  return out === undefined ? recorded : { ...recorded, out };
}
