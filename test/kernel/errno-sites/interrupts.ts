import { presets } from '../../../src/hardware';
import { reach, type ErrnoCase } from './case';
import { Lab } from './lab';

const edu = '0000:00:04.0';
const nic = '0000:02:00.0';

/** Flags of VFIO_DEVICE_SET_IRQS: data and action. */
const none = 0x1;
const bool = 0x2;
const eventfd = 0x4;
const mask = 0x8;
const unmask = 0x10;
const trigger = 0x20;
const [intx, msi, msix, err] = [0, 1, 2, 3] as const;

function opened(bdf: string): { lab: Lab; device: number } {
  const lab = new Lab();
  return { lab, device: lab.device(bdf).device };
}

/** `drivers/vfio/pci/vfio_pci_intrs.c` and `virqfd.c` */
export const interrupts: readonly ErrnoCase[] = [
  reach(
    'well-formedness',
    ['1', '2', '3', '4'].map((order) => `vfio_set_irqs_validate_and_prepare/${order}`).concat('vfio_pci_ioctl/18'),
    () => {
      const { lab, device } = opened(nic);
      lab.setIrqs(device, trigger | none, 9, 0, 1);
      lab.setIrqs(device, trigger | none, msix, 5, 1);
      lab.setIrqs(device, trigger, msix, 0, 1);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 2, [0]);
    },
  ),
  reach(
    'INTx',
    [
      'vfio_pci_set_intx_unmask/1',
      'vfio_pci_set_intx_unmask/2',
      'vfio_pci_set_intx_mask/1',
      'vfio_pci_set_intx_mask/2',
      'vfio_pci_set_intx_trigger/1',
      'vfio_pci_set_intx_trigger/2',
      'vfio_pci_set_intx_trigger/4',
      'vfio_pci_set_intx_trigger/5',
      'vfio_intx_set_signal/2',
      'vfio_virqfd_enable/2',
      'vfio_virqfd_enable/3',
      'vfio_virqfd_enable/4',
    ],
    () => {
      const { lab, device } = opened(edu);
      const e = lab.eventfd();
      lab.setIrqs(device, unmask | none, intx, 0, 1);
      lab.setIrqs(device, mask | none, intx, 0, 1);
      lab.setIrqs(device, trigger | none, intx, 0, 1);
      lab.setIrqs(device, trigger | none, intx, 0, 0);
      lab.setIrqs(device, trigger | eventfd, intx, 0, 1, [999]);
      lab.setIrqs(device, trigger | eventfd, intx, 0, 1, [e]);
      lab.setIrqs(device, mask | eventfd, intx, 0, 1, [e]);
      for (const fd of [999, device, e, e]) lab.setIrqs(device, unmask | eventfd, intx, 0, 1, [fd]);
      lab.setIrqs(device, trigger | eventfd, intx, 0, 1, [device]);
    },
  ),
  reach('a line that somebody else uses', ['vfio_intx_set_signal/3'], () => {
    const lab = new Lab();
    lab.parameter('vfio_pci', 'nointxmask', 'Y');
    for (const bdf of [edu, nic]) {
      const { device } = lab.device(bdf);
      lab.setIrqs(device, trigger | eventfd, intx, 0, 1, [lab.eventfd()]);
    }
  }),
  reach('a device without line', ['vfio_intx_enable/2', 'vfio_pci_set_intx_trigger/3'], () => {
    const preset = presets['q35-intel']!;
    const functions = preset.functions.map((fn) => (fn.bdf === edu ? { ...fn, irq: 0 } : fn));
    const lab = new Lab({ ...preset, functions });
    const { device } = lab.device(edu);
    lab.setIrqs(device, trigger | eventfd, intx, 0, 1, [lab.eventfd()]);
  }),
  reach(
    'messages',
    [
      'vfio_pci_set_msi_trigger/1',
      'vfio_pci_set_msi_trigger/2',
      'vfio_pci_set_msi_trigger/3',
      'vfio_pci_set_msi_trigger/4',
      'vfio_pci_set_msi_trigger/5',
      'vfio_msi_enable/3',
      'vfio_msi_set_block/1',
      'vfio_msi_set_block/2',
      'vfio_msi_set_vector_signal/3',
      'vfio_pci_set_irqs_ioctl/1',
      'vfio_pci_ioctl/20',
    ],
    () => {
      const { lab, device } = opened(nic);
      const e = lab.eventfd();
      lab.setIrqs(device, trigger | none, msix, 0, 1);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 0);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 1, [999]);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 1, [e]);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 3, [e, e, e]);
      lab.setIrqs(device, trigger | eventfd, msix, 0, 1, [device]);
      lab.setIrqs(device, trigger | none, msi, 0, 1);
      lab.setIrqs(device, mask | none, msix, 0, 1);
    },
  ),
  reach(
    'interrupts for errors',
    ['1', '2', '3', '4'].map((order) => `vfio_pci_set_ctx_trigger_single/${order}`),
    () => {
      const { lab, device } = opened(nic);
      lab.setIrqs(device, trigger | bool, err, 0, 0);
      lab.setIrqs(device, trigger | eventfd, err, 0, 0);
      lab.setIrqs(device, trigger | eventfd, err, 0, 1, [999]);
      lab.setIrqs(device, trigger | none, err, 0, 1);
    },
  ),
];
