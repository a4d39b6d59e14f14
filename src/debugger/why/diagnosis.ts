import { command, register, type PciFunction } from '../../hardware';
import { VFIO_PCI_INTX_IRQ_INDEX, VfioPciDevice, type Device, type Kernel } from '../../kernel';
import { Holders } from '../views/holders';
import { topicNamed, type Explanation } from './explanation';
import type { Finding } from './situations';

/**
 * What stands between a device and its use, as the kernel and the hardware are now: driver, group, command register,
 * power, interrupts, faults.
 * @param name `0000:00:04.0`
 */
export function diagnoseDevice(kernel: Kernel, name: string): Explanation[] {
  const device = kernel.pci.device(name)?.device;
  const findings =
    device === undefined
      ? [{ topic: 'no-such-path', condition: 'there is no such device' }]
      : findingsOf(kernel, device);
  return findings.map(({ topic, condition }) => ({
    subject: name,
    names: [],
    outcome: '',
    condition,
    functions: [],
    topic: topicNamed(topic),
    log: [],
  }));
}

/** What stands between a group and its use. */
export function diagnoseGroup(kernel: Kernel, id: number): Explanation[] {
  const group = kernel.iommu.groups.get(id);
  if (group === undefined) return [];
  const [first] = group.devices;
  const findings = first === undefined ? [] : groupFindings(kernel, first);
  return findings.map(({ topic, condition }) => ({
    subject: `group ${id}`,
    names: [],
    outcome: '',
    condition,
    functions: [],
    topic: topicNamed(topic),
    log: [],
  }));
}

function findingsOf(kernel: Kernel, device: Device): Finding[] {
  const findings = groupFindings(kernel, device);
  const data = kernel.vfio.vfioDevice(device)?.data;
  if (!(data instanceof VfioPciDevice)) return [...findings, wrongDriver(device)];
  const { fn } = device.pci;
  findings.push(...faultFindings(kernel, fn));
  if (data.refcnt === 0) return findings;
  findings.push(...registerFindings(fn), ...interruptFindings(data));
  if (!data.resetWorks) findings.push({ topic: 'no-reset', condition: 'the trial at the first open did not work' });
  return findings;
}

function wrongDriver(device: Device): Finding {
  const { driver, driverOverride } = device;
  const override = driverOverride === null ? '' : `, its driver_override is ${driverOverride}`;
  return {
    topic: 'wrong-driver',
    condition: `${device.name} has ${driver === null ? 'no driver' : `the driver ${driver.name}`}${override}`,
  };
}

function groupFindings(kernel: Kernel, device: Device): Finding[] {
  const group = device.iommuGroup;
  if (group === null) return [{ topic: 'no-iommu', condition: `${device.name} is in no IOMMU group` }];
  const findings: Finding[] = [];
  const vfio = kernel.vfio.groups.get(group);
  const obstacle = vfio?.obstacle() ?? null;
  if (obstacle !== null) {
    const { device: other, driver } = obstacle;
    findings.push({ topic: 'not-viable', condition: `${other.name} of group ${group.id} is bound to ${driver}` });
  }
  const [opener] = new Holders(kernel).of(vfio);
  if (opener !== undefined) findings.push({ topic: 'group-busy', condition: `group ${group.id} is open in ${opener}` });
  if (group.devices.length > 1) {
    findings.push({
      topic: 'no-acs',
      condition: `${group.devices.length} devices in group ${group.id}: ${group.reason}`,
    });
  }
  return findings;
}

function registerFindings(fn: PciFunction): Finding[] {
  const findings: Finding[] = [];
  const value = fn.config.read(register.command, 2);
  const text = `PCI_COMMAND is 0x${value.toString(16).padStart(4, '0')}`;
  if (fn.powerState !== 0) findings.push({ topic: 'all-ones', condition: `the device is in D${fn.powerState}` });
  if ((value & command.busMaster) === 0) findings.push({ topic: 'bus-master-off', condition: `${text}: bit 2 is 0` });
  if ((value & command.memory) === 0 && fn.bars.some(({ kind }) => kind === 'memory')) {
    findings.push({ topic: 'decode-off', condition: `${text}: bit 1 is 0` });
  }
  return findings;
}

function interruptFindings(data: VfioPciDevice): Finding[] {
  if (data.isIrqNone) return [{ topic: 'no-trigger', condition: 'no interrupt index is enabled' }];
  const findings: Finding[] = [];
  for (const [vector, { trigger, masked }] of data.contexts) {
    if (trigger === null) findings.push({ topic: 'no-trigger', condition: `vector ${vector} has no eventfd` });
    if (masked && data.irqType === VFIO_PCI_INTX_IRQ_INDEX) {
      findings.push({ topic: 'intx-masked', condition: 'INTx is masked' });
    }
  }
  return findings;
}

function faultFindings(kernel: Kernel, fn: PciFunction): Finding[] {
  const { iommu } = kernel.machine;
  if (iommu === null) return [];
  const last = [...iommu.faults].findLast((fault) => fault.function === fn);
  if (last === undefined) return [];
  const now = iommu.tableOf(fn)?.lookup(Number(last.iova >> 12n));
  const state =
    now === undefined
      ? 'nothing is mapped there'
      : `it is mapped ${['', 'to read', 'to write', 'to read and write'][now.prot & 3] ?? ''}`;
  const what = last.write ? 'wrote' : 'read';
  return [{ topic: 'dma-fault', condition: `the device ${what} at IOVA 0x${last.iova.toString(16)}; now ${state}` }];
}
