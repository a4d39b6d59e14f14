import type { DumpedFunction, ImportMessage } from './dumped-function';

/** No machine has more; a file with more is something else. */
const mostMessages = 200;

/** Everything that was read from one or more dumps of a machine. */
export class Dump {
  readonly functions = new Map<string, DumpedFunction>();
  readonly messages: ImportMessage[] = [];
  /** Groups were seen. */
  showsGroups = false;
  /** Devices were seen as sysfs shows them, with their links: a group would be one of them. */
  showsSysfs = false;

  /** The function of that address, known already or new. */
  at(bdf: string, line: number): DumpedFunction {
    let found = this.functions.get(bdf);
    if (found === undefined) {
      found = { bdf, line, virtualFunctions: new Set(), bars: new Map() };
      this.functions.set(bdf, found);
    }
    return found;
  }

  /** Puts a function into a group; another group than before is told. */
  putIntoGroup(bdf: string, group: number, line: number): void {
    this.showsGroups = true;
    const fn = this.at(bdf, line);
    if (fn.group !== undefined && fn.group !== group) {
      this.tell(line, `${bdf} is in IOMMU group ${group} here and in group ${fn.group} above: the first one is kept`);
    } else fn.group = group;
  }

  tell(line: number, text: string): void {
    if (this.messages.length < mostMessages) this.messages.push({ line, text });
    else if (this.messages.length === mostMessages)
      this.messages.push({ line, text: 'there is more that was not understood' });
  }
}

/** `0000:01:00.0` from `01:00.0`, `0000:01:00.0` or `10000:01:00.0`; undefined for what is no address. */
export function fullAddress(text: string): string | undefined {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i.exec(text);
  if (match === null) return undefined;
  const [, domain = '0000', bus, slot, fn] = match;
  return `${domain}:${bus!}:${slot!}.${fn!}`.toLowerCase();
}
