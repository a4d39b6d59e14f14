// docs/gallery.md lists the examples by theme: what each one teaches, from its opening comment.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './project.mjs';

const page = join(root, 'docs/gallery.md');

/** Where the list stands in the page; everything else is written by hand. */
const listMarks = /(<!-- examples: .* -->\n)[\s\S]*(<!-- end of examples -->)/;

/** Folders of examples, in the order of the page. One that is missing here comes last, by its name. */
const themes = new Map([
  ['.', 'Start here'],
  ['first-steps', 'First steps'],
  ['tokens', 'VF tokens'],
  ['interrupts', 'Interrupts'],
  ['dma', 'DMA by a device'],
  ['reset', 'Resets'],
  ['programs', 'Call orders of real programs'],
  ['problems', 'Problems that VFIO users meet'],
  ['changes', 'Changes of the kernel, taken back'],
]);

/** `// bind.vfio: giving a device …` says that the file is about giving a device … */
function aboutOf(file) {
  const [first = ''] = readFileSync(join(root, 'examples', file), 'utf8').split('\n');
  if (!first.startsWith('// '))
    throw new Error(`examples/${file} does not begin with a comment that tells what it shows`);
  return first.slice('// '.length).replace(`${basename(file)}: `, '');
}

function theme(folder, files) {
  const items = files.map((file) => `- [${basename(file, '.vfio')}](../examples/${file}): ${aboutOf(file)}\n`);
  return `\n### ${themes.get(folder) ?? folder}\n\n${items.join('')}`;
}

/** The page with a list of the examples that there are now. */
export function galleryPage() {
  const text = readFileSync(page, 'utf8');
  if (!listMarks.test(text)) throw new Error('docs/gallery.md has no place for the list of examples');
  const files = globSync('**/*.vfio', { cwd: join(root, 'examples') }).map((file) => file.replaceAll('\\', '/'));
  const folders = Map.groupBy(files.sort(), (file) => dirname(file));
  const order = [...new Set([...themes.keys(), ...[...folders.keys()].sort()])];
  const list = order.flatMap((folder) => (folders.has(folder) ? [theme(folder, folders.get(folder))] : [])).join('');
  return text.replace(listMarks, (_, begin, end) => `${begin}${list}\n${end}`);
}

export function writeGallery() {
  writeFileSync(page, galleryPage());
}

if (process.argv[1] === import.meta.filename) writeGallery();
