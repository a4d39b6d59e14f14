// Bundles the programs of the extension with esbuild into dist/.
//
//   node scripts/build.mjs              for development: readable, with source maps
//   node scripts/build.mjs --production minified, without source maps: what goes into the .vsix
//   node scripts/build.mjs --watch      builds again after each change
//
// `buildAll` is what npm start, npm test and the benches call.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { root } from './project.mjs';

/**
 * One bundle for each process that VS Code or a person starts: one file that Node loads at once, and
 * V8 compiles a function only when it is first called. What starts often gets a tiny file before it that
 * lets Node keep the compiled code (`starts`: the bundle beside it). The language client, twenty times as large as
 * the rest of the extension, is a file of its own, so that activation does not even read it.
 */
const bundles = [
  { entry: 'src/extension/main.ts', out: 'dist/extension.js', external: ['vscode', './language-client'] },
  { entry: 'src/extension/language-client.ts', out: 'dist/language-client.js', external: ['vscode'] },
  { entry: 'src/adapter/main.ts', out: 'dist/adapter-program.js' },
  { starts: 'adapter-program', out: 'dist/adapter.js' },
  // People wait for the command line, so it is always as small as it can be.
  { entry: 'src/cli/main.ts', out: 'dist/cli-program.js', small: true },
  { starts: 'cli-program', out: 'dist/cli.js', banner: '#!/usr/bin/env node' },
  { entry: 'src/language-server/main.ts', out: 'dist/language-server.js' },
];

/** The Node inside VS Code 1.100, the oldest editor that the extension installs into. */
const target = 'node20';

/** @param {{ production: boolean }} how */
function options({ entry, starts, out, external = [], banner, small = false }, { production }) {
  const minify = production || small;
  const first = `require('./scripts/compile-cache.cjs');\nrequire('./${starts}');`;
  return {
    absWorkingDir: root,
    ...(entry ? { entryPoints: [entry] } : { stdin: { contents: first, resolveDir: root } }),
    outfile: out,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target,
    external: starts ? [...external, `./${starts}`] : external,
    // import() of another bundle becomes require(), which finds it without its ending and knows "vscode".
    supported: { 'dynamic-import': false },
    banner: banner ? { js: banner } : {},
    // "module" first: some dependencies' "main" is UMD, which a bundler cannot see through.
    mainFields: ['module', 'main'],
    minify,
    // Names appear in what a person reads (classes in messages), so they stay.
    keepNames: true,
    sourcemap: minify ? false : 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/** The bundles whose entry file exists; throws with the names of those that are missing. */
function presentBundles() {
  const missing = bundles.filter(({ entry }) => entry && !existsSync(join(root, entry)));
  if (missing.length > 0) {
    throw new Error(`cannot build: missing ${missing.map(({ entry }) => entry).join(', ')}`);
  }
  return bundles;
}

/**
 * Builds every bundle from scratch. Files of an earlier build never survive, so that a source map
 * of a development build does not slip into a package.
 * @param {{ production?: boolean }} [how]
 */
export async function buildAll({ production = false } = {}) {
  const present = presentBundles();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(present.map((bundle) => esbuild.build(options(bundle, { production }))));
}

async function watch() {
  for (const bundle of presentBundles()) {
    const context = await esbuild.context({
      ...options(bundle, { production: false }),
      logLevel: 'info',
    });
    await context.watch();
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      production: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
    },
  });
  try {
    await (values.watch ? watch() : buildAll(values));
  } catch (error) {
    // esbuild has printed what it found; only our own words are new.
    console.error(error.errors ? 'build failed' : error.message);
    process.exitCode = 1;
  }
}
