// The ESLint rule for the rooms of the house: which folder of src/ may import from which.
// They stand in the order in which they build on each other.

import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * From the ground up: a room may import from itself and from those before it.
 *
 * - everywhere: the room runs in browsers too, so neither Node nor VS Code nor the debug protocol
 *   may appear in it;
 * - only: narrows what the order would allow; with `types`, for the rooms of which only types.
 */
const rooms = [
  { name: 'history', everywhere: true },
  { name: 'hardware', everywhere: true },
  { name: 'kernel', everywhere: true },
  { name: 'scenario', everywhere: true },
  // Reads dumps of real machines and writes machine blocks.
  { name: 'import', everywhere: true },
  { name: 'recording', everywhere: true },
  // Below the debugger, which makes the snapshots that it draws; knows nothing of the others itself.
  { name: 'pictures', everywhere: true, only: [] },
  { name: 'debugger', everywhere: true },
  { name: 'adapter' },
  // Speaks LSP over scenario and the ABI tables; runs and debugs nothing.
  { name: 'language-server', only: ['history', 'hardware', 'kernel', 'scenario'] },
  // Asks the adapter by requests and events; never holds the simulation itself.
  { name: 'extension', only: ['pictures'], types: ['adapter'], vscode: true },
  {
    name: 'cli',
    only: [
      ...['history', 'hardware', 'kernel', 'scenario', 'import', 'recording', 'debugger', 'adapter', 'pictures'],
      'language-server',
    ],
  },
];

const protocolPackages = ['@vscode/debugadapter', '@vscode/debugprotocol'];

const builtins = new Set(builtinModules);
const isBuiltin = (name) => name.startsWith('node:') || builtins.has(name) || builtins.has(name.split('/')[0]);

/** @type {import('eslint').Rule.RuleModule} */
export const roomsRule = {
  meta: {
    type: 'problem',
    docs: { description: 'Keep each room of src/ to the rooms that it may use.' },
    schema: [],
    messages: {
      unknownRoom: 'src/{{room}} is not a room: put it into the list in scripts/lint/rooms.mjs.',
      notAllowed: '{{room}} may not import from {{other}}.',
      typesOnly: '{{room}} may import only types from {{other}}: use `import type`.',
      outside: '{{room}} may not import from outside src/.',
      builtin: '{{room}} must run everywhere: it may not import Node\'s "{{name}}".',
      editor: 'Only the extension may import "vscode".',
      protocol: '{{room}} may not know the debug protocol ("{{name}}").',
    },
  },
  create(context) {
    const sources = resolve(context.cwd, 'src');
    const own = roomOf(sources, context.filename);
    if (own === undefined) return {};
    const index = rooms.findIndex((room) => room.name === own);
    if (index < 0) {
      return {
        Program(node) {
          context.report({ node, messageId: 'unknownRoom', data: { room: own } });
        },
      };
    }
    const room = rooms[index];
    const above = rooms.slice(0, index).map(({ name }) => name);

    /** @returns the message for an import that is not allowed, else undefined */
    const judgeFile = (target, typesOnly) => {
      // `../kernel` is the index of a room: a file in it, like any other target.
      const other = roomOf(sources, resolve(target, 'index'));
      if (other === undefined) return { messageId: 'outside' };
      if (other === own || (room.only ?? above).includes(other)) return undefined;
      if (!(room.types ?? []).includes(other)) return { messageId: 'notAllowed', other };
      return typesOnly ? undefined : { messageId: 'typesOnly', other };
    };
    const judgePackage = (name) => {
      if (name === 'vscode') return room.vscode ? undefined : { messageId: 'editor' };
      if (!room.everywhere) return undefined;
      if (isBuiltin(name)) return { messageId: 'builtin', name };
      return protocolPackages.some((p) => name === p || name.startsWith(`${p}/`))
        ? { messageId: 'protocol', name }
        : undefined;
    };
    const check = (source, typesOnly) => {
      if (typeof source?.value !== 'string') return;
      const verdict = source.value.startsWith('.')
        ? judgeFile(resolve(dirname(context.filename), source.value), typesOnly)
        : judgePackage(source.value);
      if (verdict === undefined) return;
      const { messageId, ...data } = verdict;
      context.report({ node: source, messageId, data: { room: own, ...data } });
    };

    return {
      ImportDeclaration: (node) => check(node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node.source, false),
      TSImportType: (node) => check(node.source ?? node.argument?.literal, true),
      TSExternalModuleReference: (node) => check(node.expression, false),
      'CallExpression[callee.name="require"]': (node) => check(node.arguments[0], false),
    };
  },
};

/** The first folder below src/, or undefined for a file outside of it or directly in it. */
function roomOf(sources, file) {
  const path = relative(sources, file).split(sep);
  return path[0] === '..' || path.length < 2 ? undefined : path[0];
}
