import { EBUSY, EFAULT, EINVAL, ENOSPC, ENOTTY } from '../../errno';
import type { Answer } from '../../file';
import type { Kernel } from '../../kernel';
import type { LoadableModule } from '../../modules';
import type { Process } from '../../process';
import {
  VFIO_DEVICE_FLAGS_PLATFORM,
  VFIO_DEVICE_FLAGS_RESET,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_RESET,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
} from '../../uapi';
import { copyFromUser, copyToUser, type UserArgument } from '../../user-memory';
import type { MdevDevice } from './mdev-device';
import { MpinDevice, mpinRegionSize } from './mpin-device';
import type { MdevParentOps, MdevType, MdevTypeGroup, ParentDevice } from './parent';

/** Devices that can be made. */
const most = 8;
const infoSize = 16;
const regionInfoSize = 32;

const parentDevice: ParentDevice = { name: 'mpin', driverString: 'mpin', path: '/sys/devices/virtual/mpin/mpin' };

/**
 * VFIO Lab's own sample driver: its devices do what drivers of mediated devices with DMA do (pin pages, hear of mappings
 * that go, copy from and to user memory), one by one, when their registers are written.
 */
class MpinDriver implements MdevParentOps {
  readonly supportedTypeGroups: readonly MdevTypeGroup[];

  constructor(private readonly kernel: Kernel) {
    const files = {
      name: () => 'Page pinning engine\n',
      device_api: () => 'vfio-platform\n',
      available_instances: () => `${most - this.made()}\n`,
    };
    this.supportedTypeGroups = [{ name: '1', files }];
  }

  private made(): number {
    return [...this.kernel.mdev.devices.values()].filter(({ driverData }) => driverData instanceof MpinDevice).length;
  }

  /** Unlike mtty it keeps to what `available_instances` says. */
  create(_type: MdevType, mdev: MdevDevice): number {
    if (this.made() >= most) return -ENOSPC;
    mdev.driverData = new MpinDevice(mdev);
    return 0;
  }

  remove(mdev: MdevDevice): number {
    mdev.driverData = null;
    return 0;
  }

  /** One user at a time. */
  open(mdev: MdevDevice): number {
    const engine = mdev.driverData as MpinDevice;
    if (engine.open) return -EBUSY;
    const answer = engine.listen();
    if (answer === 0) engine.open = true;
    return answer;
  }

  release(mdev: MdevDevice): void {
    const engine = mdev.driverData as MpinDevice;
    engine.letGo();
    engine.open = false;
  }

  read(mdev: MdevDevice, _process: Process, position: bigint, into: Uint8Array): number {
    const engine = mdev.driverData as MpinDevice;
    const length = lengthInside(position, into.length);
    into.set(engine.registers.bytes.subarray(Number(position), Number(position) + length));
    return length === 0 && into.length > 0 ? -EINVAL : length;
  }

  write(mdev: MdevDevice, process: Process, position: bigint, bytes: Uint8Array): number {
    const engine = mdev.driverData as MpinDevice;
    const length = lengthInside(position, bytes.length);
    if (length < bytes.length) return -EINVAL;
    const offset = Number(position);
    engine.store(offset, bytes);
    if (!engine.isCommand(offset, length)) return length;
    const answer = engine.run(process);
    return answer < 0 ? answer : length;
  }

  ioctl(mdev: MdevDevice, process: Process, request: number, argument: UserArgument): Answer {
    switch (request) {
      case VFIO_DEVICE_GET_INFO:
        return getInfo(process, argument);
      case VFIO_DEVICE_GET_REGION_INFO:
        return getRegionInfo(process, argument);
      case VFIO_DEVICE_RESET:
        (mdev.driverData as MpinDevice).letGo();
        return (mdev.driverData as MpinDevice).listening ? 0 : (mdev.driverData as MpinDevice).listen();
      default:
        return -ENOTTY;
    }
  }
}

/** How many bytes of an access lie in the region. */
function lengthInside(position: bigint, length: number): number {
  const left = BigInt(mpinRegionSize) - position;
  return left <= 0n ? 0 : Math.min(length, Number(left));
}

function getInfo(process: Process, argument: UserArgument): number {
  const given = copyFromUser(process, argument, infoSize);
  if (given === null) return -EFAULT;
  const argsz = given.getUint32(0, true);
  if (argsz < infoSize) return -EINVAL;
  return give(process, argument, [argsz, VFIO_DEVICE_FLAGS_PLATFORM | VFIO_DEVICE_FLAGS_RESET, 1, 0]);
}

function getRegionInfo(process: Process, argument: UserArgument): number {
  const given = copyFromUser(process, argument, regionInfoSize);
  if (given === null) return -EFAULT;
  const argsz = given.getUint32(0, true);
  if (argsz < regionInfoSize || given.getUint32(8, true) !== 0) return -EINVAL;
  const flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
  return give(process, argument, [argsz, flags, 0, 0, mpinRegionSize, 0, 0, 0]);
}

function give(process: Process, argument: UserArgument, fields: readonly number[]): number {
  return copyToUser(process, argument, new Uint8Array(Uint32Array.from(fields).buffer)) ? 0 : -EFAULT;
}

/** The module `mpin`. */
export function mpinModule(kernel: Kernel): LoadableModule {
  return {
    name: 'mpin',
    needs: ['mdev'],
    load: () => kernel.mdev.mdev_register_device(parentDevice, new MpinDriver(kernel)),
    unload: (process) => kernel.mdev.mdev_unregister_device(process, parentDevice),
  };
}
