import { describe, expect, it } from 'vitest';
import { Lab } from '../../errno-sites/lab';

const nic = '0000:02:00.0';
const msix = 2;
const triggerEventfd = 0x24;

function lines(lab: Lab): string[] {
  return lab.kernel.log.lines.toArray().map(({ text }) => text);
}

describe('one eventfd for two vectors', () => {
  it('lets the kernel fall over links that are zero, when the vector was never in the list', () => {
    const lab = new Lab();
    const { device } = lab.device(nic);
    const [e, f] = [lab.eventfd(), lab.eventfd()];
    lab.setIrqs(device, triggerEventfd, msix, 0, 2, [e, e]);
    lab.setIrqs(device, triggerEventfd, msix, 1, 1, [f]);
    expect(lines(lab)).toContain('BUG: kernel NULL pointer dereference, address: 0000000000000008');
    expect(lab.calls.status(lab.a).busy).toBe(true);
  });

  it('lets it fall over poison, when the vector left the list before', () => {
    const lab = new Lab();
    const { device } = lab.device(nic);
    const [e, f] = [lab.eventfd(), lab.eventfd()];
    lab.setIrqs(device, triggerEventfd, msix, 0, 2, [e, f]);
    lab.setIrqs(device, triggerEventfd, msix, 0, 1, [f]);
    lab.setIrqs(device, triggerEventfd, msix, 0, 1, [e]);
    expect(lines(lab).at(-2)).toMatch(/^general protection fault/);
    expect(lab.calls.status(lab.a).busy).toBe(true);
  });

  it('takes the lock of the list along: other processes wait for ever', () => {
    const lab = new Lab();
    const { container, device } = lab.device(nic);
    const [e, f] = [lab.eventfd(), lab.eventfd()];
    const other = lab.another();
    lab.bind('0000:05:00.0');
    const otherContainer = lab.open('/dev/vfio/vfio', other);
    const group = lab.join(otherContainer, '0000:05:00.0', other);
    lab.ioctl(otherContainer, 'VFIO_SET_IOMMU', 3, other);
    const otherDevice = lab.get(group, '0000:05:00.0', other);
    const g = lab.eventfd(other);
    lab.setIrqs(device, triggerEventfd, msix, 0, 2, [e, e]);
    lab.setIrqs(device, triggerEventfd, msix, 1, 1, [f]);
    expect(container).toBeGreaterThan(0);
    lab.setIrqs(otherDevice, triggerEventfd, msix, 0, 1, [g], other);
    expect(lab.calls.status(other).busy).toBe(true);
  });

  it('kills who closes the device, when the vector that is in the list comes second', () => {
    const lab = new Lab();
    const { device } = lab.device(nic);
    const [e, f] = [lab.eventfd(), lab.eventfd()];
    lab.setIrqs(device, triggerEventfd, msix, 0, 2, [f, e]);
    lab.setIrqs(device, triggerEventfd, msix, 0, 1, [e]);
    expect(lab.calls.close(lab.a, device).blocked).toBe(true);
    expect(lines(lab).at(-2)).toMatch(/^general protection fault/);
  });
});

describe('mmap of a region behind the last', () => {
  it('lets the kernel look into an array that is not there', () => {
    const lab = new Lab();
    const { device } = lab.device(nic);
    const map = (region: bigint): boolean =>
      lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: device, offset: region << 40n }).blocked === true;
    expect(map(9n)).toBe(false);
    expect(map(10n)).toBe(true);
    expect(lines(lab)).toContain('BUG: kernel NULL pointer dereference, address: 0000000000000030');
  });
});
