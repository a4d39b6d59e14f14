import { presets } from '../../../src/hardware';
import { O_RDONLY } from '../../../src/kernel';
import { reach, type ErrnoCase } from './case';
import { Lab, struct } from './lab';

const pf = '0000:01:00.0';
const vf = '0000:01:00.1';

/** Cases that are there for what the kernel prints. */
export const messageCases: readonly ErrnoCase[] = [
  reach('ids of the command line', [], () => {
    new Lab('q35-intel', { vfioPciIds: 'x,1234:11e8,8086:100e:1af4:1100:020000:ffff00' });
  }),
  reach('a device that comes to a group in use', [], () => {
    const lab = new Lab();
    lab.device('0000:08:01.0');
    lab.echo('/sys/bus/pci/devices/0000:08:02.0/remove', '1');
    lab.echo('/sys/bus/pci/rescan', '1');
  }),
  reach('a host driver in a group in use', [], () => {
    const lab = new Lab();
    lab.device('0000:00:06.0');
    lab.echo('/sys/bus/pci/drivers/nvme/new_id', '8086 100e', lab.another());
  }),
  reach('a signal while unbinding', [], () => {
    const lab = new Lab();
    lab.device('0000:00:04.0');
    const impatient = lab.another();
    lab.echo('/sys/bus/pci/drivers/vfio-pci/unbind', '0000:00:04.0', impatient);
    lab.calls.kill(impatient);
  }),
  reach('page frame 0, where the kernel computes frames of PFN maps', ['vfio_pin_pages_remote/2'], () => {
    const lab = new Lab('q35-intel', { without: ['5cbf3264bc71'] });
    lab.bind('0000:00:04.0');
    const { container } = lab.container('0000:00:04.0');
    const hpet = Number(lab.calls.open(lab.a, '/dev/hpet', O_RDONLY).ret);
    const registers = BigInt(lab.calls.mmap(lab.a, { length: 4096, prot: 'r', fd: hpet }).ret);
    lab.map(container, registers, 0x100000n, 4096n, 1);
    lab.unmap(container, 0x100000n, 4096n);
    lab.map(container, 0n, 0x200000n, 4096n);
  }),
  reach('a network card whose INTx is broken', [], () => {
    const preset = presets['q35-intel']!;
    const card = { bdf: '0000:00:07.0', model: 'function', vendor: 0x8086, device: 0x1572, classCode: 0x020000 };
    const lab = new Lab({ ...preset, functions: [...preset.functions, card] });
    const { device } = lab.device(card.bdf);
    lab.ioctl(device, 'VFIO_DEVICE_GET_IRQ_INFO', struct('vfio_irq_info'));
  }),
  reach('a VF that another driver takes', [], () => {
    const lab = new Lab();
    lab.parameter('vfio_pci', 'enable_sriov', 'Y');
    lab.bind(pf);
    lab.echo(`/sys/bus/pci/devices/${pf}/sriov_numvfs`, '1');
    lab.bind(vf, 'pci-stub');
  }),
];
