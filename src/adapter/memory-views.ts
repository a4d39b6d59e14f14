import type { DebugProtocol } from '@vscode/debugprotocol';
import { parseMemoryReference, readMemory, type Engine } from '../debugger';

interface Look {
  readonly memoryReference: string;
  readonly offset: number;
  readonly count: number;
  /** What was there. */
  bytes: Uint8Array | null;
}

/** Places that are compared after each stop; a client that scrolls through memory asks for many. */
const mostLooks = 64;

/** Remembers which memory the client looks at, and tells when it has changed. */
export class MemoryViews {
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly engine: Engine,
    private readonly tell: (body: DebugProtocol.MemoryEvent['body']) => void,
  ) {}

  looked(memoryReference: string, offset: number, count: number): void {
    if (count === 0) return;
    const key = `${memoryReference} ${offset} ${count}`;
    this.looks.delete(key);
    const look: Look = { memoryReference, offset, count, bytes: null };
    look.bytes = this.read(look);
    this.looks.set(key, look);
    const [oldest] = this.looks.keys();
    if (this.looks.size > mostLooks && oldest !== undefined) this.looks.delete(oldest);
  }

  /** After a stop or a change. */
  refresh(): void {
    for (const look of this.looks.values()) {
      const bytes = this.read(look);
      if (same(bytes, look.bytes)) continue;
      look.bytes = bytes;
      const { memoryReference, offset, count } = look;
      this.tell({ memoryReference, offset, count });
    }
  }

  private read({ memoryReference, offset, count }: Look): Uint8Array | null {
    const place = parseMemoryReference(memoryReference);
    const { kernel } = this.engine;
    if (place === undefined || kernel === null) return null;
    try {
      return readMemory(kernel, { space: place.space, address: place.address + BigInt(offset) }, count).bytes;
    } catch {
      return null;
    }
  }
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a?.length === b?.length && (a === null || a.every((byte, i) => byte === b![i]));
}
