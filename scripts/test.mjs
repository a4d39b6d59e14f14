// npm test: every check of the project, one after the other, on a fresh clone too. The last line
// is "N passed, N failed".
//
//   npm test              all stages
//   npm test -- lint unit only these

import { setUp } from './set-up.mjs';

if (await setUp()) {
  // Only now are there packages to import.
  const { runStages } = await import('./test-stages.mjs');
  process.exitCode = await runStages(process.argv.slice(2));
}
