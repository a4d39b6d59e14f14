import type { BarDescription, FunctionDescription } from '../hardware';
import type { ImportedMachine } from './import-machine';

const longestRemark = 110;

/** An imported machine as the `machine` block of a scenario; what is not known stands in comments. */
export function machineText(imported: ImportedMachine): string {
  const { description, about } = imported;
  const { iommu, memory, hugepages } = description;
  const lines = [
    ...about.map(comment),
    'machine {',
    iommu.kind === 'none'
      ? '  iommu none'
      : `  iommu ${iommu.kind} { width ${iommu.width}${iommu.interruptRemapping ? ', interrupt_remapping' : ''} }`,
    `  memory ${sizeText(memory)}`,
    `  hugepages ${hugepages}`,
    '',
    ...description.functions.flatMap((fn) => functionLines(fn, imported, '  ')),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function comment(text: string): string {
  // A line end in a dump's text would end the comment.
  const flat = text.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '?');
  return `// ${flat.length > longestRemark ? `${flat.slice(0, longestRemark - 1)}…` : flat}`;
}

function functionLines(fn: FunctionDescription, imported: ImportedMachine, indent: string): string[] {
  const { bdf, model, children = [] } = fn;
  const properties = propertiesOf(fn);
  const head = `${indent}${model === 'function' ? 'device' : model.replaceAll('-', '_')} ${bdf.startsWith('0000:') ? bdf.slice(5) : bdf}`;
  const above = (imported.remarks.get(bdf) ?? []).map((remark) => indent + comment(remark));
  const name = imported.titles.get(bdf);
  const title = name === undefined ? '' : ` ${comment(name)}`;
  if (children.length === 0) {
    return [...above, `${head}${properties.length === 0 ? '' : ` { ${properties.join(', ')} }`}${title}`];
  }
  return [
    ...above,
    `${head} {${title}`,
    ...(properties.length === 0 ? [] : [`${indent}  ${properties.join(', ')}`]),
    ...children.flatMap((child) => functionLines(child, imported, `${indent}  `)),
    `${indent}}`,
  ];
}

const hex = (digits: number) => (value: number) => `0x${value.toString(16).padStart(digits, '0')}`;

function propertiesOf(fn: FunctionDescription): string[] {
  const number = (name: string, value: number | undefined, format: (value: number) => string = String): string[] =>
    value === undefined ? [] : [`${name} ${format(value)}`];
  return [
    ...(fn.acs === undefined ? [] : [fn.acs ? 'acs' : 'acs false']),
    ...number('vendor', fn.vendor, hex(4)),
    ...number('device', fn.device, hex(4)),
    ...number('class', fn.classCode, hex(6)),
    ...number('revision', fn.revision),
    ...number('subsystem_vendor', fn.subsystemVendor, hex(4)),
    ...number('subsystem_device', fn.subsystemDevice, hex(4)),
    ...number('vfs', fn.vfs),
    ...number('vf_offset', fn.vfOffset),
    ...number('vf_stride', fn.vfStride),
    ...(fn.flr === false ? ['flr false'] : []),
    ...(fn.driver === undefined ? [] : [`driver ${fn.driver ?? 'none'}`]),
    ...(fn.bars ?? []).map(barText),
  ];
}

function barText({ index, kind, size, is64, prefetchable }: BarDescription): string {
  const words = [
    `size ${sizeText(size)}`,
    kind === 'io' ? 'io' : '',
    is64 === true ? 'wide' : '',
    prefetchable === true ? 'prefetchable' : '',
  ];
  return `bar ${index} { ${words.filter((word) => word !== '').join(', ')} }`;
}

/** `64K`, `1G`, or plain bytes. */
function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
