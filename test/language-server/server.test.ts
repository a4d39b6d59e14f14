import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader as ClientReader,
  StreamMessageWriter as ClientWriter,
} from 'vscode-languageserver/node';
import { serve } from '../../src/language-server/server';

/** A client and a server in this process, with files that only exist here. */
class Editor {
  readonly diagnostics = new Map<string, { message: string }[]>();
  readonly errors: string[] = [];
  readonly client: MessageConnection;
  private readonly heard: (() => void)[] = [];

  constructor(readonly files: Record<string, string> = {}) {
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
    serve(server, (uri) => this.files[uri]);
    this.client = createMessageConnection(new ClientReader(toClient), new ClientWriter(toServer));
    this.client.onNotification(
      'textDocument/publishDiagnostics',
      (sent: { uri: string; diagnostics: { message: string }[] }) => {
        this.diagnostics.set(sent.uri, sent.diagnostics);
        for (const tell of this.heard.splice(0)) tell();
      },
    );
    this.client.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.errors.push(message);
    });
    this.client.listen();
  }

  /** Opens a text with a cursor; gives what asks about the cursor's place. */
  async open(marked: string, uri = 'file:///a/test.vfio'): Promise<Ask> {
    const offset = Math.max(0, marked.indexOf('<|>'));
    const text = marked.replace('<|>', '');
    const lines = text.slice(0, offset).split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    await this.client.sendRequest('initialize', { capabilities: {}, processId: null, rootUri: null });
    const checked = new Promise<void>((resolve) => this.heard.push(resolve));
    await this.client.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'vfio', version: 1, text },
    });
    await checked;
    return (method, more = {}) =>
      this.client.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position, ...more });
  }
}

type Ask = (method: string, more?: object) => Promise<unknown>;

let editor: Editor;
beforeEach(() => {
  editor = new Editor();
});
afterEach(() => {
  expect(editor.errors).toEqual([]);
  editor.client.dispose();
});

const range = (line: number, from: number, to: number): object => ({
  start: { line, character: from },
  end: { line, character: to },
});

describe('names', () => {
  const text = 'process a {\n  let fd = open("/x")\n  close(f<|>d)\n}\nprocess a {\n  print "${fd}"\n}';

  test('definition, references, highlights', async () => {
    const ask = await editor.open(text);
    expect(await ask('definition')).toEqual({ uri: 'file:///a/test.vfio', range: range(1, 6, 8) });
    const found = (await ask('references', { context: { includeDeclaration: true } })) as { range: object }[];
    expect(found.map((place) => place.range)).toEqual([range(1, 6, 8), range(2, 8, 10), range(5, 11, 13)]);
    expect(await ask('documentHighlight')).toHaveLength(3);
  });

  test('rename changes all places and refuses what is no name', async () => {
    const ask = await editor.open(text);
    expect(await ask('prepareRename')).toEqual({ range: range(2, 8, 10), placeholder: 'fd' });
    const { changes } = (await ask('rename', { newName: 'file' })) as { changes: Record<string, object[]> };
    expect(changes['file:///a/test.vfio']).toHaveLength(3);
    await expect(ask('rename', { newName: 'let' })).rejects.toThrow('a word of the language');
    await expect(ask('rename', { newName: '1a' })).rejects.toThrow('no name');
    await expect(ask('rename', { newName: 'a' })).rejects.toThrow('already');
  });

  test('a process and a function are found from each use', async () => {
    const ask = await editor.open('process qemu { }\nprocess root { kill qe<|>mu }\nexpect late(qemu) == 0');
    expect(await ask('references', { context: { includeDeclaration: false } })).toHaveLength(2);
  });

  test('names of an included file lead there', async () => {
    editor.files['file:///a/sh%20%C3%A4.vfio'] = 'function twice(n) { return n * 2 }';
    const ask = await editor.open('include "sh ä.vfio"\nprint tw<|>ice(2)');
    expect(await ask('definition')).toEqual({ uri: 'file:///a/sh%20%C3%A4.vfio', range: range(0, 9, 14) });
    expect(await ask('documentLink')).toEqual([{ range: range(0, 9, 18), target: 'file:///a/sh%20%C3%A4.vfio' }]);
    expect(editor.diagnostics.get('file:///a/test.vfio')).toEqual([]);
  });

  test('a file that includes itself is read once', async () => {
    editor.files['file:///a/test.vfio'] = 'include "test.vfio"';
    await editor.open('include "test.vfio"\nprint 1');
    expect(editor.diagnostics.get('file:///a/test.vfio')).toEqual([]);
  });
});

