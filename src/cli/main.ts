import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { changeNamed, kernelChanges } from '../kernel/changes';
import { endWithReader, flush, printError, UserError } from './console';
import type { DrawOptions } from './draw';
import type { FmtOptions } from './fmt';
import type { ImportOptions } from './import';
import type { ReplayCommandOptions } from './replay';
import type { RunCommandOptions } from './run';
import type { TestCommandOptions } from './test';

/** The default of `--max-steps`: some seconds. */
const defaultMaxSteps = 10_000_000;

const status = { good: 0, failed: 1, usage: 2 } as const;

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}

function traceFormat(text: string): 'json' {
  if (text !== 'json') throw new InvalidArgumentError('The only format is json.');
  return text;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65535)
    throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return number;
}

/** `0x100000-0x1fffff` in pages. */
function addressWindow(text: string): { readonly page: number; readonly count: number } {
  const match = /^(0x[0-9a-f]{1,16})-(0x[0-9a-f]{1,16})$/i.exec(text);
  const [first, last] = match === null ? [1n, 0n] : [BigInt(match[1]!), BigInt(match[2]!)];
  if (first > last) throw new InvalidArgumentError('Give the first and the last address, such as 0x100000-0x1fffff.');
  return { page: Number(first >> 12n), count: Number((last >> 12n) - (first >> 12n)) + 1 };
}

/** Collects the changes of `--without`. */
function change(text: string, before: string[]): string[] {
  const known = changeNamed(text);
  if (known === undefined) {
    throw new InvalidArgumentError(`Known are ${[...kernelChanges.keys()].join(', ')}.`);
  }
  return [...before, known.hash];
}

function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** `2/4` */
function shardOf(text: string): { index: number; count: number } {
  const [index = 0, count = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : [];
  if (index < 1 || index > count) throw new InvalidArgumentError('Give the part and how many there are, such as 2/4.');
  return { index, count };
}

const done = (good: boolean): void => {
  process.exitCode = good ? status.good : status.failed;
};

/** Commands load their part of the program only when they are called: a start must not cost what is not used. */
function program(): Command {
  const lab = new Command('vfio-lab');
  lab.description('A simulated machine with the Linux VFIO stack: runs scenarios, tests and recordings.');
  lab.exitOverride().showHelpAfterError('(vfio-lab --help tells more)');
  lab
    .command('run')
    .description('run scenarios and show every call with its answer')
    .argument('<file...>', 'scenarios (*.vfio)')
    .option('--explain', 'show what the kernel checked in each call')
    .option('--no-history', 'keep no history: faster, needs less memory')
    .option('--without <commit>', 'on a kernel without this change of its history; can be given again', change, [])
    .option('--trace <format>', 'one JSON object for each call instead of the tree', traceFormat)
    .option('--max-steps <n>', 'stop a run that takes longer', positive, defaultMaxSteps)
    .action(async (files: string[], options: RunCommandOptions) => {
      const { run } = await import('./run');
      done(await run(files, options));
    });
  lab
    .command('test')
    .description('run the tests of scenarios; in folders those of all *.vfio files')
    .argument('<path...>', 'scenarios or folders')
    .addOption(new Option('--tap', 'write the Test Anything Protocol').conflicts('json'))
    .option('--json', 'write one JSON object for each test')
    .option('--junit <file>', 'also write JUnit XML to a file')
    .option('--test <name>', 'only the test of this name; can be given again', collected)
    .option('--shard <part>', 'only a part of the files: 2/4 is the second of four', shardOf)
    .option('--watch', 'run again after each change of a scenario')
    .option('--max-steps <n>', 'a test that takes longer fails', positive, defaultMaxSteps)
    .action(async (paths: string[], options: TestCommandOptions) => {
      const { test } = await import('./test');
      done(await test(paths, options));
    });
  lab
    .command('check')
    .description('tell what is wrong with scenarios, without running them')
    .argument('<path...>', 'scenarios or folders')
    .action(async (paths: string[]) => {
      const { check } = await import('./check');
      done(await check(paths));
    });
  lab
    .command('replay')
    .description('replay recordings of a real kernel and show where the simulated one answers differently')
    .argument('<file...>', 'recordings (*.json)')
    .option('--json', 'one JSON object for each recording')
    .option('--without <commit>', 'on a kernel without this change of its history; can be given again', change, [])
    .option('--as-scenario', 'write the recording as a scenario instead of replaying it')
    .action(async (files: string[], options: ReplayCommandOptions) => {
      const { replay } = await import('./replay');
      done(await replay(files, options));
    });
  lab
    .command('draw')
    .description('run a scenario and draw what stands at its end, as SVG')
    .argument('<file>', 'a scenario (*.vfio)')
    .option('--iova', 'the address space of a container')
    .option('--topology', 'the PCI hierarchy with its IOMMU groups')
    .option('--timeline', 'the calls of the run')
    .option('-o, --output <file>', 'where to write it; default standard output')
    .option('--test <name>', 'the test to run; default the first')
    .option('--container <number>', 'for --iova: which container; default the one with the most mappings', positive)
    .option('--window <first-last>', 'for --iova: addresses to show, such as 0x100000-0x1fffff', addressWindow)
    .option('--width <pixels>', 'width of --iova and --timeline', positive)
    .addOption(
      new Option('--theme <name>', 'colours')
        .choices(['auto', 'light', 'dark', 'high-contrast', 'high-contrast-light'])
        .default('auto'),
    )
    .action(async (file: string, options: DrawOptions) => {
      const { draw } = await import('./draw');
      done(await draw(file, options));
    });
  lab
    .command('import')
    .description(
      'make a machine block from dumps of a real machine: lspci -vvv, lspci -xxxx, a copy of sysfs, its IOMMU groups',
    )
    .argument('<file...>', 'dumps of one machine')
    .option('-o, --output <file>', 'where to write it; default standard output')
    .action(async (files: string[], options: ImportOptions) => {
      const { importFiles } = await import('./import');
      done(importFiles(files, options));
    });
  lab
    .command('fmt')
    .description('format scenarios in place, and tell which were changed')
    .argument('<path...>', 'scenarios or folders; - reads standard input and writes standard output')
    .option('--check', 'change nothing; fail when a file is not formatted')
    .action(async (paths: string[], options: FmtOptions) => {
      const { fmt } = await import('./fmt');
      done(await fmt(paths, options));
    });
  lab
    .command('lsp')
    .description('serve the Language Server Protocol on standard input and output')
    // What clients pass along by habit.
    .option('--stdio', 'the same')
    .action(async () => {
      const { serveLsp } = await import('./lsp');
      serveLsp();
    });
  lab
    .command('completion')
    .description('write a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionScript } = await import('./completion');
      process.stdout.write(completionScript(lab, shell));
    });
  lab
    .command('dap')
    .description('serve the Debug Adapter Protocol on standard input and output, or on a port of this machine')
    .option('--port <port>', 'listen on 127.0.0.1; 0 takes any free port', port)
    .action(async (options: { port?: number }) => {
      const { serveDap } = await import('./dap');
      await serveDap(options.port);
    });
  return lab;
}

async function main(): Promise<void> {
  endWithReader();
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written what there is to say.
      process.exitCode = error.exitCode === 0 ? status.good : status.usage;
      return;
    }
    flush();
    const text = error instanceof Error ? error.message : String(error);
    printError(error instanceof UserError ? text : `vfio-lab: this should not happen: ${text}`);
    process.exitCode = status.failed;
  }
}

void main();
