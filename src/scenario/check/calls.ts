import { ioctls, type FileKind, type Ioctl } from '../../kernel';
import type {
  BindCall,
  Call,
  EchoCall,
  Expression,
  KillCall,
  ModprobeCall,
  NameReference,
  UnbindCall,
} from '../generated/ast';
import type { FunctionInfo, Scope } from '../names/scope';
import { signatures, usageOf, type ParameterKind, type Signature } from '../names/signatures';
import { unknownType, type StaticType } from '../names/types';
import { nearest } from '../names/words';
import type { ExpressionChecker } from './expressions';
import { capabilityNamed } from './process-options';

type ShellCall = EchoCall | BindCall | UnbindCall | ModprobeCall | KillCall;

/** What may stand for a parameter; unknown types always may. */
const accepted: Readonly<Record<ParameterKind, readonly StaticType['kind'][]>> = {
  file: ['file', 'integer'],
  integer: ['integer', 'boolean', 'file', 'null'],
  string: ['string', 'bdf'],
  path: ['string'],
  bdf: ['bdf', 'string'],
  bytes: ['bytes', 'array'],
  request: ['integer'],
  argument: ['integer', 'string', 'struct', 'file', 'bytes', 'bdf', 'null'],
  process: ['string'],
  capability: ['string'],
  any: ['integer', 'string', 'struct', 'file', 'bytes', 'bdf', 'null', 'boolean', 'array', 'object'],
};

const kindNames: Readonly<Record<ParameterKind, string>> = {
  file: 'a file',
  integer: 'a number',
  string: 'a string',
  path: 'a path in quotes',
  bdf: 'a PCI address such as 01:00.0',
  bytes: 'bytes, such as bytes("00ff")',
  request: 'the name of a request',
  argument: 'a structure, a number or a string',
  process: 'a process',
  capability: 'a capability',
  any: 'a value',
};

/** Checks calls: of the language's functions, the scenario's own, and those in the manner of a shell. */
export class CallChecker {
  constructor(private readonly expressions: ExpressionChecker) {}

  call(call: Call, scope: Scope): StaticType {
    if (call.callee?.$type !== 'NameReference') {
      if (call.callee !== undefined) this.expressions.problems.error(call.callee, 'only a name can be called');
      for (const argument of call.arguments) this.expressions.type(argument, scope, false);
      return unknownType;
    }
    const signature = signatures.get(call.callee.name);
    if (signature !== undefined) return this.known(call, signature, scope);
    for (const argument of call.arguments) this.expressions.type(argument, scope, false);
    const own = this.expressions.binder.functions.get(call.callee.name);
    if (own === undefined) this.unknown(call.callee);
    else this.count(call, own);
    return unknownType;
  }

  shell(call: ShellCall, scope: Scope, _inspect: boolean): StaticType {
    switch (call.$type) {
      case 'EchoCall':
        this.expect(
          call.text,
          this.expressions.type(call.text, scope, true),
          ['string', 'integer', 'bdf'],
          'echo',
          'a string',
        );
        this.expect(call.path, this.expressions.type(call.path, scope, false), ['string'], 'echo', 'a path in quotes');
        break;
      case 'BindCall':
      case 'UnbindCall':
        this.expect(
          call.device,
          this.expressions.type(call.device, scope, false),
          ['bdf', 'string'],
          call.$type === 'BindCall' ? 'bind' : 'unbind',
          'a PCI address such as 01:00.0',
        );
        break;
      case 'KillCall':
        if (call.process !== undefined && !this.expressions.binder.processNames.has(call.process)) {
          this.expressions.problems.error(call, `there is no process ${call.process}`);
        }
        break;
      case 'ModprobeCall':
        break;
    }
    return { kind: 'integer' };
  }

  private unknown(callee: NameReference): void {
    const near = nearest(callee.name, [...this.expressions.binder.functions.keys(), ...signatures.keys()]);
    this.expressions.problems.error(
      callee,
      `there is no function ${callee.name}`,
      near === undefined ? undefined : `did you mean ${near}?`,
    );
  }

