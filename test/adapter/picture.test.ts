import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/adapter/picture';
import { Engine, EventRecorder, iovaSnapshots, textOfProgram, topologySnapshot } from '../../src/debugger';
import { Journal } from '../../src/history';
import { ioctls } from '../../src/kernel';
import { compile, Execution, parse } from '../../src/scenario';
import { Client, hostOf } from './client';
import { readMarkup, withClass } from '../pictures/markup';

/** An engine with its painter, before the first statement. */
function start(text: string): { engine: Engine; painter: Painter; recorder: EventRecorder } {
  const { file, problems } = parse(text, 'file:///a.vfio');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const program = compile(file);
  const execution = new Execution(new Journal(), program);
  const recorder = new EventRecorder();
  const engine: Engine = new Engine(
    execution,
    textOfProgram(program),
    {
      ran: (report, statement) => recorder.note(report, statement, engine.timeline.last - 1, execution.kernel),
      logged: () => undefined,
    },
    { requestNames: new Set(ioctls.keys()) },
  );
  engine.setFilters(new Map());
  return { engine, painter: new Painter(engine, recorder, 'a.vfio'), recorder };
}

const example = readFileSync(join(import.meta.dirname, '../../examples/vf-token.vfio'), 'utf8');

const manyMappings = `
process root { bind 00:04.0 vfio-pci }
process dpdk (memlock unlimited) {
  let container = open("/dev/vfio/vfio")
  let group = open(group_of(00:04.0))
  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
  let buf = mmap(4K, PROT_READ | PROT_WRITE)
  for i in 0..65535 {
    ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buf, iova: 0x1000 * i, size: 4K })
  }
}
`;

describe('pictures of a run', () => {
  it('show nothing before there is something', () => {
    const { painter } = start(example);
    expect(painter.draw({ kind: 'timeline' })).toMatchObject({ svg: '', empty: 'Nothing has happened yet.' });
    expect(painter.draw({ kind: 'iova' }).svg).toBe('');
  });

  it('show mappings with their lines, functions with their holders, and calls with their answers', async () => {
    const { engine, painter } = start(example);
    await engine.move('continue');
    const map = readMarkup(painter.draw({ kind: 'iova' }).svg);
    const [mapping] = withClass(map, 'mapping');
    expect(mapping!.attributes['aria-label']).toMatch(
      /^Mapping 0x100000 - 0x1fffff, 1 MiB, read and write, to 0x[0-9a-f]+ of dpdk/,
    );
    expect(example.split('\n')[Number(mapping!.attributes['data-line'])]).toContain('VFIO_IOMMU_MAP_DMA');
    const tree = readMarkup(painter.draw({ kind: 'topology' }).svg);
    const vf = withClass(tree, 'kind-virtual-function');
    expect(vf.map(({ attributes }) => attributes['aria-label'])).toEqual([expect.stringContaining('open by qemu')]);
    const line = readMarkup(painter.draw({ kind: 'timeline', width: 3000 }).svg);
    expect(withClass(line, 'kind-failure').map(({ attributes }) => attributes['aria-label'])).toContainEqual(
      expect.stringMatching(/^dpdk: VFIO_IOMMU_MAP_DMA EEXIST/),
    );
  });

  it('follow the moment that is shown', async () => {
    const { engine, painter } = start(example);
    await engine.move('continue');
    while (iovaSnapshots(engine).some(({ snapshot }) => snapshot.mappings.length > 0)) await engine.move('back');
    expect(withClass(readMarkup(painter.draw({ kind: 'iova' }).svg), 'mapping')).toEqual([]);
    expect(withClass(readMarkup(painter.draw({ kind: 'timeline' }).svg), 'now')).toHaveLength(1);
    expect(topologySnapshot(engine).functions.some(({ kind }) => kind === 'virtual-function')).toBe(false);
  });

  it('draw 65,535 mappings fast enough for every stop', async () => {
    const { engine, recorder } = start(manyMappings);
    await engine.move('continue');
    for (const attempt of ['first', 'second']) {
      const painter = new Painter(engine, recorder, 'a.vfio');
      const begin = performance.now();
      const { svg } = painter.draw({ kind: 'iova', width: 1200 });
      console.log(
        `stop to picture with 65,535 mappings, ${attempt}: ${Math.round(performance.now() - begin)} ms, ${svg.length >> 10} KiB`,
      );
      const again = performance.now();
      painter.draw({ kind: 'iova', width: 1200, window: { from: 1000, count: 200 } });
      console.log(`zoomed: ${Math.round(performance.now() - again)} ms`);
    }
    expect(iovaSnapshots(engine)[0]!.snapshot.mappings).toHaveLength(65_535);
  });
});

describe('the request vfioLab/picture', () => {
  const mapping = example.split('\n').findIndex((line) => line.includes('VFIO_IOMMU_MAP_DMA')) + 1;

  it('says why there is nothing to draw', async () => {
    const client = new Client(hostOf({ '/s/a.vfio': example }));
    await client.start({ program: '/s/a.vfio', stopOnEntry: true });
    await client.stopped();
    await client.request('vfioLab/picture', { kind: 'iova' });
    client.matches('pictures');
  });

  it('draws the moment of the stop', async () => {
    const client = new Client(hostOf({ '/s/a.vfio': example }));
    await client.start({ program: '/s/a.vfio' }, () =>
      client.request('setBreakpoints', { source: { path: '/s/a.vfio' }, breakpoints: [{ line: mapping + 1 }] }),
    );
    await client.stopped();
    const { svg, containers } = await client.request<{ svg: string; containers: object[] }>('vfioLab/picture', {
      kind: 'iova',
      width: 800,
    });
    expect(containers).toEqual([{ id: expect.any(Number) as number, name: 'dpdk: container (group 3)' }]);
    expect(withClass(readMarkup(svg), 'mapping')).toHaveLength(1);
    const line = await client.request<{ svg: string }>('vfioLab/picture', { kind: 'timeline', width: 800 });
    expect(withClass(readMarkup(line.svg), 'kind-call').length).toBeGreaterThan(5);
  });
});
