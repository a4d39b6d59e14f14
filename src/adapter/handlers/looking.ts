import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  containersOf,
  explanationText,
  groupsOf,
  parseMemoryReference,
  readMemory,
  tokensOf,
  type Children,
  type Item,
} from '../../debugger';
import { fromBytes } from '../base64';
import { completionsFor } from '../completions';
import type { Context } from '../context';
import { evaluateFor } from '../console';
import { Failure } from '../failure';
import type { CustomRequests, LastWriteAnswer } from '../requests';
import type { Run } from '../run';

type Body<R extends DebugProtocol.Response> = R['body'];

/** Requests that only look. */
export function lookingHandlers(context: Context) {
  const view = <T>(read: (run: Run) => T): T => {
    const present = context.standing;
    return present.engine.inspect(() => read(present));
  };
  return {
    threads(): Body<DebugProtocol.ThreadsResponse> {
      const { run } = context;
      return { threads: run === null || run.engine.running ? [{ id: 1, name: 'scenario' }] : run.stack.list() };
    },
    stackTrace({
      threadId,
      startFrame = 0,
      levels = 0,
    }: DebugProtocol.StackTraceArguments): Body<DebugProtocol.StackTraceResponse> {
      const frames = context.standing.stack.of(threadId);
      const end = levels === 0 ? frames.length : startFrame + levels;
      return { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length };
    },
    scopes({ frameId }: DebugProtocol.ScopesArguments): Body<DebugProtocol.ScopesResponse> {
      const present = context.standing;
      const scopes = present.stack.scopes(frameId);
      return {
        scopes: scopes.map(({ name, hint, expensive, children }) => ({
          name,
          expensive,
          ...(hint === undefined ? {} : { presentationHint: hint }),
          ...reference(present, children, frameId),
        })),
      };
    },
    variables({
      variablesReference,
      start = 0,
      count = 0,
      filter,
    }: DebugProtocol.VariablesArguments): Body<DebugProtocol.VariablesResponse> {
      const present = context.standing;
      const shown = present.variables.get(variablesReference);
      if (shown === undefined) throw new Failure('This was shown at an earlier stop');
      const { children, frame } = shown;
      const numbered = children.indexed !== undefined;
      if ((filter === 'indexed') !== numbered && filter !== undefined) return { variables: [] };
      const page = { start, count: count === 0 ? Number.MAX_SAFE_INTEGER : count };
      const items = present.engine.inspect(() => children.read(page));
      present.remember(variablesReference, items);
      return { variables: items.map((item) => variableOf(present, item, frame)) };
    },
    evaluate(args: DebugProtocol.EvaluateArguments): Body<DebugProtocol.EvaluateResponse> {
      const present = context.standing;
      const item = evaluateFor(present, args);
      const { value, type, memory } = item;
      return {
        result: value,
        ...(type === undefined ? {} : { type }),
        ...(memory === undefined ? {} : { memoryReference: memory }),
        ...reference(present, item.children, args.frameId),
      };
    },
    completions(args: DebugProtocol.CompletionsArguments): Body<DebugProtocol.CompletionsResponse> {
      return { targets: completionsFor(context.standing, args, context.origin) };
    },
    source({ source, sourceReference }: DebugProtocol.SourceArguments): Body<DebugProtocol.SourceResponse> {
      const content = context.started.stack.document(source?.sourceReference ?? sourceReference);
      if (content === undefined) throw new Failure('This document belongs to an earlier run');
      return { content, mimeType: 'text/plain' };
    },
    readMemory({
      memoryReference,
      offset = 0,
      count,
    }: DebugProtocol.ReadMemoryArguments): Body<DebugProtocol.ReadMemoryResponse> {
      const present = context.standing;
      const place = parseMemoryReference(memoryReference);
      const { kernel } = present.engine;
      if (place === undefined || kernel === null) throw new Failure(`${memoryReference} is no memory reference`);
      const address = place.address + BigInt(offset);
      const size = Math.min(Math.max(0, count), mostBytes);
      const { bytes, unreadable } = readMemory(kernel, { space: place.space, address }, size);
      present.memory.looked(memoryReference, offset, bytes.length);
      return {
        address: `0x${address.toString(16)}`,
        ...(bytes.length === 0 ? {} : { data: fromBytes(bytes) }),
        ...(unreadable === 0 ? {} : { unreadableBytes: unreadable }),
      };
    },
    'vfioLab/iommuGroups': (): CustomRequests['vfioLab/iommuGroups']['answer'] =>
      view(({ engine }) => groupsOf(engine)),
    'vfioLab/dmaMappings': (
      args: CustomRequests['vfioLab/dmaMappings']['arguments'],
    ): CustomRequests['vfioLab/dmaMappings']['answer'] => view(({ engine }) => containersOf(engine, args)),
    'vfioLab/vfTokens': (): CustomRequests['vfioLab/vfTokens']['answer'] => view(({ engine }) => tokensOf(engine)),
    'vfioLab/lastWrite': (args: CustomRequests['vfioLab/lastWrite']['arguments']): LastWriteAnswer =>
      view((run) => run.lastWrite(args)),
    'vfioLab/why': (): CustomRequests['vfioLab/why']['answer'] => {
      const explanation = context.standing.engine.why();
      return { text: explanation === undefined ? null : explanationText(explanation) };
    },
  };
}

/** Bytes that one readMemory gives at most. */
const mostBytes = 1024 * 1024;

function variableOf(
  present: Run,
  { name, value, type, expression, children, memory }: Item,
  frame: number | undefined,
): DebugProtocol.Variable {
  return {
    name,
    value,
    ...(type === undefined ? {} : { type }),
    ...(expression === undefined ? {} : { evaluateName: expression }),
    ...(memory === undefined ? {} : { memoryReference: memory }),
    ...reference(present, children, frame),
  };
}

/** A number under which the client can ask for what lies below. */
export function reference(
  run: Run,
  children: Children | undefined,
  frame?: number,
): { variablesReference: number; indexedVariables?: number; namedVariables?: number } {
  if (children === undefined) return { variablesReference: 0 };
  return {
    variablesReference: run.variables.add({ children, frame }),
    ...(children.indexed === undefined ? {} : { indexedVariables: children.indexed }),
    ...(children.named === undefined ? {} : { namedVariables: children.named }),
  };
}
