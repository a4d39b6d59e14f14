// Measures, in the extension host, how long VS Code takes to activate the extension: loading its
// bundle and running `activate`, and what VS Code itself does around that. So that the two can be told
// apart, a small extension that comes with VS Code is activated for comparison.
// VS Code calls `run` as if it were a test (see extension-host.mjs).
//
//   VFIO_LAB_VERDICT  the file for the times in milliseconds: { own, comparison }

const { writeFileSync } = require('node:fs');
const { extensions } = require('vscode');

async function activation(id) {
  const extension = extensions.getExtension(id);
  if (extension.isActive) throw new Error(`${id} is already active: nothing to measure`);
  const start = performance.now();
  await extension.activate();
  return performance.now() - start;
}

exports.run = async () => {
  const own = await activation('vfio-lab.vfio-lab');
  const comparison = await activation('vscode.search-result');
  writeFileSync(process.env.VFIO_LAB_VERDICT, JSON.stringify({ own, comparison }));
};
