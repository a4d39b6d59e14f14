// npm start: from a fresh clone to VS Code with the extension and the examples in it.
//
//   npm start               the first VS Code that can be had: the one on the PATH, else a desktop
//                           VS Code that is fetched, else one in the browser
//   npm start -- --browser  the one in the browser at once

import { setUp } from './set-up.mjs';

const known = ['--browser'];
const args = process.argv.slice(2);

if (args.some((arg) => !known.includes(arg))) {
  console.error('usage: npm start [-- --browser]');
  process.exitCode = 2;
} else {
  try {
    if (await setUp()) {
      // Only now are there packages to import.
      const { start } = await import('./start-editor.mjs');
      await start({ browser: args.includes('--browser') });
    }
  } catch (error) {
    // esbuild has printed its errors itself.
    console.error(error.errors ? 'the build failed' : error.message);
    process.exitCode = 1;
  }
}
