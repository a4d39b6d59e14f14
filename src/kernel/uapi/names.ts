import * as constants from './constants';
import { ioctls } from './ioctls';
import * as system from './system';

/** Every number of the ABI by its name: constants of VFIO, requests of its ioctls, flags of `open` and `mmap`. */
export const constantValues: ReadonlyMap<string, number> = new Map([
  ...Object.entries({ ...constants, ...system }).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  ),
  ...[...ioctls.values()].map(({ name, number }): [string, number] => [name, number]),
]);
