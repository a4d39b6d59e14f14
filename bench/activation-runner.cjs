// Measures, in the extension host, how long VS Code takes to activate the extension: loading its
// bundle and running `activate`. VS Code calls `run` as if it were a test (see extension-host.mjs).
//
//   VFIO_LAB_VERDICT  the file for the time in milliseconds

const { writeFileSync } = require('node:fs');
const { extensions } = require('vscode');

exports.run = async () => {
  const extension = extensions.getExtension('vfio-lab.vfio-lab');
  if (extension.isActive) throw new Error('already active: nothing to measure');
  const start = performance.now();
  await extension.activate();
  writeFileSync(process.env.VFIO_LAB_VERDICT, String(performance.now() - start));
};
