import {
  parseRecording,
  RecordingError,
  recordingToScenario,
  replay as replayRecording,
  type Recording,
  type Replay,
} from '../recording';
import { attempt, count, flush, paint, printLine, UserError } from './console';
import { readText } from './scenarios';

export interface ReplayCommandOptions {
  readonly json?: boolean;
  readonly asScenario?: boolean;
  /** Changes that the recorded kernel lacked, by hash. */
  readonly without: readonly string[];
}

/** Differences of one recording that are shown; `--json` has all. */
const mostShown = 10;

/** `vfio-lab replay`: whether every recording gave the recorded answers. */
export async function replay(files: readonly string[], options: ReplayCommandOptions): Promise<boolean> {
  let good = true;
  for (const file of files) good = (await attempt(() => replayFile(file, options))) && good;
  flush();
  return good;
}

function replayFile(file: string, options: ReplayCommandOptions): boolean {
  const recording = readRecording(file);
  if (options.asScenario === true) {
    printLine(recordingToScenario(recording).trimEnd());
    return true;
  }
  const result = replayRecording(recording, { without: options.without });
  const { name, steps, same, differences } = result;
  if (options.json === true) printLine(JSON.stringify({ name, steps, same, differences }));
  else printReplay(result, recording);
  return same;
}

/** @throws UserError when the file cannot be read or is no recording */
function readRecording(file: string): Recording {
  const text = readText(file);
  try {
    return parseRecording(text);
  } catch (error) {
    if (error instanceof RecordingError) throw new UserError(`${file}: ${error.message}`);
    throw error;
  }
}

function printReplay({ name, steps, same, differences }: Replay, recording: Recording): void {
  if (same) {
    printLine(`${paint('green', 'same')}      ${name} (${count(steps, 'step')})`);
    return;
  }
  printLine(`${paint('red', 'different')} ${name} (${differences.length} of ${count(steps, 'step')})`);
  for (const { step, expected, actual } of differences.slice(0, mostShown)) {
    printLine(`  step ${step}: ${recording.steps[step]?.call.call ?? ''}`);
    printLine(`    expected ${JSON.stringify(expected)}`);
    printLine(`    actual   ${JSON.stringify(actual)}`);
  }
  if (differences.length > mostShown) printLine(`  … and ${differences.length - mostShown} more`);
}
