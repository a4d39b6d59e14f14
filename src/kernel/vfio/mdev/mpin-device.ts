import { entity, JournaledBlock, JournaledMap } from '../../../history';
import { EINVAL } from '../../errno';
import { pageSize } from '../../mm/vma';
import type { Process } from '../../process';
import { VFIO_IOMMU_NOTIFY_DMA_UNMAP, type NotifierBlock, type UnmapNotice } from '../notifier';
import type { MdevDevice } from './mdev-device';

/** Bytes of the one region. */
export const mpinRegionSize = 0x1000;

/** Registers by offset; docs/mdev.md describes them. */
const register = {
  iova: 0x00,
  count: 0x08,
  prot: 0x0c,
  flags: 0x10,
  command: 0x14,
  result: 0x18,
  frame: 0x20,
  notices: 0x28,
  unmapIova: 0x30,
  unmapSize: 0x38,
  buffer: 0x100,
} as const;

const command = { pin: 1, unpin: 2, read: 3, write: 4, listen: 5, ignore: 6 } as const;

/** Do not unpin when a mapping goes; leave everything behind when closed; copy in a kernel thread. */
const flag = { keep: 1, leak: 2, thread: 4 } as const;

/** A mediated device that pins the pages that it is told to. */
export class MpinDevice
  extends entity({
    open: false,
    listening: false,
  })
  implements NotifierBlock
{
  readonly registers: JournaledBlock;
  /** How often each page, by page of the IOVA, is pinned and not unpinned. */
  private readonly pinned: JournaledMap<number, number>;

  constructor(readonly mdev: MdevDevice) {
    super(mdev.kernel.journal);
    this.registers = new JournaledBlock(this.journal, new Uint8Array(mpinRegionSize));
    this.pinned = new JournaledMap(this.journal);
  }

  /** Whether a write of these bytes sets off a command. */
  isCommand(offset: number, length: number): boolean {
    return offset <= register.command && offset + length >= register.command + 4;
  }

  /** Runs the command in its register; what it answers also stands in the register for results. */
  run(process: Process): number {
    const answer = this.perform(process);
    this.registers.set(register.result, 4, answer >>> 0);
    return answer;
  }

  private perform(process: Process): number {
    switch (this.registers.get(register.command, 4)) {
      case command.pin:
        return this.pin();
      case command.unpin:
        return this.unpin(this.pages());
      case command.read:
        return this.copy(process, false);
      case command.write:
        return this.copy(process, true);
      case command.listen:
        return this.listen();
      case command.ignore:
        return this.ignore();
      default:
        return -EINVAL;
    }
  }

  /** Asks to hear of mappings that go. */
  listen(): number {
    const { device, kernel } = this.mdev;
    const answer = kernel.vfio.external.vfio_register_notifier(device, 'iommu', VFIO_IOMMU_NOTIFY_DMA_UNMAP, this);
    if (answer === 0) this.listening = true;
    return answer;
  }

  private ignore(): number {
    const { device, kernel } = this.mdev;
    const answer = kernel.vfio.external.vfio_unregister_notifier(device, 'iommu', this);
    if (answer === 0) this.listening = false;
    return answer;
  }

  /** A mapping goes: its pages are unpinned, unless the device was told to keep them. */
  notify(_event: number, data: unknown): void {
    const { iova, size } = data as UnmapNotice;
    this.registers.set(register.notices, 4, this.registers.get(register.notices, 4) + 1);
    this.setWide(register.unmapIova, iova);
    this.setWide(register.unmapSize, size);
    if (this.has(flag.keep)) return;
    const first = Number(iova / BigInt(pageSize));
    const end = first + Number(size / BigInt(pageSize));
    this.unpinEvery([...this.pinned.keys()].filter((page) => page >= first && page < end));
  }

  /** Lets go of everything, as a driver must when its device is closed or reset. */
  letGo(): void {
    if (this.has(flag.leak)) return;
    this.unpinEvery([...this.pinned.keys()]);
    if (this.listening) this.ignore();
  }

  private pin(): number {
    const { device, kernel } = this.mdev;
    const pages = this.pages();
    const frames: number[] = [];
    const answer = kernel.vfio.external.vfio_pin_pages(device, pages, this.registers.get(register.prot, 4), frames);
    if (answer < 0) return answer;
    for (const page of pages) this.pinned.set(page, (this.pinned.get(page) ?? 0) + 1);
    this.setWide(register.frame, BigInt(frames[0] ?? 0));
    return answer;
  }

  private unpin(pages: readonly number[]): number {
    const { device, kernel } = this.mdev;
    const answer = kernel.vfio.external.vfio_unpin_pages(device, pages);
    for (const page of pages.slice(0, Math.max(0, answer))) {
      const left = (this.pinned.get(page) ?? 1) - 1;
      if (left === 0) this.pinned.delete(page);
      else this.pinned.set(page, left);
    }
    return answer;
  }

  /** Each page as often as it was pinned. */
  private unpinEvery(pages: readonly number[]): void {
    for (const page of pages) {
      for (let times = this.pinned.get(page) ?? 0; times > 0; times--) this.unpin([page]);
    }
  }

  /** Between the buffer and user memory, as KVM's vGPUs do: by way of the group. */
  private copy(process: Process, write: boolean): number {
    const { device, kernel } = this.mdev;
    const { external } = kernel.vfio;
    const count = this.registers.get(register.count, 4);
    if (count > mpinRegionSize - register.buffer) return -EINVAL;
    const group = external.vfio_group_get_external_user_from_dev(device);
    if (typeof group === 'number') return group;
    const data = this.registers.bytes.slice(register.buffer, register.buffer + count);
    const current = this.has(flag.thread) ? null : process;
    const answer = external.vfio_dma_rw(current, group, this.wide(register.iova), data, write);
    external.vfio_group_put_external_user(group);
    if (!write && answer === 0) this.store(register.buffer, data);
    return answer;
  }

  /** Puts bytes into registers. */
  store(offset: number, bytes: Uint8Array): void {
    for (const [index, byte] of bytes.entries()) this.registers.set(offset + index, 1, byte);
  }

  /** The pages that IOVA and count name. */
  private pages(): number[] {
    const first = Number(this.wide(register.iova) / BigInt(pageSize));
    // More than any call may have is as bad as any other such number.
    const count = Math.min(this.registers.get(register.count, 4), mpinRegionSize);
    return Array.from({ length: count }, (_, index) => first + index);
  }

  private has(bit: number): boolean {
    return (this.registers.get(register.flags, 4) & bit) !== 0;
  }

  private wide(offset: number): bigint {
    return (BigInt(this.registers.get(offset + 4, 4)) << 32n) | BigInt(this.registers.get(offset, 4));
  }

  private setWide(offset: number, value: bigint): void {
    this.registers.set(offset, 4, Number(value & 0xffff_ffffn));
    this.registers.set(offset + 4, 4, Number(value >> 32n));
  }
}
