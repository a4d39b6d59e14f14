import { ioctls, type Ioctl } from '../../kernel';
import type { FunctionDescription } from '../../hardware';
import type { Call, Expression, StringLiteral, StructField, StructLiteral } from '../generated/ast';
import { integerOf } from '../literals';
import { Bdf } from '../value';
import { rangeOf, textOfNode } from '../source';
import { openedFile, type KnownFile } from './files';
import type { Walk } from './mistakes';

const uuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** Mistakes in ioctls, and what an ioctl does to what is known. */
export class IoctlMistakes {
  constructor(private readonly walk: Walk) {}

  /** @returns the file that the call opens */
  call(
    call: Call,
    file: KnownFile | undefined,
    request: Expression | undefined,
    argument: Expression | undefined,
  ): KnownFile | undefined {
    const ioctl = request?.$type === 'NameReference' ? ioctls.get(request.name) : undefined;
    if (ioctl === undefined || file?.kind !== ioctl.file) return undefined;
    if (argument?.$type === 'StructLiteral') this.size(ioctl, argument);
    switch (ioctl.file) {
      case 'container':
        this.container(ioctl, call, file, argument);
        return undefined;
      case 'group':
        return this.group(ioctl, call, file, argument);
      case 'device':
        this.device(ioctl, file, argument);
        return undefined;
    }
  }

  private size({ argument, name }: Ioctl, literal: StructLiteral): void {
    const field = literal.fields.find((given) => given.name === 'argsz');
    const size = numberOf(field?.value);
    if (field === undefined || argument.kind !== 'struct' || size === undefined || size >= argument.minsz) return;
    this.walk.tell(
      'warning',
      field.value,
      `argsz ${size} is too small: ${name} wants at least ${argument.minsz} and answers EINVAL`,
      'leave it out: the language fills it in',
      { title: 'Leave argsz out', edits: [{ range: withComma(literal, field), text: '' }] },
    );
  }

  private container({ name }: Ioctl, call: Call, file: KnownFile, argument: Expression | undefined): void {
    const container = textOfNode(call.arguments[0]!);
    switch (name) {
      case 'VFIO_GET_API_VERSION':
      case 'VFIO_CHECK_EXTENSION':
        return;
      case 'VFIO_SET_IOMMU':
        if (!file.unsure && file.groups.size === 0) {
          this.walk.tell(
            'warning',
            call,
            'the container has no group yet: VFIO_SET_IOMMU answers EINVAL',
            `first put one into it: ioctl(group, VFIO_GROUP_SET_CONTAINER, &${container})`,
          );
        } else if (!file.unsure && file.model)
          this.walk.tell('warning', call, 'the container has its IOMMU model already: this answers EINVAL');
        file.model = true;
        return;
      default:
        if (!file.unsure && !file.model) this.beforeModel(name, call, container);
        if (name === 'VFIO_IOMMU_MAP_DMA') this.map(file, argument);
        else if (name === 'VFIO_IOMMU_UNMAP_DMA') this.unmap(file, argument);
    }
  }

  private beforeModel(name: string, call: Call, container: string): void {
    const { start } = rangeOf(call);
    const line = `ioctl(${container}, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)\n${' '.repeat(start.character)}`;
    this.walk.tell(
      'warning',
      call,
      `the container has no IOMMU model yet: ${name} answers EINVAL`,
      `first ioctl(${container}, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)`,
      { title: 'Set the IOMMU model first', edits: [{ range: { start, end: start }, text: line }] },
    );
  }

  private map(file: KnownFile, argument: Expression | undefined): void {
    file.mapped = true;
    const range = rangeIn(argument);
    if (range === undefined) return;
    const { iova, size } = range;
    const other = file.mappings.find((known) => iova < known.iova + known.size && known.iova < iova + size);
    if (other === undefined) file.mappings.push(range);
    else if (!file.unsure && argument !== undefined) {
      this.walk.tell(
        'warning',
        argument,
        `this overlaps the mapping ${span(other)}: VFIO_IOMMU_MAP_DMA answers EEXIST`,
        'mappings of a container must not overlap, not even the same range twice',
      );
    }
  }

  private unmap(file: KnownFile, argument: Expression | undefined): void {
    const range = rangeIn(argument);
    if (range === undefined) file.mappings = [];
    else {
      const end = range.iova + range.size;
      // What is cut in two is not known any more.
      file.mappings = file.mappings.filter(({ iova, size }) => iova >= end || iova + size <= range.iova);
    }
  }

  private group(
    { name }: Ioctl,
    call: Call,
    group: KnownFile,
    argument: Expression | undefined,
  ): KnownFile | undefined {
    switch (name) {
      case 'VFIO_GROUP_GET_STATUS':
        group.checked = true;
        return undefined;
      case 'VFIO_GROUP_SET_CONTAINER':
        this.join(call, group, argument);
        return undefined;
      case 'VFIO_GROUP_UNSET_CONTAINER':
        this.leave(call, group);
        return undefined;
      case 'VFIO_GROUP_GET_DEVICE_FD':
        return this.open(call, group, argument);
      default:
        return undefined;
    }
  }

  private join(call: Call, group: KnownFile, argument: Expression | undefined): void {
    if (argument?.$type === 'NameReference' && this.walk.fileOf(argument) !== undefined) {
      this.walk.tell(
        'warning',
        argument,
        'VFIO_GROUP_SET_CONTAINER takes a pointer to the descriptor: by value it answers EFAULT',
        `write &${argument.name}`,
        { title: `Write &${argument.name}`, edits: [{ range: rangeOf(argument), text: `&${argument.name}` }] },
      );
      group.unsure = true;
      return;
    }
    const container = argument?.$type === 'UnaryExpression' ? this.walk.fileOf(argument.operand) : undefined;
    if (group.container !== undefined && !group.unsure)
      this.walk.tell('warning', call, 'the group is in a container already: this answers EINVAL');
    else if (!group.checked && !group.unsure) this.unchecked(call, group);
    if (container === undefined) group.unsure = true;
    else container.groups.add(group);
    group.container = container;
  }

