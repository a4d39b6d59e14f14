// npm run test:desktop: the tests of test/extension-host in a desktop VS Code, which
// @vscode/test-electron fetches into the cache folder. Needs a display and the internet.

import testElectron from '@vscode/test-electron';
import { buildAll } from './build.mjs';
import { cacheFolder, root } from './project.mjs';
import { step } from './progress.mjs';
import { compileTests, testJob } from './vscode/extension-host.mjs';

try {
  await step('building', () => buildAll());
  await compileTests();
  const vscodeExecutablePath = await testElectron.downloadAndUnzipVSCode({
    cachePath: cacheFolder,
  });
  const { runner, workspace, env, counts } = testJob();
  const run = testElectron.runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: runner,
    extensionTestsEnv: env,
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
  // A failing test ends the run with an error; the counts tell more.
  await run.catch((error) => console.error(error.message));
  const { passed, failed } = counts();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`cannot run the desktop tests: ${error.message}`);
  process.exitCode = 1;
}
