import type { Dump } from './dump';

/** A bus whose devices are listed under a column of the drawing. */
interface OpenBus {
  readonly column: number;
  readonly domain: string;
  readonly bus: string;
  readonly bridge: string | undefined;
}

const root = /\[([0-9a-f]{4,8}):([0-9a-f]{2})(?:-[0-9a-f]{2})?\]/iy;
const behind = /-\[([0-9a-f]{2})(?:-[0-9a-f]{2})?\]/iy;
const device = /([0-9a-f]{2})\.([0-7])/iy;

/**
 * Reads the tree that `lspci -tv` draws: each `+` or `\` hangs on the bus that was opened above it in the same column.
 */
export class TreeReader {
  private open: OpenBus[] = [];

  constructor(private readonly dump: Dump) {}

  /** @returns whether the line was part of a tree */
  read(text: string, line: number): boolean {
    const start = /^[\s|]*(?:[-+\\]-)?-?\[[0-9a-f]{4,8}:[0-9a-f]{2}/i.test(text);
    const goesOn = this.open.length > 0 && /^[\s|]+[+\\]-/.test(text);
    if (!start && !goesOn) return false;
    if (start) this.open = [];
    this.line(text, line);
    return true;
  }

  private line(text: string, line: number): void {
    let at = 0;
    let bus: OpenBus | undefined;
    let last: string | undefined;
    while (at < text.length) {
      const character = text[at]!;
      if (character === '+' || character === '\\') {
        bus = this.branch(at, bus);
        at++;
        continue;
      }
      const found = this.part(text, at, bus, last, line);
      if (found === undefined) {
        at++;
        continue;
      }
      ({ bus, last } = found);
      at = found.end;
      const rest = /^ {2}(\S.*)$/.exec(text.slice(at));
      if (rest !== null && last !== undefined) {
        this.describe(last, rest[1]!);
        return;
      }
    }
  }

  /** The first branch of a bus fixes its column; the others find it there. */
  private branch(column: number, opened: OpenBus | undefined): OpenBus | undefined {
    const known = this.open.find((bus) => bus.column === column);
    if (opened === undefined) return known;
    this.open = [...this.open.filter((bus) => bus.column < column), { ...opened, column }];
    return opened;
  }

  private part(
    text: string,
    at: number,
    bus: OpenBus | undefined,
    last: string | undefined,
    line: number,
  ): { bus: OpenBus | undefined; last: string | undefined; end: number } | undefined {
    const match = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at;
      return pattern.exec(text);
    };
    const top = match(root);
    if (top !== null) {
      return {
        bus: { column: -1, domain: top[1]!, bus: top[2]!, bridge: undefined },
        last: undefined,
        end: at + top[0].length,
      };
    }
    const below = match(behind);
    if (below !== null && bus !== undefined && last !== undefined) {
      const bridge = this.dump.at(last, line);
      bridge.header = 1;
      bridge.secondaryBus ??= parseInt(below[1]!, 16);
      return {
        bus: { column: -1, domain: bus.domain, bus: below[1]!, bridge: last },
        last: undefined,
        end: at + below[0].length,
      };
    }
    const one = match(device);
    if (one === null || bus === undefined) return undefined;
    const bdf = `${bus.domain}:${bus.bus}:${one[1]!}.${one[2]!}`.toLowerCase();
    const fn = this.dump.at(bdf, line);
    if (bus.bridge !== undefined) fn.parent ??= bus.bridge;
    return { bus, last: bdf, end: at + one[0].length };
  }

  private describe(bdf: string, words: string): void {
    const fn = this.dump.functions.get(bdf)!;
    fn.description ??= words;
    const id = /\[([0-9a-f]{4}):([0-9a-f]{4})\]/i.exec(words);
    if (id === null) return;
    fn.vendor ??= parseInt(id[1]!, 16);
    fn.device ??= parseInt(id[2]!, 16);
  }
}
