// How the scripts tell what they do. Plain Node 20 built-ins only (see project.mjs).

/** 1234 -> "1.2 s" */
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/**
 * Says what is being done before it starts, and how long it took:
 *
 *     packing vfio-lab.vsix ... 1.2 s
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const start = performance.now();
  process.stdout.write(`${what} ... `);
  try {
    const result = await work();
    process.stdout.write(`${seconds(performance.now() - start)}\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}
