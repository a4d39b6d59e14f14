import { ioctls } from '../../kernel';
import type { Call, Expression } from '../generated/ast';
import { signatures } from '../names/signatures';
import type { CallName } from '../report';
import { childrenOf, type Names } from './children';

/** The kernel calls in an expression, in the order of the text. */
export function callNamesIn(node: Expression, names: Names): CallName[] {
  const inner = childrenOf(node, names).flatMap((child) => callNamesIn(child, names));
  const own = callName(node, names);
  return own === undefined ? inner : [...inner, own];
}

function callName(node: Expression, names: Names): CallName | undefined {
  switch (node.$type) {
    case 'EchoCall':
      return withPath('echo', node.path);
    case 'BindCall':
    case 'UnbindCall':
    case 'ModprobeCall':
    case 'KillCall':
      return { name: commands[node.$type] };
    case 'NameReference':
      return names.targets.get(node)?.kind === 'call' ? kernelCall(node.name, undefined) : undefined;
    case 'WordCall':
      return node.word.$type === 'NameReference' ? kernelCall(node.word.name, node.text) : undefined;
    case 'Call':
      return node.callee.$type === 'NameReference' ? namedCall(node, node.callee.name) : undefined;
    default:
      return undefined;
  }
}

const commands = { BindCall: 'bind', UnbindCall: 'unbind', ModprobeCall: 'modprobe', KillCall: 'kill' } as const;

function namedCall(node: Call, name: string): CallName | undefined {
  const [first, request] = node.arguments;
  if (name === 'ioctl' && request?.$type === 'NameReference' && ioctls.has(request.name)) {
    return { name, request: request.name };
  }
  return kernelCall(name, first);
}

function kernelCall(name: string, path: Expression | undefined): CallName | undefined {
  return signatures.get(name)?.kernel === true ? withPath(name, path) : undefined;
}

function withPath(name: string, path: Expression | undefined): CallName {
  return path?.$type === 'StringLiteral' && path.text.startsWith('/') ? { name, path: path.text } : { name };
}
