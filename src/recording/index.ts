/** Recordings of a real kernel: reading them, replaying them on the simulated one, and writing them as scenarios. */
export { RecordingError } from './json';
export { parseRecording } from './parse';
export { recordingToScenario } from './as-scenario';
export { perform, replay, type Difference, type Replay } from './replay';
export type { Call, Outcome, Recording, Step } from './calls';
