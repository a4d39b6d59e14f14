import { ContainerFile, Type1Iommu, VFIO_DEVICE_FLAGS_RESET, VFIO_GROUP_FLAGS_VIABLE, type Kernel } from '../../kernel';
import type { CallReport } from '../../scenario';
import { Holders } from '../views/holders';

/** A topic and the values that make it apply. */
export interface Finding {
  /** Id of a topic. */
  readonly topic: string;
  readonly condition: string;
}

/** What is known when a call is explained. */
export interface Scene {
  readonly call: CallReport;
  /** The kernel before the call; null before the first test. */
  readonly kernel: Kernel | null;
}

type Situation = (scene: Scene) => Finding | undefined;

/** `0000:01:00.0` in a text. */
export const addressPattern = /(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/i;

/** Pins of so many pages are worth a word: 256 MiB in small pages. */
const manyPages = 65536;

/** What calls answer without an errno site of their own, by errno. */
const byErrno: Readonly<Record<string, Situation>> = {
  EBADF: ({ call }) => ({
    topic: 'bad-descriptor',
    condition: `no such descriptor is open in process ${call.process}`,
  }),
  ENOENT: ({ call, kernel }) => {
    const path = call.path ?? call.text;
    if (kernel?.machine.iommu === null && /iommu|dev\/vfio\/\d/.test(path)) {
      return { topic: 'no-iommu', condition: `${path} does not exist: the machine has no IOMMU, so there is no group` };
    }
    if (path.startsWith('/dev/vfio/')) return { topic: 'no-group-file', condition: `${path} does not exist now` };
    return { topic: 'no-such-path', condition: `${path} does not exist now` };
  },
  EACCES: ({ call, kernel }) => {
    const node = call.path === undefined ? undefined : kernel?.characterDevices.get(call.path);
    if (node === undefined) return { topic: 'no-permission', condition: 'the caller has not the right to do this' };
    const uid = kernel?.processes.get(call.process)?.uid;
    const mode = (node.mode & 0o777).toString(8).padStart(4, '0');
    return {
      topic: 'node-permission',
      condition: `${call.path} has owner ${node.owner} and mode ${mode}; ${call.process} has uid ${uid}`,
    };
  },
  EPERM: () => ({ topic: 'no-permission', condition: 'the caller has not the right to do this' }),
  ENODEV: ({ call, kernel }) => {
    const name = nameIn(call.text);
    const device = name === undefined ? undefined : kernel?.pci.device(name)?.device;
    if (name !== undefined && device === undefined) {
      return { topic: 'no-such-path', condition: `there is no device ${name}` };
    }
    const topic = call.name === 'unbind' ? 'not-bound' : 'wrong-driver';
    return { topic, condition: `${name ?? 'the device'} has ${driverText(device?.driver?.name)}` };
  },
};

/** What went well and still is not what a person wanted, by request or name of the call. */
const bySuccess: Readonly<Record<string, Situation>> = {
  VFIO_GROUP_GET_STATUS: ({ call, kernel }) => {
    const flags = call.out?.fields.get('flags');
    if (typeof flags !== 'bigint' || (Number(flags) & VFIO_GROUP_FLAGS_VIABLE) !== 0) return undefined;
    const id = /\/dev\/vfio\/(\d+)/.exec(call.text)?.[1];
    const group = [...(kernel?.vfio.groups.values() ?? [])].find(({ iommuGroup }) => iommuGroup.id === Number(id));
    const obstacle = group?.obstacle() ?? null;
    const which = obstacle === null ? 'a device' : obstacle.device.name;
    return {
      topic: 'not-viable',
      condition: `flags lack VIABLE: ${which} is bound to ${obstacle?.driver ?? 'a driver'}`,
    };
  },
  VFIO_CHECK_EXTENSION: ({ call }) =>
    Number(call.result.ret) === 0 ? { topic: 'iommu-type', condition: 'the answer 0 means no' } : undefined,
  VFIO_IOMMU_UNMAP_DMA: ({ call }) => {
    const unmapped = call.out?.fields.get('size');
    const asked = sizeIn(call.text);
    if (unmapped === 0n) return { topic: 'unmap-nothing', condition: 'the returned size is 0' };
    if (typeof unmapped !== 'bigint' || asked === undefined || unmapped === asked) return undefined;
    return { topic: 'unmap-more', condition: `asked for ${hex(asked)}, unmapped ${hex(unmapped)}` };
  },
  VFIO_IOMMU_MAP_DMA: ({ call }) => {
    const pages = Number((sizeIn(call.text) ?? 0n) >> 12n);
    if (pages < manyPages) return undefined;
    return { topic: 'pinning-slow', condition: `the kernel looks at ${pages.toLocaleString('en')} pages` };
  },
  VFIO_DEVICE_GET_INFO: ({ call }) => {
    const flags = call.out?.fields.get('flags');
    if (typeof flags !== 'bigint' || (Number(flags) & VFIO_DEVICE_FLAGS_RESET) !== 0) return undefined;
    return { topic: 'no-reset', condition: 'flags lack RESET' };
  },
  VFIO_GROUP_UNSET_CONTAINER: ({ call, kernel }) => mappingsLost(call, kernel),
  close: ({ call, kernel }) => mappingsLost(call, kernel),
  pread: ({ call }) => {
    const { bytes } = call.result;
    if (bytes === undefined || bytes.length === 0 || !bytes.every((byte) => byte === 0xff)) return undefined;
    return { topic: 'all-ones', condition: `all ${bytes.length} bytes are ff` };
  },
};

/** What a call that did not come back waits for. */
function blockedFor({ call, kernel }: Scene): Finding {
  const name = nameIn(call.text);
  const device = name === undefined ? undefined : kernel?.pci.device(name)?.device;
  const users = kernel === null || device === undefined ? [] : new Holders(kernel).of(device);
  const condition =
    users.length === 0 ? 'somebody still uses the device' : `${device!.name} is open in ${users.join(', ')}`;
  return { topic: 'unbind-waits', condition };
}

/** Explains what no refusal of the kernel explains; undefined when there is nothing to say. */
export function situationOf(scene: Scene): Finding | undefined {
  const { call } = scene;
  const { result, errno } = call;
  if (result.blocked === true) return blockedFor(scene);
  if (result.busy === true) {
    const waiting = scene.kernel?.processes.get(call.process)?.blocked;
    const why = waiting === undefined || waiting === null ? 'has ended' : `waits ${waiting.reason}`;
    return { topic: 'process-waits', condition: `${call.process} ${why}` };
  }
  if (result.signal !== undefined) return { topic: 'signal', condition: `${result.signal} in ${call.process}` };
  if (errno !== undefined) return byErrno[errno]?.(scene);
  return bySuccess[call.request ?? call.name]?.(scene);
}

function mappingsLost(call: CallReport, kernel: Kernel | null): Finding | undefined {
  const fd = Number(/^\w+\((\d+)/.exec(call.text)?.[1]);
  const file = kernel?.processes.get(call.process)?.file(fd);
  if (file === undefined || kernel === null || file instanceof ContainerFile) return undefined;
  const group = [...kernel.vfio.groups.values()].find((each) => file.name === each.path);
  const container = group?.container ?? null;
  if (container === null || container.groups.length > 1 || group!.containerUsers > 1) return undefined;
  const { data } = container;
  if (!(data instanceof Type1Iommu) || data.dmas.size === 0) return undefined;
  return { topic: 'mappings-vanished', condition: `${data.dmas.size} mappings go with group ${group!.iommuGroup.id}` };
}

/** The device that a call's text names, with its domain. */
export function nameIn(text: string): string | undefined {
  const found = addressPattern.exec(text)?.[0].toLowerCase();
  return found === undefined ? undefined : found.length < 12 ? `0000:${found}` : found;
}

function driverText(driver: string | undefined): string {
  return driver === undefined ? 'no driver' : `the driver ${driver}`;
}

function sizeIn(text: string): bigint | undefined {
  const size = /\bsize: (0x[0-9a-f]+|\d+)/.exec(text)?.[1];
  return size === undefined ? undefined : BigInt(size);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
