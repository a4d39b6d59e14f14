import { BlockedCall } from './blocking';
import type { Process } from './process';

/**
 * The kernel itself fails in a call of this process (an oops): the log says so, and the call never comes back. Locks
 * that the process held stay held.
 * @param address that was accessed, 16 hexadecimal digits
 */
export function oops(process: Process, address: string, reason: string): BlockedCall {
  const what = BigInt(`0x${address}`) < 4096n ? 'kernel NULL pointer dereference,' : 'unable to handle page fault for';
  return die(process, `BUG: ${what} address: ${address}`, reason);
}

/** The same for an address that no memory can have: poison that the kernel puts into links of what left a list. */
export function generalProtectionFault(process: Process, address: string, reason: string): BlockedCall {
  return die(process, `general protection fault, probably for non-canonical address 0x${address}`, reason);
}

/** `BUG_ON`: the kernel stops at a state that must not be. @param place `FILE:LINE` */
export function bug(process: Process, place: string): BlockedCall {
  return die(process, `kernel BUG at ${place}!`, 'a state that must not be');
}

function die(process: Process, what: string, reason: string): BlockedCall {
  const { log } = process.kernel;
  log.error(what);
  log.error('Call Trace: ');
  return new BlockedCall(
    process,
    `for ever: the kernel failed in its call (${reason})`,
    () => false,
    () => 0,
  );
}
