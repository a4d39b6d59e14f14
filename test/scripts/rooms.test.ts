import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, expect, test } from 'vitest';
import { roomsRule } from '../../scripts/lint/rooms.mjs';

/** What the rule says about one import in one file of a project in /project. */
function complaints(file: string, code: string): string[] {
  const linter = new Linter({ cwd: '/project' });
  return linter
    .verify(
      code,
      {
        files: ['**/*.ts'],
        languageOptions: { parser },
        plugins: { local: { rules: { rooms: roomsRule } } },
        rules: { 'local/rooms': 'error' },
      },
      { filename: `/project/src/${file}` },
    )
    .map(({ message }) => message);
}

describe('the rooms of src/', () => {
  test.each([
    ['kernel/errno.ts', "import { Journal } from '../history/journal';"],
    ['kernel/vfio/group.ts', "import { Errno } from '../errno';"],
    ['kernel/maps.ts', "import BTree from 'sorted-btree';"],
    ['adapter/main.ts', "import { stdin } from 'node:process';"],
    ['adapter/session.ts', "import { DebugSession } from '@vscode/debugadapter';"],
    ['extension/main.ts', "import * as vscode from 'vscode';"],
    ['extension/views.ts', "import type { Snapshot } from '../adapter/requests';"],
    ['extension/map.ts', "import { draw } from '../pictures/iova-map';"],
    ['cli/main.ts', "import { replay } from '../recording/replay'; import fs from 'fs';"],
  ])('%s may: %s', (file, code) => {
    expect(complaints(file, code)).toEqual([]);
  });

  test.each([
    ['history/journal.ts', "import { x } from '../kernel/errno';", 'may not import from kernel'],
    ['kernel/errno.ts', "import type { x } from '../scenario/ast';", 'may not import from scenario'],
    ['kernel/errno.ts', "export * from '../debugger/engine';", 'may not import from debugger'],
    ['kernel/errno.ts', "const x = await import('../cli/main');", 'may not import from cli'],
    ['kernel/errno.ts', "type X = import('../cli/main').X;", 'may not import from cli'],
    ['kernel/errno.ts', "import { x } from '../../test/x';", 'outside src/'],
    ['history/journal.ts', "import fs from 'node:fs';", 'must run everywhere'],
    ['debugger/engine.ts', "import { join } from 'path';", 'must run everywhere'],
    ['pictures/map.ts', "const fs = require('fs/promises');", 'must run everywhere'],
    ['debugger/engine.ts', "import { x } from '@vscode/debugprotocol';", 'debug protocol'],
    ['adapter/session.ts', "import * as vscode from 'vscode';", 'Only the extension'],
    ['extension/main.ts', "import { x } from '../adapter/session';", 'only types from adapter'],
    ['extension/main.ts', "import type { x } from '../kernel/errno';", 'not import from kernel'],
    ['cli/main.ts', "import { x } from '../extension/main';", 'may not import from extension'],
    ['utils/strings.ts', 'export const x = 1;', 'src/utils is not a room'],
  ])('%s may not: %s', (file, code, message) => {
    const found = complaints(file, code);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});
