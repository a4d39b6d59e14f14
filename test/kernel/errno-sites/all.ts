import type { ErrnoCase } from './case';
import { core } from './core';
import { device } from './device';
import { interrupts } from './interrupts';
import { mdev } from './mdev';
import { type1 } from './type1';

/** All cases, by the part of the kernel whose sites they reach. */
export const cases: Readonly<Record<string, readonly ErrnoCase[]>> = { core, type1, device, interrupts, mdev };
