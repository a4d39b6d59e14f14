import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'vfio-lab-cli-'));
const program = join(folder, 'cli.cjs');

beforeAll(async () => {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    keepNames: true,
  });
  const files = {
    'good.vfio': 'test "adds" {\n  print 1 + 1\n  expect 1 + 1 == 2\n}\ntest "waits for nothing" {\n  expect true\n}\n',
    'wrong.vfio': 'test "fails" {\n  expect 1 + 1 == 3\n}\n',
    'syntax.vfio': 'let a = (1 + \n',
    'name.vfio': 'print nothing_there\n',
    'type.vfio': 'let a = "text"\nprint a - 1\n',
    'loop.vfio': 'while true {\n}\n',
    'binary.vfio': '\0\u0001\u0002',
    'broken.json': '{"name": "x", ',
    'other.json': '{"name": 3}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'long.vfio'), 'print 1\n'.repeat(100_000));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command; `readNothing` closes the pipe at once. */
function vfioLab(args: readonly string[], readNothing = false): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder });
  let out = '';
  let err = '';
  if (readNothing) child.stdout.destroy();
  else child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })));
}

describe('bad input gives one message at its place, exit status 1 and no stack trace', () => {
  it.each([
    [['run', 'missing.vfio'], /^missing\.vfio: no such file\n$/],
    [['run', 'binary.vfio'], /^binary\.vfio: not a scenario/],
    [['run', 'syntax.vfio'], /^syntax\.vfio:\d+:\d+: error: /],
    [['run', 'name.vfio'], /^name\.vfio:1:7: error: /],
    [['check', 'name.vfio'], /^name\.vfio:1:7: error: /],
    [['run', 'type.vfio'], /type\.vfio:2:\d+: /],
    [['test', 'wrong.vfio'], /wrong\.vfio:2:\d+: /],
    [['run', 'loop.vfio', '--max-steps', '50000'], /^loop\.vfio:1:1: stopped after 50000 steps/],
    [['test', 'loop.vfio', '--max-steps', '50000'], /loop\.vfio:1:1: stopped after 50000 steps/],
    [['replay', 'broken.json'], /^broken\.json: .*line 1/],
    [['replay', 'other.json'], /^other\.json: /],
    [['check', '.'], /name\.vfio:1:7/],
  ])('%j', async (args, message) => {
    const { status, out, err } = await vfioLab(args);
    expect(status).toBe(1);
    expect(err + out).toMatch(message);
    expect(err + out).not.toMatch(/\n\s+at |node:internal/);
  });

  it.each([
    [['walk']],
    [['run']],
    [['run', '--nonsense', 'good.vfio']],
    [['run', '--max-steps', 'x', 'good.vfio']],
    [['dap', '--port', '99999']],
  ])('wrong usage is status 2: %j', async (args) => {
    const { status, err } = await vfioLab(args);
    expect(status).toBe(2);
    expect(err).toMatch(/^error: /);
  });
});

