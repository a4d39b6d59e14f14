import { basename } from 'node:path';
import { Engine, EventRecorder, iovaSnapshots, textOfProgram, topologySnapshot } from '../debugger';
import { Journal } from '../history';
import { ioctls } from '../kernel';
import { iovaMap, timeline, topology, type PageRange, type Theme } from '../pictures';
import { Execution, type Program } from '../scenario';
import { printError, UserError } from './console';
import { writeText } from './output-file';
import { problemText, readScenario } from './scenarios';

export interface DrawOptions {
  readonly iova?: boolean;
  readonly topology?: boolean;
  readonly timeline?: boolean;
  readonly output?: string;
  readonly test?: string;
  readonly theme: Theme;
  /** Number of the container, for the IOVA map. */
  readonly container?: number;
  /** Part of the address space, for the IOVA map. */
  readonly window?: PageRange;
  readonly width?: number;
}

/** A picture of the end has no last step whose changes one would want to see. */
const unmarked: ReadonlySet<object> = new Set();

const historyLimit = 16 * 1024 * 1024;

/** Runs a scenario to its end and draws what stands there. @returns whether the scenario could be run */
export async function draw(path: string, options: DrawOptions): Promise<boolean> {
  if ([options.iova, options.topology, options.timeline].filter((wanted) => wanted === true).length !== 1) {
    throw new UserError('say what to draw: --iova, --topology or --timeline');
  }
  const { program, problems } = readScenario(path);
  for (const problem of problems) printError(problemText(problem));
  if (program === undefined) return false;
  const world = await worldOf(program, options.test);
  writeText(picture(world, basename(path), options), options.output);
  return true;
}

interface World {
  readonly engine: Engine;
  readonly recorder: EventRecorder;
}

async function worldOf(program: Program, wanted: string | undefined): Promise<World> {
  const names = program.tests.flatMap(({ name }) => (name === null ? [] : [name]));
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UserError(
      `there is no test "${wanted}"${names.length === 0 ? '' : `; there are ${names.map((name) => `"${name}"`).join(', ')}`}`,
    );
  }
  const test = wanted ?? names[0];
  if (wanted === undefined && names.length > 1) printError(`drawn after the test "${test!}"; --test chooses another`);
  const recorder = new EventRecorder();
  const journal = new Journal({ limit: historyLimit, recording: true });
  const execution = new Execution(journal, program, test === undefined ? {} : { tests: [test] });
  let step = 0;
  const listener = {
    ran: (...[report, statement]: Parameters<ConstructorParameters<typeof Engine>[2]['ran']>) =>
      recorder.note(report, statement, step++, execution.kernel),
    logged: () => undefined,
  };
  const engine = new Engine(execution, textOfProgram(program), listener, { requestNames: new Set(ioctls.keys()) });
  engine.setFilters(new Map());
  await engine.move('continue');
  return { engine, recorder };
}

function picture({ engine, recorder }: World, name: string, options: DrawOptions): string {
  const { theme, width } = options;
  const size = width === undefined ? {} : { width };
  if (options.topology === true) return topology(topologySnapshot(engine, unmarked), { theme });
  if (options.timeline === true) return timeline(recorder.snapshot(name, null), { theme, ...size });
  const containers = iovaSnapshots(engine, unmarked);
  const { container, window } = options;
  const found = container === undefined ? busiest(containers) : containers.find(({ id }) => id === container);
  if (found === undefined) {
    const known = containers.map(({ id, snapshot }) => `${id} (${snapshot.name})`).join(', ');
    throw new UserError(
      containers.length === 0
        ? 'no container is open at the end of the scenario'
        : `there is no container ${container!}; there are ${known}`,
    );
  }
  return iovaMap(found.snapshot, { theme, ...size, ...(window === undefined ? {} : { window }) });
}

type Containers = ReturnType<typeof iovaSnapshots>;

/** The container with the most mappings, the first of those with as many. */
function busiest(containers: Containers): Containers[number] | undefined {
  return containers.reduce<Containers[number] | undefined>(
    (most, one) => (most === undefined || one.snapshot.mappings.length > most.snapshot.mappings.length ? one : most),
    undefined,
  );
}
