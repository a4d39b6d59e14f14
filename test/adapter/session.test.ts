import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { capabilities, capabilityRequests, makeHandlers } from '../../src/adapter';
import { Client, hostOf } from './client';

const transcripts = join(import.meta.dirname, 'transcripts');

const scenario = `machine q35-intel

function map(container, iova) {
  let buf = mmap(64K, PROT_READ | PROT_WRITE)
  ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buf, iova: iova, size: 64K })
}

test "maps twice" {
  process root {
    bind 00:04.0 vfio-pci
  }
  process qemu {
    let container = open("/dev/vfio/vfio", O_RDWR)
    let group = open(group_of(00:04.0), O_RDWR)
    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
    map(container, 0x100000)
    map(container, 0x100000)
    print "done"
  }
}
`;

const host = hostOf({
  '/s/maps.vfio': scenario,
  '/s/broken.vfio': 'let a =\nprocess x { oops() }\n',
  '/s/binary.vfio': '\0\u0001',
  '/s/note.txt': 'hello',
  '/s/loop.vfio': 'while true {\n}\n',
});
const program = '/s/maps.vfio';
const source = { path: program };

async function breakpoints(client: Client, lines: object[]): Promise<void> {
  await client.request('setBreakpoints', { source, breakpoints: lines });
}

describe('transcripts', () => {
  it('steps in both directions, into calls and back out', async () => {
    const client = new Client(host);
    await client.start({ program, stopOnEntry: true });
    await client.stopped();
    await client.request('threads');
    expect(await client.move('next')).toBe(10);
    expect(await client.move('stepBack')).toBe(8);
    expect(await client.move('continue')).toBe(5);
    client.matches('stepping');
  });

  it('stops at breakpoints, and shows what there is', async () => {
    const client = new Client(host);
    await client.start({ program }, () =>
      breakpoints(client, [{ line: 5, condition: 'iova == 0x100000' }, { line: 18 }, { line: 99 }]),
    );
    expect(await client.stopped()).toBe(5);
    const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', {
      frameId: (await client.frame()).id,
    });
    for (const { variablesReference } of scopes) await client.request('variables', { variablesReference });
    await client.request('evaluate', { expression: 'iova + 1', context: 'watch' });
    await expect(client.request('evaluate', { expression: 'nothing', context: 'hover' })).rejects.toThrow('nothing');
    await client.request('vfioLab/iommuGroups');
    await client.move('next');
    await client.request('vfioLab/dmaMappings');
    await client.request('vfioLab/vfTokens');
    client.matches('breakpoints');
  });

  it('stops where an expectation fails, explains it, walks inside, and comes back', async () => {
    const client = new Client(host);
    await client.start({ program }, async () => {
      await client.request('setExceptionBreakpoints', {
        filters: [],
        filterOptions: [{ filterId: 'callFails', condition: 'EEXIST' }],
      });
    });
    expect(await client.stopped()).toBe(5);
    await client.request('exceptionInfo', { threadId: 1 });
    await client.move('stepIn');
    await client.move('stepIn');
    const { source: document } = await client.frame();
    await client.request('source', { source: document, sourceReference: document!.sourceReference });
    do await client.move('stepOut');
    while ((await client.frame()).source?.path === undefined);
    expect(await client.move('reverseContinue')).toBe(5);
    client.matches('inside');
  });

  it('stops at calls by name', async () => {
    const client = new Client(host);
    await client.start({ program }, async () => {
      await client.request('setFunctionBreakpoints', {
        breakpoints: [{ name: 'VFIO_SET_IOMMU' }, { name: 'vfio_dma_do_map' }, { name: 'VFIO_NOTHING' }],
      });
    });
    expect(await client.stopped()).toBe(16);
    await client.move('continue');
    client.matches('calls');
  });

  it('runs again', async () => {
    const client = new Client(host);
    await client.start({ program }, () => breakpoints(client, [{ line: 15 }]));
    await client.stopped();
    await client.request('restart');
    expect(await client.stopped()).toBe(15);
    await client.request('terminate');
    await client.event('terminated');
    client.matches('restart');
  });
});

