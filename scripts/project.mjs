// Where things are. Plain Node 20 built-ins only: npm start and npm test need this file before
// anything is installed.

import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const windows = process.platform === 'win32';

/** The top folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** All that the scripts fetch and unpack lies here; VFIO_LAB_CACHE lets several clones share it. */
export const cacheFolder = process.env.VFIO_LAB_CACHE ?? join(root, '.vscode-test');

/** The packed extension. */
export const vsixFile = join(root, 'vfio-lab.vsix');

/** The Node that all tools run on, from the dev dependency `node`. */
export const pinnedNode = join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node');

/** A PATH on which `node` is the pinned one, because tools start other tools by that name. */
export function pathWithPinnedNode() {
  return `${dirname(pinnedNode)}${delimiter}${process.env.PATH ?? ''}`;
}

/** The script behind a command of an installed package: `toolPath('langium-cli', 'langium')`. */
export function toolPath(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/** The file that starts when a person types `command`, or undefined. */
export function onPath(command) {
  const names = windows ? [`${command}.cmd`, `${command}.exe`] : [command];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}
