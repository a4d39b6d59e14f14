import { rangeText, sizeOf } from '../pages';
import { counted } from '../svg';
import type { EntrySize, FaultSnapshot, IovaSnapshot, MappingSnapshot, ReservedSnapshot } from '../snapshot';
import type { Block } from './blocks';

export const rightsText: Readonly<Record<Block['rights'], string>> = {
  R: 'read',
  W: 'write',
  RW: 'read and write',
  '': 'no access',
  mixed: 'different rights',
};

/** Class suffix of the colour of each kind of rights. */
export const rightsColour: Readonly<Record<Block['rights'], string>> = {
  R: 'read',
  W: 'write',
  RW: 'both',
  '': 'line',
  mixed: 'mixed',
};

export const entriesText: Readonly<Record<EntrySize, string>> = {
  '4K': '4 KiB entries',
  '2M': '2 MiB entries',
  '1G': '1 GiB entries',
  mixed: 'entries of different sizes',
  none: 'in no page table yet',
};

export function reservedText(type: string): string {
  switch (type) {
    case 'msi':
      return 'interrupt messages (msi)';
    case 'direct':
      return 'mapped one to one (direct)';
    case 'direct-relaxable':
      return 'mapped one to one at boot (direct-relaxable)';
    default:
      return type;
  }
}

export function mappingLabel(mapping: MappingSnapshot): string {
  const { rights, entries, vaddr, process, changed } = mapping;
  return (
    `Mapping ${rangeText(mapping)}, ${sizeOf(mapping.count)}, ${rightsText[rights]}, to ${vaddr} of ${process}, ` +
    `${entriesText[entries]}${changed === true ? ', changed by the last step' : ''}`
  );
}

export function blockLabel(block: Block, mappings: readonly MappingSnapshot[]): string {
  if (block.first === block.last) return mappingLabel(mappings[block.first]!);
  return (
    `${block.last - block.first + 1} mappings in ${rangeText(block.range)}, ${sizeOf(block.mapped)} mapped, ` +
    `${rightsText[block.rights]}${block.changed ? ', some changed by the last step' : ''}: zoom in to see them`
  );
}

export function reservedLabel(reserved: ReservedSnapshot): string {
  return `Reserved ${rangeText(reserved)}, ${sizeOf(reserved.count)}: ${reservedText(reserved.type)}`;
}

export function faultLabel({ address, device, write, reason }: FaultSnapshot): string {
  return `DMA fault: ${device} could not ${write ? 'write to' : 'read from'} ${address}: ${reason}`;
}

/** One sentence on all of it. */
export function summary({ mappings, faults, reserved, width }: IovaSnapshot): string {
  const pages = mappings.reduce((sum, { count }) => sum + count, 0);
  const mapped = mappings.length === 0 ? 'nothing mapped' : `${counted(mappings.length, 'mapping')}, ${sizeOf(pages)}`;
  const refused = faults.length === 0 ? '' : `, ${counted(faults.length, 'DMA fault')}`;
  return `${mapped} of a ${width}-bit address space, ${counted(reserved.length, 'reserved range')}${refused}`;
}
