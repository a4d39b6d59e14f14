import { statSync } from 'node:fs';
import { vsixFile } from '../scripts/project.mjs';
import type { Measure } from './measurement';

/** What a person downloads. */
export const measure: Measure = () => [
  { what: 'size of the .vsix', value: statSync(vsixFile).size / 1024, unit: 'KiB', aim: '< 2048' },
];
