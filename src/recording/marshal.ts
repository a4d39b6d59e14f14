import { ioctls, structNamed, UserBuffer, type Layout, type Process, type UserArgument } from '../kernel';
import type { Address, Data, FileReference, IoctlCall } from './calls';

/** What a name that is not bound to a file stands for: no file. */
const noFile = -1;

/** An address that no process has memory at. */
const badPointer = 8n;

/** A process of the recording, and what its names mean now. */
export class Agent {
  readonly files = new Map<string, number>();
  readonly memory = new Map<string, bigint>();

  constructor(readonly process: Process) {}

  fd(reference: FileReference): number {
    return typeof reference === 'number' ? reference : (this.files.get(reference) ?? noFile);
  }

  address({ memory, offset }: Address): bigint {
    return memory === null ? offset : (this.memory.get(memory) ?? 0n) + offset;
  }
}

const dataSizes = { fd: 4, u32: 4, u8: 1 } as const;

const sizeOf = (piece: Data): number => (piece.kind === 'bytes' ? piece.bytes.length : dataSizes[piece.kind]);

function putData(agent: Agent, pieces: readonly Data[], view: DataView, start: number): void {
  let offset = start;
  for (const piece of pieces) {
    if (piece.kind === 'fd') view.setInt32(offset, agent.fd(piece.file), true);
    else if (piece.kind === 'u32') view.setUint32(offset, piece.value, true);
    else if (piece.kind === 'u8') view.setUint8(offset, piece.value);
    else new Uint8Array(view.buffer, offset).set(piece.bytes);
    offset += sizeOf(piece);
  }
}

/** A request with its argument, ready for the call. */
export interface MarshalledIoctl {
  readonly request: number;
  readonly argument: UserArgument;
  /** Layout of the structure, when the argument is one. */
  readonly layout: Layout | null;
}

function put(view: DataView, offset: number, size: number, value: bigint): void {
  if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, value), true);
  else view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
}

type StructArgument = Extract<IoctlCall['argument'], { kind: 'struct' }>;

function putFields(agent: Agent, layout: Layout, given: StructArgument['fields'], view: DataView): void {
  for (const { name, offset, size } of layout.fields) {
    const field = given.get(name);
    if (field === undefined) {
      if (name === 'argsz') view.setUint32(offset, view.byteLength, true);
    } else if (field.kind === 'number') {
      put(view, offset, size, field.value);
    } else {
      put(view, offset, size, field.kind === 'file' ? BigInt(agent.fd(field.file)) : agent.address(field.address));
    }
  }
}

function structBuffer(agent: Agent, layout: Layout, { fields, data, room }: StructArgument): UserBuffer {
  const follows = data.reduce((sum, piece) => sum + sizeOf(piece), 0);
  const buffer = new UserBuffer(new Uint8Array(layout.size + follows + (room ?? 0)));
  putFields(agent, layout, fields, buffer.view);
  putData(agent, data, buffer.view, layout.size);
  return buffer;
}

/** Builds the argument as the recording's programs did: fields that are not given are 0, `argsz` is the whole size. */
export function marshalIoctl(agent: Agent, { request, argument }: IoctlCall): MarshalledIoctl {
  const ioctl = typeof request === 'string' ? ioctls.get(request) : undefined;
  const number = typeof request === 'string' ? (ioctl?.number ?? 0) : request;
  const plain = (value: UserArgument): MarshalledIoctl => ({
    request: number,
    argument: value,
    layout: null,
  });
  switch (argument.kind) {
    case 'value':
      return plain(argument.value);
    case 'bad pointer':
      return plain(badPointer);
    case 'string':
      return plain(UserBuffer.ofString(argument.text));
    case 'file': {
      const buffer = new UserBuffer(new Uint8Array(4));
      buffer.view.setInt32(0, agent.fd(argument.file), true);
      return plain(buffer);
    }
    case 'struct': {
      const layout = ioctl?.argument.kind === 'struct' ? (structNamed(ioctl.argument.struct) ?? null) : null;
      if (layout === null) return plain(0n);
      return { request: number, argument: structBuffer(agent, layout, argument), layout };
    }
  }
}
