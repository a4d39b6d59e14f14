// Writes the files that are made from others: the parser, the syntax tree's types and the TextMate
// grammar, all from the Langium grammar of the scenario language; docs/coverage.md from the tests; and the list in
// docs/gallery.md from the examples.
//
//   node scripts/generate.mjs

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeCoverage } from './coverage-kernel.mjs';
import { writeGallery } from './gallery.mjs';
import { runTool } from './processes.mjs';
import { root } from './project.mjs';

const langiumConfig = 'src/scenario/langium-config.json';

/** Everything that `generate` writes, as globs. */
const generated = ['src/scenario/generated/**/*', 'syntaxes/*', 'docs/coverage.md', 'docs/gallery.md'];

/** Generates in place. */
export async function generate() {
  if (!existsSync(join(root, langiumConfig))) throw new Error(`${langiumConfig} is missing`);
  const { code, output } = await runTool('langium-cli', ['generate', '--file', langiumConfig], {
    command: 'langium',
    quiet: true,
  });
  if (code !== 0) throw new Error(`langium generate failed:\n${output.trim()}`);
  await writeCoverage();
  writeGallery();
}

/** Path to content of every generated file that exists. */
function readGenerated() {
  const files = globSync(generated, { cwd: root }).filter((file) => statSync(join(root, file)).isFile());
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/**
 * Generates and tells which files were out of date or missing before. (`git diff` would also blame
 * a change that is right and only not committed yet.)
 */
export async function outdatedFiles() {
  const before = readGenerated();
  await generate();
  const after = readGenerated();
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file));
}

if (process.argv[1] === import.meta.filename) {
  try {
    await generate();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
