import { describe, expect, it } from 'vitest';
import { parseRecording, RecordingError } from '../../src/recording';

const step = (given: object): string =>
  JSON.stringify({
    name: 'x',
    machine: 'q35-intel',
    steps: [{ proc: 'a', result: { ret: 0 }, ...given }],
  });

/** The message that a broken recording gives. */
function problemOf(text: string): string {
  try {
    parseRecording(text);
  } catch (error) {
    if (error instanceof RecordingError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('a broken recording', () => {
  it.each([
    ['', 'not JSON'],
    ['{\n  "name": "x",\n  "steps": [ }', 'line 3, column '],
    ['[]', 'a recording is an object'],
    ['null', 'a recording is an object'],
    ['{"name":"x"}', 'steps: a recording has a list of steps'],
    ['{"name":"x","machine":"q35-intel","steps":{}}', 'steps: A list is needed, not an object'],
    ['{"machine":"q35-intel","steps":[]}', 'name: A string is needed, not nothing'],
    ['{"name":"x","steps":[]}', 'machine: A string is needed'],
    ['{"name":"x","machine":"m","steps":[7]}', 'steps[0]: An object is needed, not the number 7'],
    [step({ call: 'opne' }), 'steps[0].call: "opne" is not known here. Known: open, close'],
    [step({ call: 'open', as: 'c', path: '/dev/vfio/vfio', flags: 'rw' }), 'Known: rdwr, rdonly, wronly'],
    [step({ call: 'close', fd: 'c', colour: 1 }), 'steps[0].colour: this key is not known here'],
    [step({ call: 'sleep', ms: 'long' }), 'steps[0].ms: An integer'],
    [step({ call: 'sleep', ms: -1 }), 'steps[0].ms: A number from 0'],
    [step({ call: 'poke', addr: 'm+0x10', bytes: '0' }), 'steps[0].bytes: Bytes as pairs of hex digits'],
    [step({ call: 'peek', addr: 'm+', length: 1 }), 'steps[0].addr: An integer'],
    [step({ call: 'ioctl', fd: 'c', request: 'VFIO_MAP' }), 'VFIO_MAP is no ioctl of VFIO'],
    [
      step({ call: 'ioctl', fd: 'c', request: 'VFIO_IOMMU_MAP_DMA', arg: { iowa: 1 } }),
      'steps[0].arg.iowa: struct vfio_iommu_type1_dma_map has no field iowa. Its fields: argsz, flags, vaddr, iova, size.',
    ],
    [
      step({
        call: 'ioctl',
        fd: 'd',
        request: 'VFIO_DEVICE_SET_IRQS',
        arg: { data: [{ u16: 1 }] },
      }),
      'steps[0].arg.data[0]: data of kind "u16" is not known',
    ],
    [step({ call: 'close', fd: 'c', dmesg: 'line' }), 'steps[0].dmesg: A list is needed'],
  ])('%s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});