  private count(call: Call, { name, parameters }: FunctionInfo): void {
    if (call.arguments.length === parameters.length) return;
    const wanted = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`;
    this.expressions.problems.error(
      call,
      `${name} takes ${wanted}, not ${call.arguments.length}`,
      `it is declared as ${name}(${parameters.map((parameter) => parameter.name).join(', ')})`,
    );
  }

  private known(call: Call, signature: Signature, scope: Scope): StaticType {
    const { parameters, name } = signature;
    const least = parameters.filter((parameter) => !parameter.optional).length;
    if (call.arguments.length < least || call.arguments.length > parameters.length) {
      this.expressions.problems.error(
        call,
        `${name} takes ${parameters.length === least ? '' : `${least} to `}${parameters.length} arguments, not ${call.arguments.length}`,
        `write ${usageOf(signature)}`,
      );
    }
    if (name === 'ioctl') return this.ioctl(call, scope);
    if (name === 'dmesg') this.expressions.binder.looksAtCalls = true;
    call.arguments.forEach((argument, index) =>
      this.argument(argument, parameters[index]?.kind ?? 'any', signature, scope),
    );
    return this.result(call, signature);
  }

  private argument(argument: Expression, kind: ParameterKind, { name }: Signature, scope: Scope): void {
    if (kind === 'capability' && argument.$type === 'NameReference' && scope.find(argument.name) === undefined) {
      if (capabilityNamed(argument.name) === undefined)
        this.expressions.problems.error(argument, `there is no capability ${argument.name}`, 'for example ipc_lock');
      return;
    }
    const type = this.expressions.type(argument, scope, kind === 'integer' || kind === 'any');
    this.expect(argument, type, accepted[kind], name, kindNames[kind]);
  }

  private expect(
    node: Expression | undefined,
    type: StaticType,
    kinds: readonly StaticType['kind'][],
    name: string,
    wanted: string,
  ): void {
    if (node === undefined || type.kind === 'unknown' || kinds.includes(type.kind)) return;
    this.expressions.problems.error(node, `${name} takes ${wanted} here`);
  }

  private result(call: Call, { name, result }: Signature): StaticType {
    switch (result) {
      case 'any':
        return unknownType;
      case 'file':
        return { kind: 'file', of: this.fileKind(call, name) };
      default:
        return { kind: result };
    }
  }

  private fileKind(call: Call, name: string): Extract<StaticType, { kind: 'file' }>['of'] {
    if (name === 'eventfd') return 'eventfd';
    const [path] = call.arguments;
    if (name === 'dup') return path?.$type === 'NameReference' ? this.kindOfFile(path) : undefined;
    if (path?.$type === 'Call')
      return path.callee.$type === 'NameReference' && path.callee.name === 'group_of' ? 'group' : undefined;
    if (path?.$type !== 'StringLiteral') return undefined;
    if (path.text === '/dev/vfio/vfio') return 'container';
    return path.text.startsWith('/dev/vfio/') ? 'group' : undefined;
  }

  /** What kind of file a variable holds. */
  private kindOfFile(node: NameReference): FileKind | 'eventfd' | undefined {
    const target = this.expressions.binder.targets.get(node);
    return target?.kind === 'variable' && target.variable.type.kind === 'file' ? target.variable.type.of : undefined;
  }

  private ioctl(call: Call, scope: Scope): StaticType {
    const [file, request, argument] = call.arguments;
    const fileType = this.expressions.type(file, scope, false);
    if (file !== undefined) this.expect(file, fileType, accepted.file, 'ioctl', 'a file');
    const ioctl = this.request(request, scope);
    if (ioctl === undefined) {
      this.expressions.type(argument, scope, false);
      return unknownType;
    }
    this.checkFile(call, ioctl, fileType);
    this.ioctlArgument(argument, ioctl, scope);
    if (ioctl.makesFile) return { kind: 'file', of: ioctl.name === 'VFIO_GROUP_GET_DEVICE_FD' ? 'device' : undefined };
    return ioctl.argument.kind === 'struct' ? { kind: 'struct', name: ioctl.argument.struct } : { kind: 'integer' };
  }

  private request(request: Expression | undefined, scope: Scope): Ioctl | undefined {
    if (request?.$type === 'NameReference' && scope.find(request.name) === undefined) {
      const ioctl = ioctls.get(request.name);
      if (ioctl !== undefined) {
        this.expressions.binder.targets.set(request, { kind: 'constant', value: BigInt(ioctl.number) });
        return ioctl;
      }
      const near = nearest(request.name, ioctls.keys());
      if (near !== undefined) {
        this.expressions.problems.error(request, `there is no request ${request.name}`, `did you mean ${near}?`);
        return undefined;
      }
    }
    this.expressions.type(request, scope, false);
    return undefined;
  }

  private checkFile(call: Call, ioctl: Ioctl, type: StaticType): void {
    if (type.kind !== 'file' || type.of === undefined || type.of === ioctl.file) return;
    this.expressions.problems.warning(
      call.arguments[0] ?? call,
      `${ioctl.name} is a request to a ${ioctl.file}, and this is ${type.of === 'eventfd' ? 'an' : 'a'} ${type.of}`,
      'the kernel will not know it, or take it for another request',
    );
  }

  private ioctlArgument(argument: Expression | undefined, ioctl: Ioctl, scope: Scope): void {
    if (argument === undefined) return;
    if (argument.$type === 'StructLiteral' && ioctl.argument.kind === 'struct') {
      this.expressions.struct(argument, ioctl.argument.struct, scope);
      return;
    }
    const type = this.expressions.type(argument, scope, false);
    this.expect(argument, type, accepted.argument, 'ioctl', kindNames.argument);
    if (argument.$type === 'StructLiteral')
      this.expressions.problems.error(argument, `${ioctl.name} takes no structure`, argumentHint(ioctl));
  }
}

function argumentHint({ argument }: Ioctl): string {
  switch (argument.kind) {
    case 'none':
      return 'it takes no argument';
    case 'value':
      return 'it takes a number';
    case 'string':
      return 'it takes a string';
    case 'int pointer':
      return argument.file ? 'it takes a pointer to a file: &container' : 'it takes a pointer to a number: &value';
    case 'struct':
      return `it takes struct ${argument.struct}`;
  }
}
