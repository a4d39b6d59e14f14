import { FileValue, kindOf, type Value } from '../value';
import type { Execution } from './execution';
import { ValueError } from './operators';

/** No process has a descriptor of this number. */
const invalid = -1;

/** The descriptor to hand to the kernel; that of a failed call is invalid. */
export function descriptorOf(x: Execution, value: Value): number {
  if (value instanceof FileValue) {
    const { name } = x.caller;
    if (value.process !== name) {
      throw new ValueError(
        `this file is open in process ${value.process}, not in ${name}`,
        'descriptors belong to their process; the bare number is file.fd',
      );
    }
    return value.fd < 0 ? invalid : value.fd;
  }
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  if (value === null) return invalid;
  throw new ValueError(`a file is expected, not ${kindOf(value)}`);
}
