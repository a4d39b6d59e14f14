import type { Capability } from '../../kernel';
import type { Expression, ProcessBlock, ProcessOption } from '../generated/ast';
import { integerOf } from '../literals';
import { constantNamed, nearest } from '../names/words';
import type { Problems } from './problems';

/** How a process starts. */
export interface ProcessSettings {
  readonly uid?: number;
  /** `RLIMIT_MEMLOCK` in bytes. */
  readonly memlock?: bigint;
  /** `comm`, as the kernel log shows it. */
  readonly command?: string;
  /** Exactly these; by default all for root and none for others. */
  readonly capabilities?: readonly Capability[];
}

const capabilityNames: readonly Capability[] = ['ipc_lock', 'sys_rawio', 'sys_admin', 'dac_override', 'sys_resource'];

const optionNames = ['uid', 'memlock', 'command', 'capabilities'];

/** `ipc_lock` or `CAP_IPC_LOCK`. */
export function capabilityNamed(name: string): Capability | undefined {
  const plain = name.toLowerCase().replace(/^cap_/, '');
  return capabilityNames.find((capability) => capability === plain);
}

export function processSettings(block: ProcessBlock, problems: Problems): ProcessSettings {
  const settings: { -readonly [K in keyof ProcessSettings]: ProcessSettings[K] } = {};
  for (const option of block.options) {
    switch (option.name) {
      case 'uid':
        settings.uid = Number(integer(option, problems) ?? 0n);
        break;
      case 'memlock':
        settings.memlock = integer(option, problems) ?? 0n;
        break;
      case 'command':
        if (option.value?.$type === 'StringLiteral') settings.command = option.value.text;
        else problems.error(option, 'command takes a string', 'for example command "dpdk-testpmd"');
        break;
      case 'capabilities':
        settings.capabilities = capabilities(option, problems);
        break;
      default:
        unknownOption(option, problems);
    }
  }
  return settings;
}

function unknownOption(option: ProcessOption, problems: Problems): void {
  const near = nearest(option.name, optionNames);
  problems.error(
    option,
    `a process has no option ${option.name}`,
    near === undefined ? `the options are ${optionNames.join(', ')}` : `did you mean ${near}?`,
  );
}

function integer(option: ProcessOption, problems: Problems): bigint | undefined {
  const value = option.value === undefined ? undefined : constantInteger(option.value);
  if (value === undefined)
    problems.error(
      option,
      `${option.name} takes a number`,
      `for example ${option.name} ${option.name === 'memlock' ? '64M' : '1000'}`,
    );
  return value;
}

function constantInteger(value: Expression): bigint | undefined {
  if (value.$type === 'IntegerLiteral') return integerOf(value.text);
  return value.$type === 'NameReference' ? constantNamed(value.name) : undefined;
}

function capabilities(option: ProcessOption, problems: Problems): Capability[] {
  const found: Capability[] = [];
  const list = option.value?.$type === 'ArrayLiteral' ? option.value.elements : undefined;
  if (list === undefined)
    problems.error(
      option,
      'capabilities takes a list',
      'for example capabilities [ipc_lock, sys_rawio], or [] for none',
    );
  for (const element of list ?? []) {
    const capability = element.$type === 'NameReference' ? capabilityNamed(element.name) : undefined;
    if (capability === undefined)
      problems.error(element, 'no capability of that name is known here', `they are ${capabilityNames.join(', ')}`);
    else found.push(capability);
  }
  return found;
}
