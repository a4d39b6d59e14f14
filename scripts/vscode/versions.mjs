// The editors that the tests run in. Each is VS Code's own server with its web workbench, as the
// npm package code-server ships it; the desktop program cannot be had from a package registry.

/**
 * @typedef {object} Editor
 * @property {string} vscode the version that a person sees
 * @property {string} codeServer the version of the npm package
 * @property {string} [node] the Node that this editor brings on the desktop, where it is not the
 *   pinned one; so that the extension meets the oldest Node that it promises to run on
 */

/** What people have now. @type {Editor} */
export const current = { vscode: '1.139', codeServer: '4.139.1' };

/** The oldest that `engines.vscode` in package.json allows. @type {Editor} */
export const oldest = { vscode: '1.100', codeServer: '4.100.3', node: '20.20.2' };
