/**
 * What the adapter offers beyond the Debug Adapter Protocol: the requests behind the sidebar's trees and the events
 * that keep them fresh. Types only, so that the extension may import them.
 *
 * All reads are free of effects and speak of the moment that is shown, the past included. `changed` marks what differs
 * from the moment of the previous stop.
 */
import type {
  DmaMappingsAnswer,
  DmaMappingsArguments,
  IommuGroupsAnswer,
  SourcePlace,
  VfTokensAnswer,
} from '../debugger';
import type { PictureRequests } from './picture-requests';

export type { PictureAnswer, PictureArguments } from './picture-requests';
export type {
  SourcePlace,
  GroupDevice,
  IommuGroupItem,
  IommuGroupsAnswer,
  DmaMappingsArguments,
  DmaMappingItem,
  IovaRange,
  ReservedRange,
  ContainerItem,
  DmaMappingsAnswer,
  VfItem,
  PfItem,
  VfTokensAnswer,
} from '../debugger';

/** Arguments of a launch configuration of type `vfio`. */
export interface LaunchArguments {
  /** Path or URI of the scenario. */
  readonly program: string;
  /** Stop before the first statement. Default false. */
  readonly stopOnEntry?: boolean;
  /** Run only the `test` block of this name. */
  readonly test?: string;
  /** Keep no history: faster, but there is no way back. */
  readonly noHistory?: boolean;
  /** Stay at the end of the scenario, so that one can step back from there. Default false. */
  readonly stopAtEnd?: boolean;
  /** Run without breakpoints (`Run Without Debugging`). */
  readonly noDebug?: boolean;
}

/** Body of the event `vfioLab/changed`, sent after every stop: what is shown may be stale. */
export interface ChangedEvent {
  /** Number of statements behind the shown moment. */
  readonly position: number;
  /** Whether statements lie ahead that have already been run. */
  readonly past: boolean;
  /** For the status bar: `step 12 of 40`. */
  readonly text: string;
}

/** What is asked about: what was shown under a variables reference, or a row of a tree. */
export type LastWriteArguments =
  | { readonly variablesReference: number; readonly name: string }
  /** The mapping that covers an IOVA. */
  | { readonly container: number; readonly iova: string }
  | { readonly group: number }
  /** A device's driver. */
  | { readonly device: string }
  /** The VF token of a PF. */
  | { readonly token: string };

/** Who wrote a thing last. */
export interface LastWriteAnswer {
  /** In words: `qemu wrote it at maps.vfio:17 (step 12)`, or why nobody is known. */
  readonly text: string;
  /** The step, for `vfioLab/goto`; missing when nobody is known. */
  readonly step?: number;
  readonly source?: SourcePlace;
}

/** Names of the custom requests with their arguments and answers. */
export interface CustomRequests extends PictureRequests {
  'vfioLab/iommuGroups': { readonly arguments: Record<string, never>; readonly answer: IommuGroupsAnswer };
  'vfioLab/dmaMappings': { readonly arguments: DmaMappingsArguments; readonly answer: DmaMappingsAnswer };
  'vfioLab/vfTokens': { readonly arguments: Record<string, never>; readonly answer: VfTokensAnswer };
  /** Who set this. */
  'vfioLab/lastWrite': { readonly arguments: LastWriteArguments; readonly answer: LastWriteAnswer };
  /** Shows the moment before a step. */
  'vfioLab/goto': { readonly arguments: { readonly step: number }; readonly answer: object };
  /** Why the last calls went as they did; null when there is nothing to explain. */
  'vfioLab/why': { readonly arguments: Record<string, never>; readonly answer: { readonly text: string | null } };
  /** Steps that DAP has no request for. */
  'vfioLab/step': { readonly arguments: { readonly kind: 'backInto' | 'backOut' }; readonly answer: object };
}

/** Names of the custom events with their bodies. */
export interface CustomEvents {
  'vfioLab/changed': ChangedEvent;
}
