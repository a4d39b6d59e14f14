import { ioctls } from '../kernel';
import { address, argument, file, name, prot } from './arguments';
import { droppableCapabilities, openModes, type Call, type Recording, type Step } from './calls';
import { parseJson, Place } from './json';

function ioctlCall(step: Place): Call {
  const place = step.at('request');
  const request = typeof place.value === 'string' ? place.string() : place.count();
  const ioctl = typeof request === 'string' ? ioctls.get(request) : undefined;
  if (typeof request === 'string' && ioctl === undefined) {
    place.fail(`${request} is no ioctl of VFIO`, 'Give a name of linux/vfio.h (Linux 5.7), or the bare number.');
  }
  return {
    call: 'ioctl',
    fd: file(step.at('fd')),
    request,
    argument: argument(ioctl, step.at('arg'), step.at('room')),
    as: step.at('as').present ? name(step.at('as')) : null,
  };
}

function mmapCall(step: Place): Call {
  const given = (key: string): boolean => step.at(key).present && step.at(key).boolean();
  return {
    call: 'mmap',
    as: name(step.at('as')),
    length: step.at('length').integer(),
    prot: prot(step.at('prot')),
    hugetlb: given('hugetlb'),
    fd: step.at('fd').present ? file(step.at('fd')) : null,
    offset: step.at('offset').present ? step.at('offset').integer() : 0n,
    private: given('private'),
  };
}

interface CallReader {
  /** Keys of the step that belong to the call. */
  readonly keys: readonly string[];
  read(step: Place): Call;
}

const pathReader = (call: 'cat' | 'catx' | 'readlink' | 'stat'): CallReader => ({
  keys: ['path'],
  read: (step) => ({ call, path: step.at('path').string() }),
});
const fileReader = (call: 'close' | 'readev'): CallReader => ({
  keys: ['fd'],
  read: (step) => ({ call, fd: file(step.at('fd')) }),
});
const bareReader = (call: 'status' | 'exit' | 'kill'): CallReader => ({
  keys: [],
  read: () => ({ call }),
});

const readers: Readonly<Record<Call['call'], CallReader>> = {
  open: {
    keys: ['as', 'path', 'flags'],
    read: (step) => ({
      call: 'open',
      as: name(step.at('as')),
      path: step.at('path').string(),
      flags: step.at('flags').oneOf(openModes),
    }),
  },
  close: fileReader('close'),
  readev: fileReader('readev'),
  dup: {
    keys: ['as', 'fd'],
    read: (step) => ({ call: 'dup', as: name(step.at('as')), fd: file(step.at('fd')) }),
  },
  ioctl: { keys: ['fd', 'request', 'arg', 'room', 'as'], read: ioctlCall },
  mmap: { keys: ['as', 'length', 'prot', 'hugetlb', 'fd', 'offset', 'private'], read: mmapCall },
  munmap: {
    keys: ['addr', 'length'],
    read: (step) => ({
      call: 'munmap',
      addr: address(step.at('addr')),
      length: step.at('length').integer(),
    }),
  },
  mprotect: {
    keys: ['addr', 'length', 'prot'],
    read: (step) => ({
      call: 'mprotect',
      addr: address(step.at('addr')),
      length: step.at('length').integer(),
      prot: prot(step.at('prot')),
    }),
  },
  peek: {
    keys: ['addr', 'length'],
    read: (step) => ({
      call: 'peek',
      addr: address(step.at('addr')),
      length: step.at('length').count(),
    }),
  },
  poke: {
    keys: ['addr', 'bytes'],
    read: (step) => ({
      call: 'poke',
      addr: address(step.at('addr')),
      bytes: step.at('bytes').bytes(),
    }),
  },
  peek32: { keys: ['addr'], read: (step) => ({ call: 'peek32', addr: address(step.at('addr')) }) },
  poke32: {
    keys: ['addr', 'value'],
    read: (step) => ({
      call: 'poke32',
      addr: address(step.at('addr')),
      value: Number(step.at('value').integer()),
    }),
  },
  pread: {
    keys: ['fd', 'offset', 'length'],
    read: (step) => ({
      call: 'pread',
      fd: file(step.at('fd')),
      offset: step.at('offset').integer(),
      length: step.at('length').count(),
    }),
  },
  pwrite: {
    keys: ['fd', 'offset', 'bytes'],
    read: (step) => ({
      call: 'pwrite',
      fd: file(step.at('fd')),
      offset: step.at('offset').integer(),
      bytes: step.at('bytes').bytes(),
    }),
  },
  eventfd: {
    keys: ['as', 'initval'],
    read: (step) => ({
      call: 'eventfd',
      as: name(step.at('as')),
      initval: step.at('initval').present ? step.at('initval').count() : 0,
    }),
  },
  writeev: {
    keys: ['fd', 'value'],
    read: (step) => ({
      call: 'writeev',
      fd: file(step.at('fd')),
      value: step.at('value').integer(),
    }),
  },
  cat: pathReader('cat'),
  catx: pathReader('catx'),
  readlink: pathReader('readlink'),
  stat: pathReader('stat'),
  echo: {
    keys: ['path', 'text'],
    read: (step) => ({
      call: 'echo',
      path: step.at('path').string(),
      text: step.at('text').string(),
    }),
  },
  memlock: {
    keys: ['bytes'],
    read: (step) => ({ call: 'memlock', bytes: step.at('bytes').integer() }),
  },
  capdrop: {
    keys: ['cap'],
    read: (step) => ({ call: 'capdrop', cap: step.at('cap').oneOf(droppableCapabilities) }),
  },
  setuid: { keys: ['uid'], read: (step) => ({ call: 'setuid', uid: step.at('uid').count() }) },
  sleep: { keys: ['ms'], read: (step) => ({ call: 'sleep', ms: step.at('ms').count() }) },
  status: bareReader('status'),
  exit: bareReader('exit'),
  kill: bareReader('kill'),
};

const stepKeys = ['proc', 'call', 'result', 'late', 'dmesg'];

function parseStep(place: Place): Step {
  const kind = place.at('call').oneOf(Object.keys(readers) as Call['call'][]);
  const reader = readers[kind];
  place.onlyKeys([...stepKeys, ...reader.keys]);
  const late = place.at('late');
  const dmesg = place.at('dmesg');
  return {
    proc: name(place.at('proc')),
    call: reader.read(place),
    expected: {
      result: place.at('result').object(),
      ...(late.present ? { late: late.object() } : {}),
      ...(dmesg.present ? { dmesg: dmesg.list().map((line) => line.string()) } : {}),
    },
  };
}

/**
 * Reads a recording.
 * @throws RecordingError for what is no recording, with the place in the JSON and what to do
 */
export function parseRecording(text: string): Recording {
  const root = new Place(parseJson(text), '');
  if (root.value === null || typeof root.value !== 'object' || Array.isArray(root.value)) {
    root.fail(
      'a recording is an object with name, machine and steps',
      'This JSON is something else; give a recording.',
    );
  }
  const steps = root.at('steps');
  if (!steps.present) steps.fail('a recording has a list of steps', 'This JSON is no recording; give one.');
  const about = root.at('about');
  const kernel = root.at('kernel');
  return {
    name: root.at('name').string(),
    about: about.present ? about.string() : '',
    kernel: kernel.present ? kernel.string() : '5.7',
    machine: root.at('machine').string(),
    steps: steps.list().map(parseStep),
  };
}
