import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  parseMemoryReference,
  watchMemory,
  watchPlace,
  type Engine,
  type Item,
  type MemoryPlace,
  type Watch,
} from '../debugger';

/** What can be watched, under the id that the client gets for it. */
export interface Offer {
  readonly dataId: string;
  readonly label: string;
  /** Whether the id means the same in the next run. */
  readonly persists: boolean;
}

/** Bytes that are watched when the client does not say how many. */
const defaultBytes = 4;

/** Gives ids to what can be watched, and watches to ids. */
export class WatchIds {
  private readonly places = new Map<string, Watch>();
  private next = 1;

  constructor(
    private readonly engine: Engine,
    /** An item that was shown under a variables reference. */
    private readonly shown: (reference: number, name: string) => Item | undefined,
    /** The process whose memory a bare address means. */
    private readonly processOf: (frame: number | undefined) => string | null,
  ) {}

  /** Whether a variable, an address or a memory reference can be watched. */
  offer(args: DebugProtocol.DataBreakpointInfoArguments): Offer | { readonly problem: string } {
    const { variablesReference, name, bytes } = args;
    if (variablesReference !== undefined && variablesReference > 0) {
      const item = this.shown(variablesReference, name);
      if (item?.place !== undefined) return this.offerItem(item);
      const memory = item?.memory === undefined ? undefined : parseMemoryReference(item.memory);
      if (memory !== undefined) return this.offerMemory(memory, bytes ?? defaultBytes);
      return { problem: `${name} is worked out from other things: watch one of those` };
    }
    const memory = this.address(name, args.frameId);
    if (memory !== undefined) return this.offerMemory(memory, bytes ?? defaultBytes);
    return { problem: `${name} is neither a variable nor an address, such as 0x7f0000000000 or dma:00:04.0@0x100000` };
  }

  /** @returns undefined when the id is of an earlier run */
  watch(dataId: string): Watch | undefined {
    const known = this.places.get(dataId);
    if (known !== undefined) return known;
    const [, count, reference = ''] = /^(\d+) bytes at (.*)$/.exec(dataId) ?? [];
    const place = parseMemoryReference(reference);
    return place === undefined ? undefined : watchMemory(() => this.engine.liveKernel, place, Number(count));
  }

  private offerItem({ place, name }: Item): Offer {
    const watch = watchPlace(place!);
    const dataId = `${name}#${this.next++}`;
    this.places.set(dataId, watch);
    return { dataId, label: watch.label, persists: false };
  }

  private offerMemory(place: MemoryPlace, count: number): Offer {
    const watch = watchMemory(() => this.engine.liveKernel, place, count);
    return { dataId: watch.label, label: watch.label, persists: true };
  }

  /** `0x7f00…` in the frame's process, or a memory reference. */
  private address(text: string, frame: number | undefined): MemoryPlace | undefined {
    const reference = parseMemoryReference(text.replace(/^(dma|config|bar):(\d\d:)/i, '$1:0000:$2'));
    if (reference !== undefined) return reference;
    const name = this.processOf(frame);
    if (name === null) return undefined;
    if (/^(0x[0-9a-f]+|\d+)$/i.test(text.trim()))
      return { space: { space: 'user', name }, address: BigInt(text.trim()) };
    try {
      const value = this.engine.evaluate(text);
      return typeof value === 'bigint' && value > 0n ? { space: { space: 'user', name }, address: value } : undefined;
    } catch {
      return undefined;
    }
  }
}
