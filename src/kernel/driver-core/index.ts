export type { BusType } from './bus-type';
export { Device, devicePrefix, type BusName } from './device';
export type { Driver } from './driver';
export { anyId, DynamicIds, matchesId, parsePciId, type PciId } from './dynamic-ids';
