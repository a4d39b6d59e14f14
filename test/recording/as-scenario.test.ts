import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/history';
import { parseRecording, recordingToScenario } from '../../src/recording';
import { compile, Execution, parse } from '../../src/scenario';

const folder = join(import.meta.dirname, '../recordings');
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));

const scenarioOf = (name: string): string =>
  recordingToScenario(parseRecording(readFileSync(join(folder, `${name}.json`), 'utf8')));

/** Everything that goes wrong when the scenario runs. */
function failuresOf(text: string): string[] {
  const { file } = parse(text, 'recorded.vfio');
  const execution = new Execution(new Journal({ recording: false }), compile(file));
  const found: string[] = [];
  while (!execution.ended) {
    const { failures, error } = execution.step();
    for (const { message, range } of failures) found.push(`line ${range.start.line + 1}: ${message}`);
    if (error !== undefined) found.push(error.message);
  }
  return found;
}

describe('a recording as a scenario', () => {
  it.each(all)('%s has no errors', (name) => {
    const { problems } = parse(scenarioOf(name), `${name}.vfio`);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(all)('%s gives the recorded answers', (name) => {
    expect(failuresOf(scenarioOf(name))).toEqual([]);
  });

  it('notices a wrong answer', () => {
    const wrong = scenarioOf('first-mapping').replace('expect EEXIST', 'expect EPERM');
    expect(failuresOf(wrong)).toHaveLength(1);
  });

  it('notices a wrong return value of a call with a structure', () => {
    const text = scenarioOf('first-mapping');
    expect(text).toContain('\n    expect 0\n');
    expect(failuresOf(text.replace('\n    expect 0\n', '\n    expect 1\n'))).toHaveLength(1);
  });
});

/** A recording of these steps, each a process, a call and what it gave. */
function recorded(...steps: readonly object[]): string {
  return recordingToScenario(
    parseRecording(JSON.stringify({ name: 'made up', kernel: '5.7.14', machine: 'q35-intel', steps })),
  );
}

const opened = { proc: 'a', call: 'open', as: 'c', path: '/dev/vfio/vfio', flags: 'rdwr', result: { ret: 0 } };
const boundDevice = [
  { text: 'vfio-pci', path: '/sys/bus/pci/devices/0000:00:04.0/driver_override' },
  { text: '0000:00:04.0', path: '/sys/bus/pci/drivers_probe' },
].map((echo) => ({ proc: 'a', call: 'echo', ...echo, result: { ret: 0 } }));

describe('what a recording as a scenario says', () => {
  it('an absent argument is NULL, where the language would give a structure', () => {
    const text = recorded(opened, {
      proc: 'a',
      call: 'ioctl',
      fd: 'c',
      request: 'VFIO_IOMMU_GET_INFO',
      result: { ret: -1, errno: 'EINVAL' },
    });
    expect(text).toContain('ioctl(c, VFIO_IOMMU_GET_INFO, 0)  expect EINVAL');
    expect(failuresOf(text)).toEqual([]);
  });

  it.each(['kill', 'exit'])('a name after %s is another process, without files', (call) => {
    const text = recorded(
      opened,
      { proc: 'a', call, result: { ret: 0 } },
      { proc: 'a', call: 'close', fd: 'c', result: { ret: -1, errno: 'EBADF' } },
      opened,
    );
    expect(failuresOf(text)).toEqual([]);
  });

  it('names of files and memory may be words of the language, and the same', () => {
    const map = { proc: 'a', call: 'mmap', length: 4096, prot: 'rw', result: { ret: 0 } };
    const text = recorded(
      { ...opened, as: 'open' },
      { ...map, as: 'open' },
      { ...opened, as: 'g-1' },
      { ...map, as: 'g_1' },
      { proc: 'a', call: 'peek', addr: 'open+0x10', length: 2, result: { ret: 0, out: '0000' } },
      { proc: 'a', call: 'close', fd: 'open', result: { ret: 0 } },
      { proc: 'a', call: 'close', fd: 'g-1', result: { ret: 0 } },
    );
    expect(failuresOf(text)).toEqual([]);
  });

  it('a line of the log that the recording does not have fails', () => {
    const wrong = { proc: 'a', call: 'ioctl', request: 'VFIO_GROUP_GET_DEVICE_FD' };
    const steps = [
      ...boundDevice,
      opened,
      { proc: 'a', call: 'open', as: 'g', path: '/dev/vfio/1', flags: 'rdwr', result: { ret: 0 } },
      { proc: 'a', call: 'ioctl', fd: 'g', request: 'VFIO_GROUP_SET_CONTAINER', arg: { fd: 'c' }, result: { ret: 0 } },
      { proc: 'a', call: 'ioctl', fd: 'c', request: 'VFIO_SET_IOMMU', arg: 1, result: { ret: 0 } },
    ];
    const refused = {
      ...wrong,
      fd: 'g',
      arg: { string: '0000:00:04.0 vf_token=2ab74924-c335-45f4-9b16-8569e5b08258' },
      result: { ret: -1, errno: 'EINVAL' },
    };
    const line = 'vfio-pci 0000:00:04.0: VF token incorrectly provided, not a PF or VF';
    expect(failuresOf(recorded(...steps, { ...refused, dmesg: [line] }))).toEqual([]);
    expect(failuresOf(recorded(...steps, refused))).toHaveLength(1);
    expect(failuresOf(recorded(...steps, { ...refused, dmesg: [line, line] }))).toHaveLength(2);
  });

  it('a late answer that does not come fails', () => {
    const late = scenarioOf('unbind-while-open');
    expect(late).toContain('expect late(');
    expect(failuresOf(late.replace(/expect late\((\w+)\) == 0/, 'expect late($1) == null'))).toHaveLength(1);
  });
});
