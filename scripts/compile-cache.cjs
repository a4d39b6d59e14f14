// First code of dist/cli.js and dist/adapter.js (scripts/build.mjs puts it there): lets Node keep what V8 compiled, so
// that the next start need not compile the program again. Node before 22.8 cannot, and starts as ever.

const nodeModule = require('node:module');
const { homedir } = require('node:os');
const { join } = require('node:path');

/** The user's own cache folder: what lies there runs, so no one else may write to it. */
function cacheFolder() {
  if (process.platform === 'win32' && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA;
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

// A folder that cannot be written is no error: Node says so in its answer, and nothing is kept.
nodeModule.enableCompileCache?.(join(cacheFolder(), 'vfio-lab', 'compiled'));
