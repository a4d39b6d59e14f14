import { ioctlByNumber, ioctls, UserBuffer, type Capability, type StructName, type UserArgument } from '../../kernel';
import { parameterText } from '../check/machine';
import { capabilityNamed } from '../check/process-options';
import type { Expression } from '../generated/ast';
import { descriptorOf } from '../execution/descriptors';
import { addressOf } from '../execution/objects';
import { toInteger, ValueError } from '../execution/operators';
import { given, perform, type Give } from '../execution/perform';
import { bind, modprobe, unbind } from '../execution/shell';
import { encodeValue, StructEncoder } from '../execution/struct-encoder';
import { rangeOf, uriOf } from '../source';
import { Bdf, FileValue, kindOf, ObjectValue, StructValue, type Value } from '../value';
import type { Execution } from '../execution/execution';
import { directStruct, type Names } from './children';
import { constantOf } from './constants';
import { failure, guarded } from './failure';
import { looks } from './looks';
import type { CallSite, Evaluate } from './program';
import { systemCalls } from './system-calls';

/** A call of the language: in C's manner, in the shell's, or by its bare name. */
export function compileCall(node: Expression, parts: readonly Evaluate[], names: Names): Evaluate {
  switch (node.$type) {
    case 'Call':
      return node.callee.$type === 'NameReference' ? compileNamed(node, node.callee.name, parts, names) : never(node);
    case 'WordCall':
      return node.word.$type === 'NameReference' ? compileNamed(node, node.word.name, parts, names) : never(node);
    case 'NameReference':
      return compileNamed(node, node.name, parts, names);
    default:
      return compileShell(node, parts);
  }
}

function never(node: Expression): Evaluate {
  return () => {
    throw failure(node, 'only a name can be called');
  };
}

function compileNamed(node: Expression, name: string, parts: readonly Evaluate[], names: Names): Evaluate {
  if (name === 'ioctl') return compileIoctl(node as Expression & { $type: 'Call' }, parts, names);
  const look = looks.get(name);
  if (look !== undefined)
    return guarded(node, (x) =>
      look(
        x,
        parts.map((part) => part(x)),
      ),
    );
  const call = systemCalls.get(name);
  if (call === undefined) {
    return () => {
      throw failure(node, `there is no function ${name}`);
    };
  }
  const { make, give } = call;
  const site = siteOf(node, name);
  const literal = name === 'capdrop' && node.$type === 'Call' ? capabilityOf(node.arguments[0]) : undefined;
  return guarded(node, (x) => {
    const args = literal === undefined ? parts.map((part) => part(x)) : [literal];
    return given(
      perform(x, site, args, null, (process) => make(x, process, args)),
      give,
    );
  });
}

const capabilityOf = (node: Expression | undefined): Capability | undefined =>
  node?.$type === 'NameReference' ? capabilityNamed(node.name) : undefined;

export function siteOf(node: Expression, name: string, request?: string, struct?: StructName): CallSite {
  const path = pathIn(node);
  return {
    name,
    range: rangeOf(node),
    uri: uriOf(node),
    ...(request === undefined ? {} : { request }),
    ...(path === undefined ? {} : { path }),
    ...(struct === undefined ? {} : { struct }),
  };
}

/** A path that is written as it is. */
function pathIn(node: Expression): string | undefined {
  const written =
    node.$type === 'Call'
      ? node.arguments[0]
      : node.$type === 'WordCall'
        ? node.text
        : node.$type === 'EchoCall'
          ? node.path
          : undefined;
  return written?.$type === 'StringLiteral' && written.text.startsWith('/') ? written.text : undefined;
}

function compileShell(node: Expression, [first = constantNull, second = constantNull]: readonly Evaluate[]): Evaluate {
  switch (node.$type) {
    case 'EchoCall': {
      const { make } = systemCalls.get('echo')!;
      const site = siteOf(node, 'echo');
      return guarded(node, (x) => {
        const args = [first(x), second(x)];
        return given(
          perform(x, site, args, null, (process) => make(x, process, args)),
          'number',
        );
      });
    }
    case 'BindCall': {
      const { driver } = node;
      const site = siteOf(node, 'bind');
      return guarded(node, (x) => {
        const device = addressOf(first(x));
        return given(
          perform(x, site, [Bdf.parse(device), driver], null, (process) => bind(x, process, device, driver)),
          'number',
        );
      });
    }
    case 'UnbindCall': {
      const site = siteOf(node, 'unbind');
      return guarded(node, (x) => {
        const device = addressOf(first(x));
        return given(
          perform(x, site, [Bdf.parse(device)], null, (process) => unbind(x, process, device)),
          'number',
        );
      });
    }
    case 'ModprobeCall': {
      const site = siteOf(node, 'modprobe');
      const { module } = node;
      const parameters = node.parameters.map(({ name, value }) => [name, parameterText(value)] as const);
      return guarded(node, (x) =>
        given(
          perform(x, site, [module], null, (process) => modprobe(x, process, module, parameters)),
          'number',
        ),
      );
    }
    case 'KillCall': {
      const site = siteOf(node, 'kill');
      return guarded(node, (x) => kill(x, site, node.process));
    }
    default:
      return never(node);
  }
}