describe('transcripts of what goes beyond stepping', () => {
  /** Stands before the second map. */
  const atSecondMap = async (more: object = {}): Promise<Client> => {
    const client = new Client(host);
    await client.start({ program, stopAtEnd: true, ...more }, () =>
      breakpoints(client, [{ line: 5, condition: 'container.fd == 3', hitCondition: '2' }]),
    );
    expect(await client.stopped()).toBe(5);
    return client;
  };
  const scopesOf = async (client: Client): Promise<DebugProtocol.Scope[]> => {
    const { id } = await client.frame();
    return (await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: id })).scopes;
  };

  it('stops when data changes, forwards and backwards', async () => {
    const client = new Client(host);
    await client.start({ program, stopAtEnd: true }, () => breakpoints(client, [{ line: 16 }]));
    await client.stopped();
    const info = { name: 'dma:00:04.0@0x100000', bytes: 4, asAddress: true };
    const { dataId } = await client.request<{ dataId: string }>('dataBreakpointInfo', info);
    await client.request('dataBreakpointInfo', { name: 'nonsense in pink' });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId }, { dataId: 'of another run' }] });
    expect(await client.move('continue')).toBe(18);
    expect(await client.move('reverseContinue')).toBe(5);
    client.matches('data');
  });

  it('watches a variable', async () => {
    const client = await atSecondMap();
    const [locals] = await scopesOf(client);
    const args = { variablesReference: locals!.variablesReference, name: 'buf' };
    const { dataId } = await client.request<{ dataId: string }>('dataBreakpointInfo', args);
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
    expect(await client.move('reverseContinue')).toBe(4);
    await client.request('vfioLab/lastWrite', { container: 1, iova: '0x100000' });
    client.matches('watch');
  });

  it('goes to moments', async () => {
    const client = await atSecondMap();
    const { targets } = await client.request<{ targets: { id: number; label: string }[] }>('gotoTargets', {
      source,
      line: 4,
    });
    expect(await client.move('goto', { threadId: 1, targetId: targets[0]!.id })).toBe(4);
    await expect(client.request('goto', { threadId: 1, targetId: 999 })).rejects.toThrow('earlier stop');
    expect(await client.move('vfioLab/goto', { step: 3 })).toBe(14);
    await expect(client.request('vfioLab/goto', { step: 1000 })).rejects.toThrow('has not come yet');
    await client.move('continue');
    const { id } = await client.frame();
    expect(await client.move('restartFrame', { frameId: id })).toBe(4);
    await client.move('vfioLab/step', { kind: 'backInto' });
    client.matches('moments');
  });

  it('looks into memory, and changes it', async () => {
    const client = await atSecondMap({ clientAbilities: true });
    const memoryReference = 'dma:0000:00:04.0@0x100000';
    await client.request('readMemory', { memoryReference, count: 8 });
    await client.request('writeMemory', { memoryReference, data: btoa('vfio') });
    await client.request('readMemory', { memoryReference, offset: 0xfffc, count: 8 });
    await client.request('readMemory', { memoryReference: 'config:0000:00:04.0@0x0', count: 4 });
    await client.request('readMemory', { memoryReference: 'bar:0000:00:04.0/0@0x0', count: 4 });
    await client.request('readMemory', { memoryReference: 'user:qemu@0x10', count: 4 });
    await expect(client.request('readMemory', { memoryReference: 'x', count: 4 })).rejects.toThrow('no memory');
    await expect(client.request('writeMemory', { memoryReference: 'user:qemu@0x10', data: 'AAAA' })).rejects.toThrow(
      'Only 0 of 3 bytes',
    );
    client.matches('memory');
  });

  it('sets values, and warns before it forks the past', async () => {
    const client = await atSecondMap();
    const [locals] = await scopesOf(client);
    const { variablesReference } = locals!;
    await client.request('setVariable', { variablesReference, name: 'iova', value: '0x200000' });
    const { id } = await client.frame();
    await client.request('setExpression', { expression: 'iova', value: 'iova + 64K', frameId: id });
    await client.move('next');
    await client.move('stepBack');
    await client.move('stepIn');
    const again = { expression: 'iova', value: '0x300000', frameId: (await client.frame()).id };
    await expect(client.request('setExpression', again)).rejects.toThrow('This is the past');
    await client.request('setExpression', again);
    await client.move('next');
    await client.request('vfioLab/dmaMappings');
    client.matches('changes');
  });

  it('answers in the console', async () => {
    const client = await atSecondMap();
    const frameId = (await client.frame()).id;
    const say = (expression: string): Promise<unknown> =>
      client.request('evaluate', { expression, frameId, context: 'repl' });
    await say('!ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ, vaddr: buf, iova: iova, size: 4K })');
    await say('!why');
    await client.request('vfioLab/why');
    await client.request('evaluate', { expression: 'VFIO_IOMMU_MAP_DMA', frameId, context: 'hover' });
    await say('!why 00:04.0');
    await say('!why cannot allocate memory');
    await say('!walk 00:04.0 0x100000');
    await say('!poke32(buf, 1)\npoke32(buf + 4, 2)');
    await say('!help');
    for (const wrong of [
      '!let a = 1',
      '!map(container, 1)',
      '!ioctl(',
      '!walk',
      '!why nothing of the kind',
      'iova +',
    ]) {
      await expect(say(wrong)).rejects.toThrow();
    }
    await client.request('completions', { text: '!ioctl(container, VFIO_IOMMU_M', column: 31, frameId });
    await client.request('completions', { text: 'cont', column: 5, frameId });
    await client.request('completions', { text: 'group(1).de', column: 12, frameId });
    client.matches('console');
  });

  it('tells where breakpoints can be', async () => {
    const client = new Client(host);
    await client.request('initialize', {});
    await expect(client.request('configurationDone')).rejects.toThrow('No scenario has been launched');
    await breakpoints(client, [{ line: 2 }]);
    await client.request('launch', { program });
    await client.request('breakpointLocations', { source, line: 4, endLine: 6 });
    await client.request('setBreakpoints', {
      source,
      breakpoints: [{ line: 5, condition: 'iova ==' }],
      sourceModified: true,
    });
    await expect(client.request('launch', { program })).rejects.toThrow('launched already');
    await client.request('configurationDone');
    await client.event('stopped');
    await client.request('pause', { threadId: 1 });
    await client.request('disconnect');
    client.matches('order');
  });
});