describe('problems', () => {
  test('are published with fixes', async () => {
    const ask = await editor.open('process a {\n  opem("/x")\n}');
    expect(editor.diagnostics.get('file:///a/test.vfio')?.[0]?.message).toContain('opem');
    expect(await ask('codeAction', { range: range(1, 2, 3), context: { diagnostics: [] } })).toMatchObject([
      {
        title: 'Change to open',
        edit: { changes: { 'file:///a/test.vfio': [{ range: range(1, 2, 6), newText: 'open' }] } },
      },
    ]);
  });

  test('a descriptor by value is put right', async () => {
    const ask = await editor.open(
      'let c = open("/dev/vfio/vfio")\nlet g = open("/dev/vfio/1")\nioctl(g, VFIO_GROUP_SET_CONTAINER, c)',
    );
    const actions = await ask('codeAction', { range: range(2, 35, 36), context: { diagnostics: [] } });
    expect(actions).toContainEqual(expect.objectContaining({ title: 'Write &c' }));
  });
});

describe('the whole file', () => {
  test('formatting', async () => {
    const ask = await editor.open('process a{open( "x" )}');
    expect(await ask('formatting', { options: { tabSize: 2, insertSpaces: true } })).toMatchObject([
      { newText: 'process a { open("x") }\n' },
    ]);
  });

  test('semantic tokens are relative and in order', async () => {
    const ask = await editor.open('let a = VFIO_TYPE1_IOMMU\nprint hex(a)');
    expect(await ask('semanticTokens/full')).toEqual({
      data: [0, 4, 1, 0, 1, 0, 4, 16, 4, 4, 1, 6, 3, 2, 2, 0, 4, 1, 0, 0],
    });
  });

  test('inlay hints tell request numbers and sizes', async () => {
    const ask = await editor.open('ioctl(3, VFIO_IOMMU_MAP_DMA, { size: 0x200000 })');
    const hints = (await ask('inlayHint', { range: range(0, 0, 50) })) as { label: string }[];
    expect(hints.map(({ label }) => label)).toEqual(['0x3b71', '2 MiB']);
  });

  test('outline, folding, hover', async () => {
    const ask = await editor.open('test "a" {\n  open("<|>x")\n\n}');
    expect(await ask('documentSymbol')).toMatchObject([{ name: 'a' }]);
    expect(await ask('foldingRange')).toHaveLength(1);
    expect(await ask('hover')).toBeNull();
  });
});

describe('signature help', () => {
  test.each([
    ['open(<|>', 'open(path, flags?)', 0],
    ['ioctl(group, VFIO_GROUP_SET_CONTAINER, <|>', 'ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)', 2],
    ['function f(a, b) { }\nf(1, <|>', 'f(a, b)', 1],
  ])('%s', async (text, label, active) => {
    const ask = await editor.open(text);
    expect(await ask('signatureHelp')).toMatchObject({ signatures: [{ label }], activeParameter: active });
  });
});

describe('completion knows the place', () => {
  test.each([
    ['machine { edu 00:04.0 }\nbind <|>', '00:04.0'],
    ['bind 00:04.0 <|>', 'vfio-pci'],
    ['machine <|>', 'q35-intel'],
    ['machine { <|> }', 'root_port'],
    ['process a (<|>) { }', 'memlock'],
    ['machine { edu 00:04.0 }\necho "1" > "<|>"', '/sys/bus/pci/devices/0000:00:04.0/sriov_numvfs'],
    ['let i = ioctl(3, VFIO_IOMMU_GET_INFO)\nprint i.<|>', 'iova_pgsizes'],
    ['machine { edu 00:04.0 }\nioctl(g, VFIO_GROUP_GET_DEVICE_FD, "<|>")', '0000:00:04.0'],
    ['expect group 00:04.0 <|>', 'viable'],
  ])('%s', async (text, label) => {
    const ask = await editor.open(text);
    const proposals = (await ask('completion')) as { label: string }[];
    expect(proposals.map((proposal) => proposal.label)).toContain(label);
  });
});
