import type { PciFunction } from './pci-function';
import { frameSize } from './physical-memory';
import { command, register } from './registers';

/** What a DMA read brought. */
export interface DmaRead {
  /** Pages that could not be read are zero. */
  readonly bytes: Uint8Array;
  /** Whether all of it could be read. */
  readonly complete: boolean;
}

export function dmaRead(fn: PciFunction, iova: bigint, length: number): DmaRead {
  const bytes = new Uint8Array(length);
  const complete = eachPage(fn, iova, length, false, (address, done, count) => {
    bytes.set(fn.machine.memory.read(address, count), done);
  });
  return { bytes, complete };
}

export function dmaWrite(fn: PciFunction, iova: bigint, bytes: Uint8Array): boolean {
  return eachPage(fn, iova, bytes.length, true, (address, done, count) => {
    fn.machine.memory.write(address, bytes.subarray(done, done + count));
  });
}

/** One transfer: pages that fault are passed over, and only the first of them is reported. */
function eachPage(
  fn: PciFunction,
  iova: bigint,
  length: number,
  write: boolean,
  act: (address: number, done: number, count: number) => void,
): boolean {
  if ((fn.config.read(register.command, 2) & command.busMaster) === 0) return length === 0;
  let complete = true;
  for (let done = 0; done < length;) {
    const at = BigInt.asUintN(64, iova + BigInt(done));
    const count = Math.min(length - done, frameSize - Number(at & 0xfffn));
    const address = fn.machine.busAddress(fn, at, write, complete);
    if (address >= 0) act(address, done, count);
    else complete = false;
    done += count;
  }
  return complete;
}