describe('vfio-lab', () => {
  it('runs', async () => {
    const { status, out } = await vfioLab(['run', 'good.vfio']);
    expect(out).toContain('2\n');
    expect(status).toBe(0);
  });

  it('tests, in words and as TAP', async () => {
    expect(await vfioLab(['test', 'good.vfio'])).toEqual({
      status: 0,
      err: '',
      out: 'ok     good.vfio: adds\nok     good.vfio: waits for nothing\n2 passed, 0 failed\n',
    });
    const { out } = await vfioLab(['test', '--tap', 'good.vfio', 'wrong.vfio']);
    expect(out).toMatch(
      /^TAP version 14\nok 1 - good\.vfio: adds\nok 2 - .*\nnot ok 3 - wrong\.vfio: fails\n {2}---\n[^]*1\.\.3\n$/,
    );
  });

  it('writes JUnit XML, JSON, and a part of the files', async () => {
    expect((await vfioLab(['test', '--junit', 'out.xml', 'good.vfio', 'wrong.vfio'])).status).toBe(1);
    const xml = readFileSync(join(folder, 'out.xml'), 'utf8');
    expect(xml).toMatch(
      /^<\?xml [^]*<testsuites tests="3" failures="1" time="[\d.]+">\n {2}<testsuite name="good.vfio" tests="2"/,
    );
    expect(xml).toMatch(/<failure message="[^"]+">wrong\.vfio:2:\d+: [^<]+<\/failure>/);
    const lines = (await vfioLab(['test', '--json', '--test', 'adds', 'good.vfio'])).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { test: 'adds', passed: true, failures: [] },
    ]);
    const part = async (shard: string): Promise<string> =>
      (await vfioLab(['test', '--shard', shard, 'good.vfio', 'wrong.vfio'])).out;
    expect(await part('1/2')).toContain('2 passed, 0 failed');
    expect(await part('2/2')).toContain('0 passed, 1 failed');
    expect((await vfioLab(['test', '--shard', '3/2', 'good.vfio'])).status).toBe(2);
    expect((await vfioLab(['test', '--test', 'nobody', 'good.vfio'])).err).toContain('there is no test "nobody"');
  });

  it('runs again when a scenario changes', async () => {
    const file = join(folder, 'watched.vfio');
    writeFileSync(file, 'expect 1 == 2\n');
    const child = spawn(process.execPath, [program, 'test', '--watch', 'watched.vfio'], { cwd: folder });
    let out = '';
    const heard = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (out.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        look();
      });
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
    await heard('0 passed, 1 failed');
    writeFileSync(file, 'expect 1 == 1 // now\n');
    await heard('1 passed, 0 failed');
    child.kill();
  });

  it('formats files, tells which are not formatted, and reads standard input', async () => {
    writeFileSync(join(folder, 'loose.vfio'), 'print   1');
    expect(await vfioLab(['fmt', '--check', 'loose.vfio', 'good.vfio'])).toEqual({
      status: 1,
      out: 'loose.vfio\n',
      err: '',
    });
    expect(await vfioLab(['fmt', 'loose.vfio'])).toEqual({ status: 0, out: 'loose.vfio\n', err: '' });
    expect(readFileSync(join(folder, 'loose.vfio'), 'utf8')).toBe('print 1\n');
    expect((await vfioLab(['fmt', 'syntax.vfio'])).status).toBe(0);
    writeFileSync(join(folder, 'open.vfio'), 'print "open');
    expect((await vfioLab(['fmt', 'open.vfio'])).err).toContain('vfio-lab check open.vfio tells what is wrong');
    rmSync(join(folder, 'open.vfio'));
  });

  it('is a language server', async () => {
    const child = spawn(process.execPath, [program, 'lsp', '--stdio']);
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } });
    child.stdin.write(`Content-Length: ${request.length}\r\n\r\n${request}`);
    const answered = new Promise<void>((resolve) => {
      let out = '';
      child.stdout.on('data', (data) => {
        out += String(data);
        if (out.includes('"renameProvider"')) resolve();
      });
    });
    await answered;
    child.kill();
  });

  it.each(['bash', 'zsh', 'fish'])('completes in %s', async (shell) => {
    const { status, out } = await vfioLab(['completion', shell]);
    expect([status, out.includes('replay')]).toEqual([0, true]);
  });

  it('traces calls as JSON, explains them, and runs all examples', async () => {
    const example = join(root, 'examples/first-mapping.vfio');
    const trace = await vfioLab(['run', '--trace', 'json', example]);
    const calls = trace.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { request?: string });
    expect(calls.some(({ request }) => request === 'VFIO_IOMMU_MAP_DMA')).toBe(true);
    expect((await vfioLab(['run', '--explain', example])).out).toContain('vfio_dma_do_map(');
    expect((await vfioLab(['test', join(root, 'examples')])).status).toBe(0);
  });

  it('reads a long file without hanging', async () => {
    expect((await vfioLab(['check', 'long.vfio'])).status).toBe(0);
  }, 60_000);

  it('helps', async () => {
    const { status, out } = await vfioLab(['replay', '--help']);
    expect(status).toBe(0);
    expect(out).toContain('--as-scenario');
  });

  it('does not mind when its reader goes away', async () => {
    const { status, err } = await vfioLab(['run', 'long.vfio'], true);
    expect([status, err]).toEqual([0, '']);
  }, 60_000);
});

describe('--without takes back a change of the kernel', () => {
  const feature = join(root, 'examples/changes/43eeeecc8ed5-device-feature.vfio');
  const recording = join(root, 'test/recordings/changes/before/change-43eeeecc8ed5-feature.json');

  it('in a run', async () => {
    expect((await vfioLab(['run', feature])).out).toContain('the device has tokens');
    expect((await vfioLab(['run', '--without', '43eeeecc8ed5', feature])).out).toContain('no device knows the request');
  });

  it('in a replay', async () => {
    expect((await vfioLab(['replay', recording])).status).toBe(1);
    expect((await vfioLab(['replay', '--without', '43eeeecc8ed5', recording])).status).toBe(0);
  });

  it('and says which there are', async () => {
    const { status, err } = await vfioLab(['run', '--without', '1234567', feature]);
    expect(status).toBe(2);
    expect(err).toContain('Known are 5cbf3264bc71');
  });
});
