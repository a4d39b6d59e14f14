import type { DebugProtocol } from '@vscode/debugprotocol';
import { filters } from '../debugger';

type Declared = {
  [C in keyof DebugProtocol.Capabilities]: NonNullable<DebugProtocol.Capabilities[C]> extends boolean ? C : never;
}[keyof DebugProtocol.Capabilities] &
  string;

/**
 * Each capability with the requests that a client may send because of it. The session's handlers must hold all of
 * them; a test compares.
 */
export const capabilityRequests = {
  supportsConfigurationDoneRequest: ['configurationDone'],
  supportsFunctionBreakpoints: ['setFunctionBreakpoints'],
  supportsConditionalBreakpoints: ['setBreakpoints', 'setFunctionBreakpoints'],
  supportsHitConditionalBreakpoints: ['setBreakpoints', 'setFunctionBreakpoints'],
  supportsLogPoints: ['setBreakpoints'],
  supportsExceptionFilterOptions: ['setExceptionBreakpoints'],
  supportsExceptionInfoRequest: ['exceptionInfo'],
  supportsEvaluateForHovers: ['evaluate'],
  supportsClipboardContext: ['evaluate'],
  supportsStepBack: ['stepBack', 'reverseContinue'],
  supportsBreakpointLocationsRequest: ['breakpointLocations'],
  supportsDelayedStackTraceLoading: ['stackTrace'],
  supportsDataBreakpoints: ['dataBreakpointInfo', 'setDataBreakpoints'],
  supportsDataBreakpointBytes: ['dataBreakpointInfo'],
  supportsSetVariable: ['setVariable'],
  supportsSetExpression: ['setExpression'],
  supportsGotoTargetsRequest: ['gotoTargets', 'goto'],
  supportsRestartFrame: ['restartFrame'],
  supportsReadMemoryRequest: ['readMemory'],
  supportsWriteMemoryRequest: ['writeMemory'],
  supportsCompletionsRequest: ['completions'],
  supportsRestartRequest: ['restart'],
  supportsTerminateRequest: ['terminate'],
} as const satisfies Partial<Record<Declared, readonly string[]>>;

/** The answer to `initialize`. */
export function capabilities(): DebugProtocol.Capabilities {
  const declared: DebugProtocol.Capabilities = {};
  for (const name of Object.keys(capabilityRequests) as (keyof typeof capabilityRequests)[]) declared[name] = true;
  declared.completionTriggerCharacters = ['!', '.', '(', ' '];
  declared.exceptionBreakpointFilters = filters.map(({ id, label, description, on, conditionDescription }) => ({
    filter: id,
    label,
    description,
    default: on,
    supportsCondition: conditionDescription !== undefined,
    ...(conditionDescription === undefined ? {} : { conditionDescription }),
  }));
  return declared;
}
