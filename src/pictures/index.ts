export type {
  AcsState,
  EntrySize,
  FaultSnapshot,
  IovaSnapshot,
  MappingSnapshot,
  PageRange,
  PicturePlace,
  ReservedSnapshot,
  TimelineEvent,
  TimelineKind,
  TimelineSnapshot,
  TopologyFunction,
  TopologyGroup,
  TopologyKind,
  TopologySnapshot,
} from './snapshot';
export { iovaMap, type IovaMapOptions } from './iova/iova-map';
export { topology, type TopologyOptions } from './topology/topology';
export { timeline, type TimelineOptions } from './timeline/timeline';
export { pictureStyle, type Theme } from './theme';