const constantNull: Evaluate = () => null;

function kill(x: Execution, site: CallSite, name: string): Value {
  const victim = x.kernel.processes.get(name);
  if (victim === undefined) throw new ValueError(`there is no process ${name} yet`);
  return given(
    perform(x, site, [name], null, () => x.syscalls.kill(victim)),
    'number',
  );
}

type IoctlNode = Expression & { $type: 'Call' };

function compileIoctl(node: IoctlNode, parts: readonly Evaluate[], names: Names): Evaluate {
  const [file = constantNull, request = constantNull, argument] = parts;
  const written = node.arguments[1];
  const named =
    written?.$type === 'NameReference' && names.targets.get(written)?.kind === 'constant'
      ? ioctls.get(written.name)
      : undefined;
  if (named === undefined) return compileNumberedIoctl(node, file, request, argument);
  const struct = named.argument.kind === 'struct' ? named.argument.struct : undefined;
  const site = siteOf(node, 'ioctl', named.name, struct);
  const make = compileArgument(node, struct, parts, names);
  const give: Give = named.makesFile ? 'file' : struct === undefined ? 'number' : 'struct';
  const { number } = named;
  const requestValue = BigInt(number);
  return guarded(node, (x) => {
    const fileValue = file(x);
    const fd = descriptorOf(x, fileValue);
    const user = make(x);
    const pointer = user instanceof UserBuffer;
    const buffer = struct !== undefined && pointer ? { struct, bytes: user.bytes } : null;
    const args = pointer
      ? [fileValue, requestValue, shownPointer(user, struct)]
      : argument === undefined
        ? [fileValue, requestValue]
        : [fileValue, requestValue, BigInt(user)];
    return given(
      perform(x, site, args, buffer, (process) => x.syscalls.ioctl(process, fd, number, user)),
      give,
    );
  });
}

/** What a pointer points to, for the call's text; structures are shown from their bytes. */
function shownPointer({ bytes }: UserBuffer, struct: StructName | undefined): Value {
  if (struct !== undefined) return null;
  return bytes.length === 4
    ? BigInt(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true))
    : new TextDecoder().decode(bytes).replace(/\0.*$/s, '');
}

/** A request that is a number, or in a variable: which ioctl it is shows when it is made. */
function compileNumberedIoctl(
  node: Expression,
  file: Evaluate,
  request: Evaluate,
  argument: Evaluate | undefined,
): Evaluate {
  const site = siteOf(node, 'ioctl');
  return guarded(node, (x) => {
    const fileValue = file(x);
    const fd = descriptorOf(x, fileValue);
    const number = Number(BigInt.asUintN(32, toInteger(request(x), 'the number of a request')));
    const ioctl = ioctlByNumber(number);
    const struct = ioctl?.argument.kind === 'struct' ? ioctl.argument.struct : undefined;
    const value = argument?.(x) ?? 0n;
    const user = argumentOf(x, struct, value);
    const buffer = struct !== undefined && user instanceof UserBuffer ? { struct, bytes: user.bytes } : null;
    const give: Give = ioctl?.makesFile ? 'file' : buffer === null ? 'number' : 'struct';
    return given(
      perform(x, site, [fileValue, BigInt(number), value], buffer, (process) =>
        x.syscalls.ioctl(process, fd, number, user),
      ),
      give,
    );
  });
}

/** The third argument; without one, a request that takes a structure gets one with all fields 0. */
function compileArgument(
  node: IoctlNode,
  struct: StructName | undefined,
  parts: readonly Evaluate[],
  names: Names,
): (x: Execution) => UserArgument {
  const written = node.arguments[2];
  const direct = directStruct(node, names);
  if (struct !== undefined && (written === undefined || direct !== undefined)) {
    const fields = direct?.fields ?? [];
    const values = parts.slice(2);
    try {
      const encoder = new StructEncoder(
        struct,
        fields.map(({ name }) => name),
        fields.map(({ value }) => constantOf(value, names)),
      );
      return (x) =>
        encoder.encode(
          x,
          values.map((part) => part(x)),
        );
    } catch (error) {
      const told = error instanceof ValueError ? failure(node, error.message, error.hint) : error;
      return () => {
        throw told;
      };
    }
  }
  const [, , argument] = parts;
  return argument === undefined ? () => 0 : (x) => argumentOf(x, struct, argument(x));
}

/** What the kernel gets for a value: a number as it is, everything else as a pointer to it. */
function argumentOf(x: Execution, struct: StructName | undefined, value: Value): UserArgument {
  if (typeof value === 'bigint') return value;
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return UserBuffer.ofString(value);
  if (value instanceof Bdf) return UserBuffer.ofString(value.text);
  // The descriptor itself: the mistake of those who forget the &.
  if (value instanceof FileValue) return descriptorOf(x, value);
  if (value instanceof Uint8Array) return new UserBuffer(value.slice());
  if (value instanceof StructValue) {
    const name = struct ?? (value.type === '' ? undefined : (value.type as StructName));
    if (name !== undefined) return encodeValue(x, name, value);
  }
  throw new ValueError(
    `ioctl takes a structure, a number or a string, not ${value instanceof ObjectValue ? value.description : kindOf(value)}`,
  );
}
