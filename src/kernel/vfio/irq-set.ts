import { EINVAL } from '../errno';
import type { Story } from '../story';
import {
  VFIO_IRQ_SET_ACTION_TYPE_MASK,
  VFIO_IRQ_SET_DATA_BOOL,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_IRQ_SET_DATA_TYPE_MASK,
} from '../uapi';

/** Size of `struct vfio_irq_set` before its data. */
export const irqSetSize = 20;

/** `struct vfio_irq_set` before its data. */
export interface IrqSet {
  readonly argsz: number;
  readonly flags: number;
  readonly index: number;
  readonly start: number;
  readonly count: number;
}

/** The fields of a structure that was copied from the user. */
export function irqSetOf(header: DataView): IrqSet {
  return {
    argsz: header.getUint32(0, true),
    flags: header.getUint32(4, true),
    index: header.getUint32(8, true),
    start: header.getUint32(12, true),
    count: header.getUint32(16, true),
  };
}

/**
 * `vfio_set_irqs_validate_and_prepare`: bytes of data that belong to the request, or -EINVAL.
 * @param available interrupts that the index has
 * @param indexes how many indexes the device has
 */
export function vfio_set_irqs_validate_and_prepare(
  story: Story,
  { argsz, flags, index, start, count }: IrqSet,
  available: number,
  indexes: number,
): number {
  const site = 'vfio_set_irqs_validate_and_prepare';
  const known = VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK;
  if (argsz < irqSetSize || index >= indexes || count >= 0xffffffff - start || (flags & ~known) !== 0) {
    return story.refuse(`${site}/1`, EINVAL, () => 'argsz, index, count or a flag is out of range');
  }
  if (start >= available || start + count > available) {
    return story.refuse(`${site}/2`, EINVAL, () => `index ${index} has ${available} interrupts`);
  }
  const width = elementWidth(flags);
  if (width === undefined) {
    return story.refuse(`${site}/3`, EINVAL, () => 'exactly one type of data has to be given');
  }
  if (width > 0 && argsz - irqSetSize < count * width) {
    const why = (): string => `argsz ${argsz} has no room for ${count} elements of ${width} bytes`;
    return story.refuse(`${site}/4`, EINVAL, why);
  }
  return count * width;
}

/** Bytes per element of the data; undefined unless exactly one type is given. */
function elementWidth(flags: number): number | undefined {
  switch (flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
    case VFIO_IRQ_SET_DATA_NONE:
      return 0;
    case VFIO_IRQ_SET_DATA_BOOL:
      return 1;
    case VFIO_IRQ_SET_DATA_EVENTFD:
      return 4;
    default:
      return undefined;
  }
}
