import { O_RDONLY, O_RDWR, O_WRONLY, Syscalls, type CallResult, type Kernel, type Process } from '../kernel';
import type { Call } from './calls';
import { Agent, marshalIoctl, type MarshalledIoctl } from './marshal';

const openFlags = { rdonly: O_RDONLY, wronly: O_WRONLY, rdwr: O_RDWR } as const;

/** How long a recording waits for a call before it says that the call is blocked, in milliseconds. */
const patience = 2500;
/** How often it looks whether the call has come back meanwhile, in milliseconds. */
const glance = 50;

/** What a call gave, with the argument that it was made with (`ioctl` writes into it). */
export interface Performed {
  readonly result: CallResult;
  readonly marshalled: MarshalledIoctl | null;
}

/** Makes a recording's calls on a kernel. */
export class Performer {
  private readonly agents = new Map<string, Agent>();
  private readonly syscalls: Syscalls;

  constructor(private readonly kernel: Kernel) {
    this.syscalls = new Syscalls(kernel);
  }

  /** Makes the call; when it waits, lets time pass as the recording did before it went on. */
  perform(proc: string, call: Call): Performed {
    const agent = this.agent(proc);
    const marshalled = call.call === 'ioctl' ? marshalIoctl(agent, call) : null;
    const result = this.make(agent, call, marshalled);
    if (!result.blocked) {
      this.bind(agent, call, result);
      return { result, marshalled };
    }
    const answer = this.wait(agent);
    return { result: answer === undefined ? result : { ret: answer }, marshalled };
  }

  /** The answers of calls that had been blocked and came back since this was asked last, by process. */
  lateAnswers(): { proc: string; answer: number }[] {
    const { finished } = this.kernel;
    const answers = finished.toArray().map(({ process, answer }) => ({ proc: process.name, answer }));
    finished.clear();
    return answers;
  }

  /** Every process is called `agent`; one that ended begins anew with its next call. */
  private agent(proc: string): Agent {
    const known = this.agents.get(proc);
    if (known?.process.alive) return known;
    const agent = new Agent(this.kernel.spawn({ name: proc, command: 'agent' }));
    this.agents.set(proc, agent);
    return agent;
  }

  private wait(agent: Agent): number | undefined {
    for (let waited = 0; waited < patience && agent.process.blocked !== null; waited += glance) {
      this.kernel.sleep(glance);
    }
    const { finished } = this.kernel;
    const mine = finished.toArray().find(({ process }) => process === agent.process);
    if (mine !== undefined) finished.remove(mine);
    return mine?.answer;
  }

  /** Names what the call made. A failed call binds nothing; a closed file's name means nothing any more. */
  private bind(agent: Agent, call: Call, { ret, busy }: CallResult): void {
    if (busy || ret < 0) return;
    if (call.call === 'mmap') agent.memory.set(call.as, BigInt(ret));
    else if (call.call === 'close' && typeof call.fd === 'string') agent.files.delete(call.fd);
    else if ('as' in call && call.as !== null) agent.files.set(call.as, Number(ret));
  }

  private make(agent: Agent, call: Call, marshalled: MarshalledIoctl | null): CallResult {
    const making = { syscalls: this.syscalls, process: agent.process, agent, marshalled };
    // The table has a function for each kind of call; TypeScript cannot see that it is the one for this kind.
    return (calls[call.call] as (making: Making, call: Call) => CallResult)(making, call);
  }
}

/** What the functions below make their call with. */
interface Making {
  readonly syscalls: Syscalls;
  readonly process: Process;
  readonly agent: Agent;
  readonly marshalled: MarshalledIoctl | null;
}

type CallOf<Kind extends string, Any = Call> = Any extends { call: infer Kinds }
  ? Kind extends Kinds
    ? Any
    : never
  : never;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

const calls: {
  readonly [Kind in Call['call']]: (making: Making, call: CallOf<Kind>) => CallResult;
} = {
  open: ({ syscalls, process }, { path, flags }) => syscalls.open(process, path, openFlags[flags]),
  close: ({ syscalls, process, agent }, { fd }) => syscalls.close(process, agent.fd(fd)),
  dup: ({ syscalls, process, agent }, { fd }) => syscalls.dup(process, agent.fd(fd)),
  ioctl: ({ syscalls, process, agent, marshalled }, { fd }) =>
    syscalls.ioctl(process, agent.fd(fd), marshalled?.request ?? 0, marshalled?.argument ?? 0),
  mmap: ({ syscalls, process, agent }, { length, prot, hugetlb, fd, offset, private: isPrivate }) =>
    syscalls.mmap(process, {
      length,
      prot,
      hugetlb,
      ...(fd === null ? {} : { fd: agent.fd(fd), offset, private: isPrivate }),
    }),
  munmap: ({ syscalls, process, agent }, { addr, length }) => syscalls.munmap(process, agent.address(addr), length),
  mprotect: ({ syscalls, process, agent }, { addr, length, prot }) =>
    syscalls.mprotect(process, agent.address(addr), length, prot),
  peek: ({ syscalls, process, agent }, { addr, length }) => syscalls.peek(process, agent.address(addr), length),
  poke: ({ syscalls, process, agent }, { addr, bytes }) => syscalls.poke(process, agent.address(addr), bytes),
  peek32: ({ syscalls, process, agent }, { addr }) => syscalls.peek32(process, agent.address(addr)),
  poke32: ({ syscalls, process, agent }, { addr, value }) => syscalls.poke32(process, agent.address(addr), value),
  pread: ({ syscalls, process, agent }, { fd, offset, length }) =>
    syscalls.pread(process, agent.fd(fd), u64(offset), length),
  pwrite: ({ syscalls, process, agent }, { fd, offset, bytes }) =>
    syscalls.pwrite(process, agent.fd(fd), u64(offset), bytes),
  eventfd: ({ syscalls, process }, { initval }) => syscalls.eventfd(process, initval),
  readev: ({ syscalls, process, agent }, { fd }) => syscalls.readEventfd(process, agent.fd(fd)),
  writeev: ({ syscalls, process, agent }, { fd, value }) => syscalls.writeEventfd(process, agent.fd(fd), value),
  cat: ({ syscalls, process }, { path }) => syscalls.cat(process, path),
  catx: ({ syscalls, process }, { path }) => syscalls.catx(process, path),
  readlink: ({ syscalls, process }, { path }) => syscalls.readlink(process, path),
  stat: ({ syscalls, process }, { path }) => syscalls.stat(process, path),
  echo: ({ syscalls, process }, { path, text }) => syscalls.echo(process, path, text),
  memlock: ({ syscalls, process }, { bytes }) => syscalls.memlock(process, bytes),
  capdrop: ({ syscalls, process }, { cap }) => syscalls.capdrop(process, cap),
  setuid: ({ syscalls, process }, { uid }) => syscalls.setuid(process, uid),
  status: ({ syscalls, process }) => syscalls.status(process),
  sleep: ({ syscalls, process }, { ms }) => syscalls.sleep(process, ms),
  exit: ({ syscalls, process }) => syscalls.exit(process),
  kill: ({ syscalls, process }) => syscalls.kill(process),
};