it('has a transcript of every request', () => {
  const said = new Set<string>();
  for (const file of readdirSync(transcripts)) {
    for (const [, name] of readFileSync(join(transcripts, file), 'utf8').matchAll(/^-> (\S+)/gm)) said.add(name!);
  }
  const handlers = makeHandlers(host, { send: () => undefined, afterAnswer: () => undefined });
  expect(Object.keys(handlers).filter((name) => !said.has(name))).toEqual([]);
});

describe('launch', () => {
  it.each([
    ['/s/missing.vfio', 'There is no file /s/missing.vfio'],
    ['/s/note.txt', 'note.txt is not a scenario: the name of a scenario ends in .vfio'],
    ['/s/binary.vfio', 'binary.vfio is not a scenario: it is no text'],
    ['', 'The launch configuration names no scenario: set "program" to a .vfio file'],
    ['/s/broken.vfio', /^broken\.vfio:2:1: .*\n?/],
  ])('of %j says what is wrong', async (path, message) => {
    const client = new Client(host);
    await expect(client.start({ program: path })).rejects.toThrow(message);
  });

  it('names a test that is not there', async () => {
    await expect(new Client(host).start({ program, test: 'no' })).rejects.toThrow('has no test "no"');
  });

  it('without history offers no way back', async () => {
    const client = new Client(host);
    await client.start({ program, stopOnEntry: true, noHistory: true });
    expect(await client.event('capabilities')).toEqual({ capabilities: { supportsStepBack: false } });
  });
});

it('pauses an endless loop', async () => {
  const client = new Client(host);
  await client.start({ program: '/s/loop.vfio' });
  await expect(client.request('evaluate', { expression: '1' })).rejects.toThrow('pause it first');
  await client.request('pause', { threadId: 1 });
  expect(await client.event('stopped')).toMatchObject({ reason: 'pause' });
  await client.request('disconnect');
});

describe('capabilities', () => {
  const handlers = makeHandlers(host, { send: () => undefined, afterAnswer: () => undefined });
  /** Requests that every client may send. */
  const always = (
    'initialize launch disconnect setBreakpoints setExceptionBreakpoints continue next stepIn stepOut pause threads ' +
    'stackTrace scopes variables evaluate source'
  ).split(' ');

  it('are declared only with their handlers', () => {
    for (const [capability, requests] of Object.entries(capabilityRequests)) {
      for (const request of requests) expect(Object.keys(handlers), capability).toContain(request);
    }
  });

  it('stand for every handler', () => {
    const declared = new Set<string>([...always, ...Object.values(capabilityRequests).flat()]);
    expect(Object.keys(handlers).filter((name) => !name.startsWith('vfioLab/') && !declared.has(name))).toEqual([]);
  });

  it('are what they are', () => {
    expect(Object.keys(capabilities()).sort()).toMatchInlineSnapshot(`
      [
        "completionTriggerCharacters",
        "exceptionBreakpointFilters",
        "supportsBreakpointLocationsRequest",
        "supportsClipboardContext",
        "supportsCompletionsRequest",
        "supportsConditionalBreakpoints",
        "supportsConfigurationDoneRequest",
        "supportsDataBreakpointBytes",
        "supportsDataBreakpoints",
        "supportsDelayedStackTraceLoading",
        "supportsEvaluateForHovers",
        "supportsExceptionFilterOptions",
        "supportsExceptionInfoRequest",
        "supportsFunctionBreakpoints",
        "supportsGotoTargetsRequest",
        "supportsHitConditionalBreakpoints",
        "supportsLogPoints",
        "supportsReadMemoryRequest",
        "supportsRestartFrame",
        "supportsRestartRequest",
        "supportsSetExpression",
        "supportsSetVariable",
        "supportsStepBack",
        "supportsTerminateRequest",
        "supportsWriteMemoryRequest",
      ]
    `);
  });

  it('other requests are refused, not swallowed', async () => {
    await expect(new Client(host).request('disassemble')).rejects.toThrow('does not know the request "disassemble"');
  });
});