  private unchecked(call: Call, group: KnownFile): void {
    group.checked = true;
    const name = textOfNode(call.arguments[0]!);
    const { start } = rangeOf(call);
    const check = `expect ioctl(${name}, VFIO_GROUP_GET_STATUS).flags has VFIO_GROUP_FLAGS_VIABLE\n`;
    this.walk.tell(
      'info',
      call,
      'nobody has asked whether the group is viable',
      'a group with a device of a host driver goes into a container, but gives no device',
      {
        title: 'Check that the group is viable',
        edits: [{ range: { start, end: start }, text: check + ' '.repeat(start.character) }],
      },
    );
  }

  private leave(call: Call, group: KnownFile): void {
    const { container } = group;
    if (container === undefined) {
      if (!group.unsure) this.walk.tell('warning', call, 'the group is in no container: this answers EINVAL');
      return;
    }
    container.groups.delete(group);
    group.container = undefined;
    if (container.groups.size > 0) return;
    // With its last group a container loses its model and all mappings.
    container.model = false;
    container.mappings = [];
    container.mapped = false;
  }

  private open(call: Call, group: KnownFile, argument: Expression | undefined): KnownFile {
    const { container } = group;
    if (!group.unsure && container === undefined) {
      this.walk.tell(
        'warning',
        call,
        'the group is in no container yet: VFIO_GROUP_GET_DEVICE_FD answers EINVAL',
        'first VFIO_GROUP_SET_CONTAINER, then VFIO_SET_IOMMU',
      );
    } else if (!group.unsure && container !== undefined && !container.unsure && !container.model) {
      this.walk.tell(
        'warning',
        call,
        'the container has no IOMMU model yet: VFIO_GROUP_GET_DEVICE_FD answers EINVAL',
        'first VFIO_SET_IOMMU',
      );
    }
    if (argument?.$type === 'StringLiteral') this.token(argument);
    const device = openedFile('device', addressOf(argument));
    device.container = container;
    return device;
  }

  private token(argument: StringLiteral): void {
    const token = / vf_token=([^ ]*)/.exec(argument.text ?? '')?.[1];
    if (token === undefined || token.includes('${') || uuid.test(token)) return;
    this.walk.tell(
      'warning',
      argument,
      `the token "${token}" is no UUID: VFIO_GROUP_GET_DEVICE_FD answers EINVAL`,
      'as 2ab74924-c335-45f4-9b16-8569e5b08258',
    );
  }

  private device({ name }: Ioctl, device: KnownFile, argument: Expression | undefined): void {
    if (name !== 'VFIO_DEVICE_SET_IRQS' || argument?.$type !== 'StructLiteral') return;
    const index = argument.fields.find((field) => field.name === 'index')?.value;
    const isIntx =
      numberOf(index) === 0n ||
      (index?.$type === 'NameReference' && (index.name === 'INTX' || index.name === 'VFIO_PCI_INTX_IRQ_INDEX'));
    if (index === undefined || !isIntx || device.address === undefined || !this.isVirtual(device.address)) return;
    this.walk.tell(
      'warning',
      index,
      `${device.address} is a virtual function: it has no INTx, and this answers EINVAL`,
      'use MSI or MSIX',
    );
  }

  /** A function that nobody describes, on the bus of a function that makes virtual ones. */
  private isVirtual(address: string): boolean {
    const all = flat(this.walk.bound.machine.functions);
    const bus = address.slice(0, 7);
    return (
      all.every(({ bdf }) => Bdf.parse(bdf).text !== address) &&
      all.some(({ bdf, vfs = 0 }) => vfs > 0 && Bdf.parse(bdf).text.startsWith(bus))
    );
  }
}

const flat = (functions: readonly FunctionDescription[]): FunctionDescription[] =>
  functions.flatMap((described) => [described, ...flat(described.children ?? [])]);

function numberOf(expression: Expression | undefined): bigint | undefined {
  return expression?.$type === 'IntegerLiteral' && expression.text !== undefined
    ? integerOf(expression.text)
    : undefined;
}

/** IOVA and size of a structure, when both are written as numbers. */
function rangeIn(argument: Expression | undefined): { iova: bigint; size: bigint } | undefined {
  if (argument?.$type !== 'StructLiteral') return undefined;
  const field = (name: string): bigint | undefined =>
    numberOf(argument.fields.find((given) => given.name === name)?.value);
  const iova = field('iova');
  const size = field('size');
  return iova === undefined || size === undefined || size === 0n ? undefined : { iova, size };
}

const span = ({ iova, size }: { iova: bigint; size: bigint }): string =>
  `0x${iova.toString(16)}-0x${(iova + size - 1n).toString(16)}`;

function addressOf(argument: Expression | undefined): string | undefined {
  const text = argument?.$type === 'StringLiteral' ? argument.text : undefined;
  return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/.exec(text ?? '')?.[0];
}

/** A field with the comma that parts it from its neighbour. */
function withComma(literal: StructLiteral, field: StructField): ReturnType<typeof rangeOf> {
  const at = literal.fields.indexOf(field);
  const next = literal.fields[at + 1];
  const previous = literal.fields[at - 1];
  const { start, end } = rangeOf(field);
  if (next !== undefined) return { start, end: rangeOf(next).start };
  return previous === undefined ? { start, end } : { start: rangeOf(previous).end, end };
}
