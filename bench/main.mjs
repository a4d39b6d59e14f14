// npm run bench: packs the extension as people get it, runs every bench/*.bench.ts in a process of
// its own, and prints one table.
//
//   npm run bench               all
//   npm run bench -- cli-start  only bench/cli-start.bench.ts

import { globSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { packVsix } from '../scripts/package.mjs';
import { runOrThrow } from '../scripts/processes.mjs';
import { step } from '../scripts/progress.mjs';
import { pathWithPinnedNode, pinnedNode, root } from '../scripts/project.mjs';

const compiled = join(root, 'test/artifacts/bench');
const nameOf = (file) => basename(file, '.bench.ts');

/** Bundles one bench; it stays inside the repository, where its packages can be found. */
async function compile(file) {
  const outfile = join(compiled, `${nameOf(file)}.mjs`);
  await esbuild.build({
    absWorkingDir: root,
    stdin: {
      contents: `import { measure } from './${file}';
process.stdout.write('\\n' + JSON.stringify(await measure()));`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    packages: 'external',
    plugins: [scriptsStayOutside],
    logLevel: 'warning',
  });
  return outfile;
}

/** The project's scripts find their folder by their own place, so they are not bundled. */
const scriptsStayOutside = {
  name: 'scripts-stay-outside',
  setup(build) {
    build.onResolve({ filter: /\.mjs$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      external: true,
    }));
  },
};

async function measure(file) {
  const program = await compile(file);
  const { stdout } = await runOrThrow(pinnedNode, ['--expose-gc', program], {
    env: { PATH: pathWithPinnedNode() },
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** "ok" or "MISSED" for a value that has an aim. */
function verdict({ value, aim }) {
  if (aim === undefined) return '';
  const [sign, limit] = aim.split(' ');
  const met = sign === '<' ? value < Number(limit) : value > Number(limit);
  return `${sign} ${number.format(Number(limit))}  ${met ? 'ok' : 'MISSED'}`;
}

function print(measurements) {
  const rows = measurements.map((measurement) => ({
    ...measurement,
    text: number.format(measurement.value),
  }));
  const width = (key) => Math.max(...rows.map((row) => row[key].length));
  console.log();
  for (const row of rows) {
    const cells = [row.what.padEnd(width('what')), row.text.padStart(width('text'))];
    console.log([...cells, row.unit.padEnd(width('unit')), verdict(row)].join('  ').trimEnd());
  }
}

const names = process.argv.slice(2);
const files = globSync('bench/*.bench.ts', { cwd: root })
  .sort()
  .filter((file) => names.length === 0 || names.includes(nameOf(file)));
try {
  rmSync(compiled, { recursive: true, force: true });
  await packVsix();
  const measurements = [];
  for (const file of files) {
    try {
      measurements.push(...(await step(`measuring ${nameOf(file)}`, () => measure(file))));
    } catch (error) {
      // The others are still worth their time.
      console.error(error.message);
      process.exitCode = 1;
    }
  }
  if (measurements.length > 0) print(measurements);
} catch (error) {
  console.error(error.errors ? 'build failed' : error.message);
  process.exitCode = 1;
}
