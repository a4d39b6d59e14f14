import type { DebugProtocol } from '@vscode/debugprotocol';
import { parseMemoryReference, valueItem, writeMemory } from '../../debugger';
import { toBytes } from '../base64';
import type { Context } from '../context';
import { Failure } from '../failure';
import type { Run } from '../run';
import { reference } from './looking';

type Body<R extends DebugProtocol.Response> = R['body'];

/** Requests that change the course of things. In the past they fork it, after a notice. */
export function changingHandlers(context: Context) {
  const assign = (
    present: Run,
    expression: string,
    value: string,
    frame?: number,
  ): Body<DebugProtocol.SetVariableResponse> => {
    present.perform(`${expression} = ${value}`, frame);
    const item = valueItem('', present.engine.evaluate(expression, present.stack.scenarioFrameOf(frame)), expression);
    return {
      value: item.value,
      ...(item.type === undefined ? {} : { type: item.type }),
      ...reference(present, item.children),
    };
  };
  return {
    setVariable({
      variablesReference,
      name,
      value,
    }: DebugProtocol.SetVariableArguments): Body<DebugProtocol.SetVariableResponse> {
      const present = context.standing;
      const item = present.item(variablesReference, name);
      if (item?.expression === undefined) {
        throw new Failure(
          `${name} belongs to the kernel or the machine: make a call that changes it, such as !ioctl(…)`,
        );
      }
      return assign(present, item.expression, value, present.variables.get(variablesReference)?.frame);
    },
    setExpression({
      expression,
      value,
      frameId,
    }: DebugProtocol.SetExpressionArguments): Body<DebugProtocol.SetExpressionResponse> {
      return assign(context.standing, expression, value, frameId);
    },
    writeMemory({
      memoryReference,
      offset = 0,
      data,
      allowPartial,
    }: DebugProtocol.WriteMemoryArguments): Body<DebugProtocol.WriteMemoryResponse> {
      const present = context.standing;
      const place = parseMemoryReference(memoryReference);
      if (place === undefined) throw new Failure(`${memoryReference} is no memory reference`);
      const bytes = toBytes(data);
      const target = { space: place.space, address: place.address + BigInt(offset) };
      let written = 0;
      present.intervene(`write ${memoryReference}`, () => {
        const kernel = present.engine.liveKernel;
        if (kernel !== null) written = writeMemory(kernel, target, bytes);
      });
      if (written < bytes.length && allowPartial !== true) {
        throw new Failure(`Only ${written} of ${bytes.length} bytes could be written: the rest is no memory`);
      }
      return { bytesWritten: written };
    },
  };
}
