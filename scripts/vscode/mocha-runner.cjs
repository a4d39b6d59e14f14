// VS Code loads this file in the extension host and calls `run`. It runs the compiled tests with
// mocha and leaves the counts in a file: when an extension host dies, VS Code's window reports
// success all the same, so nothing but a written verdict counts.
//
//   VFIO_LAB_TESTS    the folder with the compiled tests
//   VFIO_LAB_VERDICT  the file for the counts

const { readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Mocha = require('mocha');

exports.run = async () => {
  // Stacks that name the lines of the .ts files.
  process.setSourceMapsEnabled(true);
  const folder = process.env.VFIO_LAB_TESTS;
  const mocha = new Mocha({ ui: 'tdd', timeout: 30_000, color: false, forbidOnly: true });
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith('.test.js')) mocha.addFile(join(folder, file));
  }
  const { stats } = await new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner));
  });
  const verdict = { passed: stats.passes, failed: stats.failures };
  writeFileSync(process.env.VFIO_LAB_VERDICT, JSON.stringify(verdict));
  if (stats.failures > 0) throw new Error(`${stats.failures} failed`);
};
