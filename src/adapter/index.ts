/** The Debug Adapter Protocol over the engine: for two streams, for a port, or inline in the extension host. */
export { capabilities, capabilityRequests } from './capabilities';
export { makeHandlers, type Handlers } from './handlers';
export type { AdapterHost } from './host';
export type * from './requests';
export { VfioDebugSession } from './session';
