import { makeHandlers } from '../src/adapter';
import { median, type Measure, type Measurement } from './measurement';

const steps = 1_000_000;

/** Each turn of the loop is four steps: the loop, a map, an unmap, a sum. */
const scenario = (turns: number): string => `
machine q35-intel
process root { bind 00:04.0 vfio-pci }
process dpdk {
  let container = open("/dev/vfio/vfio", O_RDWR)
  let group = open(group_of(00:04.0), O_RDWR)
  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
  let buf = mmap(4K, PROT_READ | PROT_WRITE)
  let sum = 0
  for i in 0..${turns} {
    ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buf, iova: 0x100000, size: 4K })
    ioctl(container, VFIO_IOMMU_UNMAP_DMA, { iova: 0x100000, size: 4K })
    sum = sum + i
  }
  sum = 0
}
`;

/** As many mappings as a container may have, side by side. */
const manyMappings = `
machine q35-intel
process root { bind 00:04.0 vfio-pci }
process spdk {
  let container = open("/dev/vfio/vfio", O_RDWR)
  let group = open(group_of(00:04.0), O_RDWR)
  ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)
  let buf = mmap(4K, PROT_READ | PROT_WRITE)
  for i in 0..65535 {
    ioctl(container, VFIO_IOMMU_MAP_DMA, { flags: READ | WRITE, vaddr: buf, iova: 0x100000000 + i * 8K, size: 4K })
  }
  print "done"
}
`;

type Handlers = ReturnType<typeof makeHandlers>;

/** A client in the same process: requests by their handlers, stops as promises. */
class Client {
  readonly handlers: Handlers;
  private waiting: (() => void) | null = null;
  private readonly acts: (() => void)[] = [];

  constructor(readonly text: string) {
    const host = { readFile: () => Promise.resolve(text), normalize: (path: string) => path };
    this.handlers = makeHandlers(host, {
      send: (event) => {
        if (event === 'stopped') this.waiting?.();
      },
      afterAnswer: (act) => this.acts.push(act),
    });
  }

  /** Line, from 1, of the first line with the text. */
  line(part: string): number {
    return this.text.split('\n').findIndex((line) => line.includes(part)) + 1;
  }

  breakAt(part: string, hitCondition?: string): void {
    const breakpoints = [{ line: this.line(part), ...(hitCondition === undefined ? {} : { hitCondition }) }];
    this.handlers.setBreakpoints({ source: { path: 'bench.vfio' }, breakpoints });
  }

  async start(part: string, hitCondition?: string): Promise<void> {
    this.handlers.initialize({ adapterID: 'vfio' });
    await this.handlers.launch({ program: 'bench.vfio', stopAtEnd: true });
    this.breakAt(part, hitCondition);
    await this.stop(() => this.handlers.configurationDone());
  }

  /** Sends a request that moves, waits for the stop, and asks what every client asks then. @returns milliseconds */
  async stop(request: () => unknown): Promise<number> {
    const begun = performance.now();
    const stopped = new Promise<void>((resolve) => (this.waiting = resolve));
    request();
    for (const act of this.acts.splice(0)) act();
    await stopped;
    const { threads } = this.handlers.threads();
    const frames = this.handlers.stackTrace({ threadId: threads.at(-1)!.id }).stackFrames;
    const [scope] = this.handlers.scopes({ frameId: frames[0]!.id }).scopes;
    if (scope !== undefined) this.handlers.variables({ variablesReference: scope.variablesReference });
    return performance.now() - begun;
  }
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Steps in both directions after so many steps: as a person sees them, with call stack and locals. */
async function latency(count: number): Promise<Measurement[]> {
  const client = new Client(scenario(Math.max(1, Math.floor(count / 4) + 20)));
  await client.start('sum = sum', String(Math.max(1, Math.floor(count / 4))));
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    times.push(await client.stop(() => client.handlers.next()));
    if (i % 3 === 2) times.push(await client.stop(() => client.handlers.stepBack()));
  }
  const what = `debugger: step through the adapter after ${count.toLocaleString('en')} steps`;
  return [
    { what: `${what}, median`, value: median(times), unit: 'ms', aim: '< 5' },
    { what: `${what}, worst of ${times.length}`, value: Math.max(...times), unit: 'ms' },
  ];
}

async function longRun(): Promise<Measurement[]> {
  const before = heapUsed();
  const client = new Client(scenario(steps / 4));
  const forward = await (async () => {
    const begun = performance.now();
    await client.start('sum = 0\n}'.split('\n')[0]!, '2');
    return performance.now() - begun;
  })();
  const kib = (heapUsed() - before) / 1024;
  client.handlers.setBreakpoints({ source: { path: 'bench.vfio' }, breakpoints: [] });
  const reverse = await client.stop(() => client.handlers.reverseContinue());
  await client.stop(() => client.handlers.next());
  return [
    { what: 'debugger: steps a second, with history', value: (steps / forward) * 1000, unit: 'steps/s' },
    { what: 'debugger: history of 1,000 steps', value: (kib / steps) * 1000, unit: 'KiB' },
    { what: 'debugger: reverse continue over 1,000,000 steps', value: reverse, unit: 'ms', aim: '< 300' },
  ];
}

/** What a breakpoint with a condition costs in a loop. */
async function condition(): Promise<Measurement> {
  const turns = 25_000;
  const seconds = async (text: string | undefined): Promise<number> => {
    const client = new Client(scenario(turns));
    client.handlers.initialize({ adapterID: 'vfio' });
    await client.handlers.launch({ program: 'bench.vfio', stopAtEnd: true });
    const breakpoints = text === undefined ? [] : [{ line: client.line('sum = sum'), condition: text }];
    client.handlers.setBreakpoints({ source: { path: 'bench.vfio' }, breakpoints });
    return client.stop(() => client.handlers.configurationDone()).catch(() => NaN);
  };
  await seconds(undefined);
  const plain = await seconds(undefined);
  const guarded = await seconds('i == 99999999');
  return {
    what: 'debugger: a condition in a loop makes it slower by',
    value: (guarded / plain - 1) * 100,
    unit: '%',
    aim: '< 33',
  };
}

/** Pages of a container with 65,535 mappings. */
async function pages(): Promise<Measurement[]> {
  const client = new Client(manyMappings);
  await client.start('print "done"');
  const { handlers } = client;
  const { threads } = handlers.threads();
  const [frame] = handlers.stackTrace({ threadId: threads.at(-1)!.id }).stackFrames;
  const open = (reference: number, name: string): number =>
    handlers.variables({ variablesReference: reference }).variables.find((each) => each.name === name)!
      .variablesReference;
  const kernel = handlers.scopes({ frameId: frame!.id }).scopes.find(({ name }) => name === 'Kernel')!;
  const container = open(open(kernel.variablesReference, 'containers'), '#1');
  const mappings = open(container, 'mappings');
  const times = [0, 30_000, 65_400].map((start) => {
    const begun = performance.now();
    handlers.variables({ variablesReference: mappings, filter: 'indexed', start, count: 100 });
    return performance.now() - begun;
  });
  return [
    {
      what: 'debugger: 100 of 65,535 mappings as variables, worst of 3',
      value: Math.max(...times),
      unit: 'ms',
      aim: '< 50',
    },
  ];
}

/** The debugger as its client sees it. */
export const measure: Measure = async () => [
  ...(await latency(10)),
  ...(await latency(10_000)),
  ...(await latency(steps)),
  ...(await longRun()),
  await condition(),
  ...(await pages()),
];
